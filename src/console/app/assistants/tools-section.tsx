import { useState } from 'preact/hooks';
import { api } from '../api.ts';
import { useMayAct } from '../session.ts';
import { Icon } from '../ui/icon.tsx';
import { Act, Field } from '../ui/parts.tsx';
import type { Assistant, Tool } from './types.ts';

const builtIns = [
  ['handover', 'Hand over to a human'],
  ['search_knowledge', 'Search knowledge'],
  ['remember', 'Remember facts about the customer'],
] as const;

/** What the assistant can do beside talking. */
export function ToolsSection(props: {
  assistant: Assistant;
  builtIn: string[];
  onBuiltIn: (names: string[]) => void;
  changed: () => void;
}) {
  const { assistant, builtIn, onBuiltIn, changed } = props;
  const [open, setOpen] = useState<Tool | 'new'>();
  const mayAct = useMayAct();
  return (
    <section class="card stack" aria-label="Tools">
      <div class="row spread">
        <h3>Tools</h3>
        {mayAct && !open && (
          <button type="button" class="button compact" onClick={() => setOpen('new')}>
            <Icon name="plus" /> Add a webhook
          </button>
        )}
      </div>
      <div class="row wrap gap-wide">
        {builtIns.map(([name, label]) => (
          <label key={name} class="check">
            <input
              type="checkbox"
              disabled={!mayAct}
              checked={builtIn.includes(name)}
              onChange={(event) =>
                onBuiltIn(event.currentTarget.checked ? [...builtIn, name] : builtIn.filter((other) => other !== name))
              }
            />
            {label}
          </label>
        ))}
      </div>
      <ul>
        {assistant.tools.map((tool) => (
          <li key={tool.id} class="item">
            <Icon name="tool" />
            <div class="grow">
              <p class="clip">{tool.name}</p>
              <p class="small muted clip">
                {tool.type} {tool.meta.method} {tool.meta.url}
              </p>
            </div>
            {mayAct && (
              <>
                <label class="check small">
                  <input
                    type="checkbox"
                    checked={tool.enabled}
                    onChange={(event) =>
                      api('PUT', `/v1/Tools/${tool.id}`, { enabled: event.currentTarget.checked }).then(changed)
                    }
                  />
                  On
                </label>
                <button type="button" class="button compact quiet" onClick={() => setOpen(tool)}>
                  Edit
                  <span class="hidden"> {tool.name}</span>
                </button>
                <Act
                  class="compact quiet"
                  label={`Remove ${tool.name}`}
                  do={async () => {
                    await api('DELETE', `/v1/Assistants/${assistant.id}/Tools/${tool.id}`);
                    changed();
                  }}
                >
                  <Icon name="close" />
                </Act>
              </>
            )}
          </li>
        ))}
      </ul>
      {open && (
        <ToolForm
          key={open === 'new' ? open : open.id}
          assistantId={assistant.id}
          tool={open === 'new' ? undefined : open}
          done={() => {
            setOpen(undefined);
            changed();
          }}
          cancel={() => setOpen(undefined)}
        />
      )}
    </section>
  );
}

const EXAMPLE = `export type Data = {
  // The number on the receipt
  order: string;
};`;

function ToolForm(props: { assistantId: string; tool: Tool | undefined; done: () => void; cancel: () => void }) {
  const { assistantId, tool: before } = props;
  const [tool, setTool] = useState({
    name: before?.name ?? '',
    description: before?.description ?? '',
    url: before?.meta.url ?? '',
    method: before?.meta.method ?? 'POST',
    input_schema: before?.meta.input_schema ?? EXAMPLE,
  });
  const set = (changed: Partial<typeof tool>) => setTool((now) => ({ ...now, ...changed }));
  const save = async () => {
    const { name, description, ...meta } = tool;
    // What else the tool is told by its settings stays.
    if (before) await api('PUT', `/v1/Tools/${before.id}`, { name, description, meta: { ...before.meta, ...meta } });
    else {
      const fresh = { name, description, meta, type: 'WEBHOOK', enabled: true, assistant_id: assistantId };
      await api('POST', '/v1/Tools', fresh);
    }
    props.done();
  };
  return (
    <div class="nested stack">
      <div class="form-grid">
        <Field label="Name">
          {(id) => (
            <input
              id={id}
              class="input"
              placeholder="Look up an order"
              value={tool.name}
              onInput={(event) => set({ name: event.currentTarget.value })}
            />
          )}
        </Field>
        <Field label="Called by">
          {(id) => (
            <select
              id={id}
              class="input"
              value={tool.method}
              onChange={(event) => set({ method: event.currentTarget.value })}
            >
              <option>POST</option>
              <option>GET</option>
            </select>
          )}
        </Field>
      </div>
      <Field label="Webhook address">
        {(id) => (
          <input
            id={id}
            class="input"
            type="url"
            placeholder="https://…"
            value={tool.url}
            onInput={(event) => set({ url: event.currentTarget.value })}
          />
        )}
      </Field>
      <Field label="When to use it" hint="The model decides by this sentence.">
        {(id) => (
          <input
            id={id}
            class="input"
            value={tool.description}
            onInput={(event) => set({ description: event.currentTarget.value })}
          />
        )}
      </Field>
      <Field label="Input" hint="A TypeScript type; comments tell the model what a field is.">
        {(id) => (
          <textarea
            id={id}
            class="input mono"
            rows={5}
            value={tool.input_schema}
            onInput={(event) => set({ input_schema: event.currentTarget.value })}
          />
        )}
      </Field>
      <div class="row">
        <Act class="primary compact" do={save} done={before ? 'Saved.' : 'Added.'}>
          {before ? 'Save the tool' : 'Add'}
        </Act>
        <button type="button" class="button quiet compact" onClick={props.cancel}>
          Cancel
        </button>
      </div>
    </div>
  );
}
