import { useState } from 'preact/hooks';
import { api, useData } from '../api.ts';
import { useMayAct } from '../session.ts';
import { Icon } from '../ui/icon.tsx';
import { Act, Field, Segments } from '../ui/parts.tsx';
import type { Assistant, Knowledge } from './types.ts';

/** What the assistant knows, how far each source is read, and a way to add one. */
export function KnowledgeSection({ assistant, changed }: { assistant: Assistant; changed: () => void }) {
  const [adding, setAdding] = useState(false);
  const mayAct = useMayAct();
  return (
    <section class="card stack" aria-label="Knowledge">
      <div class="row spread">
        <h3>Knowledge</h3>
        {mayAct && !adding && (
          <button type="button" class="button compact" onClick={() => setAdding(true)}>
            <Icon name="plus" /> Add a source
          </button>
        )}
      </div>
      {assistant.knowledge.length === 0 && !adding && (
        <p class="muted small">Nothing yet. Add texts, files or web pages, and answers rest on them.</p>
      )}
      <ul>
        {assistant.knowledge.map((source) => (
          <li key={source.id} class="item">
            <Icon name="book" />
            <div class="grow">
              <p class="clip">{source.name}</p>
              <State source={source} />
            </div>
            {mayAct && (
              <Act
                class="compact quiet"
                label={`Remove ${source.name}`}
                do={async () => {
                  await api('DELETE', `/v1/Assistants/${assistant.id}/Knowledge/${source.id}`);
                  changed();
                }}
              >
                <Icon name="close" />
              </Act>
            )}
          </li>
        ))}
      </ul>
      {adding && (
        <NewSource
          assistantId={assistant.id}
          done={() => {
            setAdding(false);
            changed();
          }}
          cancel={() => setAdding(false)}
        />
      )}
    </section>
  );
}

function State({ source }: { source: Knowledge }) {
  const needsWords = source.status === 'FAILED' || source.status === 'COMPLETED';
  const { data } = useData<{ reason?: string }>(needsWords ? `/v1/Knowledge/${source.id}/Status` : undefined);
  if (source.status === 'COMPLETED') {
    return (
      <p class="small muted">
        {source.type}, ready{data?.reason ? `. ${data.reason}` : ''}
      </p>
    );
  }
  if (source.status === 'FAILED') return <p class="small wrong">Failed: {data?.reason ?? 'no reason was given'}</p>;
  return (
    <p class="row small muted">
      {source.status === 'QUEUED' ? 'Waiting to be read' : 'Being read'}
      <span class="progress" role="progressbar" aria-label="Reading">
        <i />
      </span>
    </p>
  );
}

const types = [
  ['Text', 'Text'],
  ['Web', 'Web page'],
  ['File', 'File'],
] as const;

function NewSource(props: { assistantId: string; done: () => void; cancel: () => void }) {
  const [type, setType] = useState<'Text' | 'Web' | 'File'>('Text');
  const [name, setName] = useState('');
  const [content, setContent] = useState('');
  const [url, setUrl] = useState('');
  const [depth, setDepth] = useState(1);
  const [file, setFile] = useState<File>();

  async function add(): Promise<void> {
    const assistant_id = props.assistantId;
    if (type === 'File') {
      const form = new FormData();
      form.set('name', name || (file?.name ?? 'File'));
      form.set('assistant_id', assistant_id);
      if (file) form.set('file_0', file);
      await api('POST', '/v1/Knowledge/Upload', form);
    } else {
      const knowledge_source_details = type === 'Text' ? { content } : { source: url, crawl_depth: depth };
      await api('POST', '/v1/Knowledge', { name: name || url, type, assistant_id, knowledge_source_details });
    }
    props.done();
  }
  return (
    <div class="nested stack">
      <Segments label="Kind of source" value={type} options={types} onChange={setType} />
      <Field label="Name" hint="What it is about: “Opening hours”">
        {(id) => <input id={id} class="input" value={name} onInput={(event) => setName(event.currentTarget.value)} />}
      </Field>
      {type === 'Text' && (
        <Field label="Text">
          {(id) => (
            <textarea
              id={id}
              class="input"
              rows={6}
              value={content}
              onInput={(event) => setContent(event.currentTarget.value)}
            />
          )}
        </Field>
      )}
      {type === 'Web' && (
        <div class="form-grid">
          <Field label="Address">
            {(id) => (
              <input
                id={id}
                class="input"
                type="url"
                placeholder="https://…"
                value={url}
                onInput={(event) => setUrl(event.currentTarget.value)}
              />
            )}
          </Field>
          <Field label="Follow links" hint="How many links away from the first page">
            {(id) => (
              <select
                id={id}
                class="input"
                value={depth}
                onChange={(event) => setDepth(Number(event.currentTarget.value))}
              >
                {[0, 1, 2, 3].map((count) => (
                  <option key={count} value={count}>
                    {count}
                  </option>
                ))}
              </select>
            )}
          </Field>
        </div>
      )}
      {type === 'File' && (
        <Field label="File" hint="Markdown, text, PDF, HTML, CSV or JSON Lines">
          {(id) => (
            <input id={id} class="input" type="file" onChange={(event) => setFile(event.currentTarget.files?.[0])} />
          )}
        </Field>
      )}
      <div class="row">
        <Act class="primary compact" do={add} done="Added. It is being read.">
          Add
        </Act>
        <button type="button" class="button quiet compact" onClick={props.cancel}>
          Cancel
        </button>
      </div>
    </div>
  );
}
