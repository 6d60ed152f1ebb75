import { NumberField, TextField } from '../ui/fields.tsx';
import { Icon } from '../ui/icon.tsx';
import { Field } from '../ui/parts.tsx';
import type { Model } from './types.ts';

/** A model as it is being edited, with a new key where one was typed. */
export type DraftModel = Model & { api_key?: string };

/** As the API takes it: null removes a setting, and without a new key the old one stays. */
export function requestOf({ model, base_url, temperature, max_tokens, api_key }: DraftModel) {
  return {
    model,
    base_url: base_url || null,
    temperature: temperature ?? null,
    max_tokens: max_tokens ?? null,
    ...(api_key && { api_key }),
  };
}

/** Offered while one types; any other name of the provider’s goes as well. */
const known = [
  'offline',
  'openai/gpt-4.1-mini',
  'openai/gpt-4.1',
  'anthropic/claude-sonnet-4-5',
  'gemini/gemini-2.5-flash',
  'groq/llama-3.3-70b-versatile',
  'xai/grok-4-fast',
  'custom/llama3.2:3b',
];

export function ModelNameField(props: {
  label: string;
  hint: string;
  value: string;
  onChange: (value: string) => void;
}) {
  return (
    <Field label={props.label} hint={props.hint}>
      {(id) => (
        <>
          <input
            id={id}
            class="input"
            list={`${id}-known`}
            value={props.value}
            onInput={(event) => props.onChange(event.currentTarget.value)}
          />
          <datalist id={`${id}-known`}>
            {known.map((name) => (
              <option key={name} value={name} />
            ))}
          </datalist>
        </>
      )}
    </Field>
  );
}

export function ModelFields({ model, onChange }: { model: DraftModel; onChange: (model: DraftModel) => void }) {
  const set = (changed: Partial<DraftModel>) => onChange({ ...model, ...changed });
  return (
    <div class="form-grid">
      <ModelNameField
        label="Model"
        hint="provider/model, or offline: no model, answers from knowledge"
        value={model.model}
        onChange={(name) => set({ model: name })}
      />
      {model.model !== 'offline' && (
        <>
          <TextField
            label="API key"
            hint={model.api_key_set ? 'One is stored. Type to replace it.' : 'Stored encrypted.'}
            type="password"
            placeholder={model.api_key_set ? '••••••••' : ''}
            value={model.api_key ?? ''}
            onChange={(api_key) => set({ api_key })}
          />
          <TextField
            label="Base URL"
            hint="Only where it is not the provider’s own"
            type="url"
            placeholder="https://…"
            value={model.base_url ?? ''}
            onChange={(base_url) => set({ base_url })}
          />
          <NumberField
            label="Temperature"
            hint="0 to 2"
            min={0}
            max={2}
            step={0.1}
            value={model.temperature}
            onChange={(temperature) => set({ temperature })}
          />
          <NumberField
            label="Longest answer"
            hint="In tokens"
            min={1}
            value={model.max_tokens}
            onChange={(max_tokens) => set({ max_tokens })}
          />
        </>
      )}
    </div>
  );
}

/** The models that are asked in turn when the one before fails. */
export function FallbackFields(props: { models: DraftModel[]; onChange: (models: DraftModel[]) => void }) {
  const { models, onChange } = props;
  const fresh = { model: 'openai/gpt-4.1-mini', api_key_set: false };
  return (
    <div class="stack">
      <div class="row spread">
        <div>
          <h3>Fallbacks</h3>
          <p class="small muted">Asked in this order when a model fails, is too slow or limits our rate.</p>
        </div>
        <button type="button" class="button compact" onClick={() => onChange([...models, fresh])}>
          <Icon name="plus" /> Add
        </button>
      </div>
      {models.map((model, n) => (
        <div key={n} class="nested stack tight">
          <div class="row spread">
            <strong class="small">Fallback {n + 1}</strong>
            <button
              type="button"
              class="button compact quiet"
              aria-label={`Remove fallback ${n + 1}`}
              onClick={() => onChange(models.filter((_, other) => other !== n))}
            >
              <Icon name="close" />
            </button>
          </div>
          <ModelFields
            model={model}
            onChange={(changed) => onChange(models.map((each, other) => (other === n ? changed : each)))}
          />
        </div>
      ))}
    </div>
  );
}
