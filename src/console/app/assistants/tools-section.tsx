import { useState } from 'preact/hooks';
import { api, wordsOf } from '../api.ts';
import { useMayAct } from '../session.ts';
import { Check, LongTextField, SelectField, TextField } from '../ui/fields.tsx';
import { Segments } from '../ui/parts.tsx';
import { toast } from '../ui/toast.tsx';
import { type Close, PartForm, PartsSection } from './parts-section.tsx';
import { type PolicyChange, PolicyFields } from './policy-fields.tsx';
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
  const mayAct = useMayAct();
  const enable = (tool: Tool, enabled: boolean) =>
    api('PUT', `/v1/Tools/${tool.id}`, { enabled }).then(changed, (error) => toast(wordsOf(error), 'bad'));
  return (
    <PartsSection
      assistant={assistant}
      kind="Tools"
      add="Add a tool"
      icon="tool"
      parts={assistant.tools}
      changed={changed}
      state={({ type, meta, requires_auth }) => (
        <p class="small muted clip">
          {type === 'MCP' ? 'MCP server' : `Webhook, ${meta.method}`} {meta.url}
          {requires_auth && ', authorized'}
        </p>
      )}
      beside={(tool) => (
        <Check class="small" checked={tool.enabled} onChange={(enabled) => enable(tool, enabled)}>
          On
        </Check>
      )}
      form={(tool, close) => <ToolForm assistantId={assistant.id} tool={tool} close={close} />}
    >
      <div class="row wrap gap-wide">
        {builtIns.map(([name, label]) => (
          <Check
            key={name}
            disabled={!mayAct}
            checked={builtIn.includes(name)}
            onChange={(checked) => onBuiltIn(checked ? [...builtIn, name] : builtIn.filter((other) => other !== name))}
          >
            {label}
          </Check>
        ))}
      </div>
    </PartsSection>
  );
}

const types = [
  ['WEBHOOK', 'Webhook'],
  ['MCP', 'MCP server'],
] as const;
const methods = [
  ['POST', 'POST'],
  ['GET', 'GET'],
] as const;

const EXAMPLE = `export type Data = {
  // The number on the receipt
  order: string;
};`;
const empty: Tool['meta'] = { url: '', method: 'POST', input_schema: EXAMPLE };

function ToolForm(props: { assistantId: string; tool: Tool | undefined; close: Close }) {
  const { assistantId, tool: before } = props;
  const [type, setType] = useState<Tool['type']>(before?.type ?? 'WEBHOOK');
  const [name, setName] = useState(before?.name ?? '');
  const [description, setDescription] = useState(before?.description ?? '');
  const [meta, setMeta] = useState(before?.meta ?? empty);
  const [policy, setPolicy] = useState<PolicyChange>();
  const set = (changed: Partial<Tool['meta']>) => setMeta((now) => ({ ...now, ...changed }));
  const isWebhook = type === 'WEBHOOK';

  async function save(): Promise<void> {
    const tool = { type, name, description, meta, policy };
    if (before) await api('PUT', `/v1/Tools/${before.id}`, tool);
    else await api('POST', '/v1/Tools', { ...tool, enabled: true, assistant_id: assistantId });
  }
  return (
    <PartForm
      save={save}
      close={props.close}
      action={before ? 'Save the tool' : 'Add'}
      done={before ? 'Saved.' : 'Added.'}
    >
      <Segments label="Kind of tool" value={type} options={types} onChange={setType} />
      <div class="form-grid">
        <TextField label="Name" placeholder="Look up an order" value={name} onChange={setName} />
        {isWebhook && (
          <SelectField label="Called by" value={meta.method} options={methods} onChange={(method) => set({ method })} />
        )}
      </div>
      <TextField
        label={isWebhook ? 'Webhook address' : 'Address of the server'}
        hint={isWebhook ? undefined : 'All tools of the server can be used.'}
        type="url"
        placeholder="https://…"
        value={meta.url}
        onChange={(url) => set({ url })}
      />
      {isWebhook && (
        <>
          <TextField
            label="When to use it"
            hint="The model decides by this sentence."
            value={description}
            onChange={setDescription}
          />
          <LongTextField
            label="Input"
            hint="A TypeScript type; comments tell the model what a field is."
            rows={5}
            isCode
            value={meta.input_schema}
            onChange={(input_schema) => set({ input_schema })}
          />
        </>
      )}
      <PolicyFields owner={before && `ToolId=${before.id}`} policy={policy} onChange={setPolicy} />
      <Check checked={meta.final_response === true} onChange={(final_response) => set({ final_response })}>
        What it answers goes to the customer as it is
      </Check>
    </PartForm>
  );
}
