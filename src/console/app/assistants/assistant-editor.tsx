import { useState } from 'preact/hooks';
import { api, useData } from '../api.ts';
import { navigate } from '../router.tsx';
import { useMayAct } from '../session.ts';
import { LongTextField, TextField } from '../ui/fields.tsx';
import { Act, Confirm, Trouble } from '../ui/parts.tsx';
import { CustomerFields } from './customer-fields.tsx';
import { GuardrailFields } from './guardrail-fields.tsx';
import { KnowledgeSection } from './knowledge-section.tsx';
import { LimitFields } from './limit-fields.tsx';
import { type DraftModel, FallbackFields, ModelFields, requestOf } from './model-fields.tsx';
import { ToolsSection } from './tools-section.tsx';
import type { Assistant, SegmentCredential } from './types.ts';

/** What is being changed and not yet saved. Keys of providers and of Segment are written here, and never read. */
type Draft = Pick<
  Assistant,
  'name' | 'personality_prompt' | 'guardrails' | 'limits' | 'customer_ai' | 'built_in_tools'
> & {
  first: DraftModel;
  fallbacks: DraftModel[];
  segment: SegmentCredential;
};

const FRESHEN = 2_000;

export function AssistantEditor({ id, saved }: { id: string; saved: () => void }) {
  const { data: assistant, error, reload } = useData<Assistant>(`/v1/Assistants/${id}`, FRESHEN);
  const [changes, setChanges] = useState<Partial<Draft>>({});
  const [deleting, setDeleting] = useState(false);
  const mayAct = useMayAct();
  if (!assistant) return error ? <Trouble>{error}</Trouble> : null;

  const draft: Draft = {
    ...assistant,
    first: { model: assistant.model, ...assistant.model_settings },
    segment: {},
    ...changes,
  };
  const change = (changed: Partial<Draft>) => setChanges((before) => ({ ...before, ...changed }));
  const isChanged = Object.keys(changes).length > 0;

  async function save(): Promise<void> {
    const { first, fallbacks, segment, ...plain } = changes;
    const model = first && requestOf(first);
    await api('PUT', `/v1/Assistants/${id}`, {
      ...plain,
      ...(model && { model: model.model, model_settings: { ...model, model: undefined } }),
      ...(fallbacks && { fallbacks: fallbacks.map(requestOf) }),
      ...(segment && Object.keys(segment).length > 0 && { segment_credential: segment }),
    });
    setChanges({});
    reload();
    saved();
  }
  return (
    <div class="pane-body editor">
      <div class="stack">
        <div class="row spread">
          <h2 class="clip">{assistant.name}</h2>
          {mayAct && (
            <button type="button" class="button compact danger" onClick={() => setDeleting(true)}>
              Delete
            </button>
          )}
        </div>
        <fieldset class="card stack" disabled={!mayAct} aria-label="Instructions">
          <TextField label="Name" value={draft.name} onChange={(name) => change({ name })} />
          <LongTextField
            label="Instructions"
            hint={`Who it is, how it speaks, what it must never do. ${draft.personality_prompt.length} characters.`}
            rows={9}
            value={draft.personality_prompt}
            onChange={(personality_prompt) => change({ personality_prompt })}
          />
        </fieldset>
        <fieldset class="card stack" disabled={!mayAct} aria-label="Model">
          <h3>Model</h3>
          <ModelFields model={draft.first} onChange={(first) => change({ first })} />
          <FallbackFields models={draft.fallbacks} onChange={(fallbacks) => change({ fallbacks })} />
        </fieldset>
        <KnowledgeSection assistant={assistant} changed={reload} />
        <ToolsSection
          assistant={assistant}
          builtIn={draft.built_in_tools}
          onBuiltIn={(built_in_tools) => change({ built_in_tools })}
          changed={reload}
        />
        <GuardrailFields guardrails={draft.guardrails} onChange={(guardrails) => change({ guardrails })} />
        <LimitFields limits={draft.limits} onChange={(limits) => change({ limits })} />
        <CustomerFields
          customerAi={draft.customer_ai}
          onCustomerAi={(customer_ai) => change({ customer_ai })}
          segment={draft.segment}
          onSegment={(segment) => change({ segment })}
        />
      </div>
      {isChanged && (
        <div class="savebar">
          <Act class="primary" do={save} done="Saved. The next message is answered this way.">
            Save
          </Act>
          <button type="button" class="button quiet" onClick={() => setChanges({})}>
            Discard
          </button>
        </div>
      )}
      {deleting && (
        <Confirm
          title={`Delete ${assistant.name}?`}
          action="Delete"
          do={async () => {
            await api('DELETE', `/v1/Assistants/${id}`);
            saved();
            navigate('/assistants');
          }}
          close={() => setDeleting(false)}
        >
          Threads that use it can no longer be answered. Its sessions stay on record.
        </Confirm>
      )}
    </div>
  );
}
