import { useState } from 'preact/hooks';
import { api, useData } from '../api.ts';
import { Check, TextField } from '../ui/fields.tsx';
import { Field, Segments } from '../ui/parts.tsx';
import { type Close, PartForm, PartsSection } from './parts-section.tsx';
import { emptyPolicy, type PolicyChange, PolicyFields } from './policy-fields.tsx';
import { emptySource, SourceFields } from './source-fields.tsx';
import type { Assistant, Knowledge, SourceDetails, SourceType } from './types.ts';

/** What the assistant knows, how far each source is read, and where one is added or changed. */
export function KnowledgeSection({ assistant, changed }: { assistant: Assistant; changed: () => void }) {
  return (
    <PartsSection
      assistant={assistant}
      kind="Knowledge"
      add="Add a source"
      icon="book"
      parts={assistant.knowledge}
      changed={changed}
      state={(source) => <State source={source} />}
      form={(source, close) => <SourceForm assistantId={assistant.id} source={source} close={close} />}
    >
      {assistant.knowledge.length === 0 && (
        <p class="muted small">Nothing yet. Add texts, files, web pages or a database, and answers rest on them.</p>
      )}
    </PartsSection>
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
  ['Web', 'Web'],
  ['File', 'File'],
  ['Database', 'Database'],
] as const;

function SourceForm(props: { assistantId: string; source: Knowledge | undefined; close: Close }) {
  const { assistantId: assistant_id, source: before } = props;
  const [type, setType] = useState<SourceType>(before?.type ?? 'Text');
  const [name, setName] = useState(before?.name ?? '');
  const [description, setDescription] = useState(before?.description ?? '');
  const [details, setDetails] = useState<SourceDetails>(before?.knowledge_source_details ?? emptySource.Text);
  const [embeddingModel, setEmbeddingModel] = useState(before?.embedding_model ?? '');
  const [policy, setPolicy] = useState<PolicyChange>();
  const [file, setFile] = useState<File>();

  function choose(chosen: SourceType): void {
    setType(chosen);
    setDetails(emptySource[chosen]);
    setPolicy(usualPolicy(emptySource[chosen]));
  }
  function change(changed: SourceDetails): void {
    setDetails(changed);
    if (changed.provider !== details.provider) setPolicy(usualPolicy(changed));
  }
  async function save(): Promise<void> {
    const source = {
      name: name || details.source || '',
      description,
      knowledge_source_details: details,
      ...(type === 'Database' && { embedding_model: embeddingModel }),
      policy,
    };
    if (before) await api('PUT', `/v1/Knowledge/${before.id}`, source);
    else if (type === 'File') await upload();
    else await api('POST', '/v1/Knowledge', { ...source, type, assistant_id });
  }
  async function upload(): Promise<void> {
    const form = new FormData();
    form.set('name', name || (file?.name ?? 'File'));
    form.set('description', description);
    form.set('assistant_id', assistant_id);
    if (file) form.set('file_0', file);
    await api('POST', '/v1/Knowledge/Upload', form);
  }
  return (
    <PartForm
      save={save}
      close={props.close}
      action={before ? 'Save the source' : 'Add'}
      done={before ? 'Saved. It is read again.' : 'Added. It is being read.'}
    >
      {!before && <Segments label="Kind of source" value={type} options={types} onChange={choose} />}
      <div class="form-grid">
        <TextField label="Name" hint="What it is: “Opening hours”" value={name} onChange={setName} />
        <TextField
          label="What it answers"
          hint="A model decides by this when to look there."
          value={description}
          onChange={setDescription}
        />
      </div>
      <SourceFields type={type} details={details} onChange={change} />
      {type === 'File' && !before && (
        <Field label="File" hint="Markdown, text, PDF, HTML, CSV or JSON Lines">
          {(id) => (
            <input id={id} class="input" type="file" onChange={(event) => setFile(event.currentTarget.files?.[0])} />
          )}
        </Field>
      )}
      {type === 'Database' && (
        <TextField
          label="Embedding model"
          hint="The one that made the vectors"
          placeholder="openai/text-embedding-3-small"
          value={embeddingModel}
          onChange={setEmbeddingModel}
        />
      )}
      {(type === 'Web' || type === 'Database') && (
        <PolicyFields owner={before && `KnowledgeId=${before.id}`} policy={policy} onChange={setPolicy} />
      )}
      {(type !== 'File' || before) && (
        <Check
          checked={details.final_response === true}
          onChange={(final_response) => setDetails({ ...details, final_response })}
        >
          What is found goes to the customer as it is
        </Check>
      )}
    </PartForm>
  );
}

/** What a database is usually opened with. */
function usualPolicy({ provider }: SourceDetails): PolicyChange {
  return provider && emptyPolicy(provider === 'pinecone' ? 'bearer' : 'basic');
}
