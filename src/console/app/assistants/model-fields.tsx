import { Icon } from '../ui/icon.tsx';
import { Field } from '../ui/parts.tsx';
import type { Model } from './types.ts';

/** A model as it is being edited: numbers as they are typed, and a new key where one was typed. */
export type DraftModel = {
  model: string;
  base_url: string;
  temperature: string;
  max_tokens: string;
  api_key: string;
  api_key_set: boolean;
};

export function draftOf(model: Model): DraftModel {
  return {
    model: model.model,
    base_url: model.base_url ?? '',
    temperature: model.temperature?.toString() ?? '',
    max_tokens: model.max_tokens?.toString() ?? '',
    api_key: '',
    api_key_set: model.api_key_set,
  };
}

/** As the API takes it: null removes a setting, and without a new key the old one stays. */
export function requestOf({ model, base_url, temperature, max_tokens, api_key }: DraftModel) {
  return {
    model,
    base_url: base_url || null,
    temperature: temperature === '' ? null : Number(temperature),
    max_tokens: max_tokens === '' ? null : Number(max_tokens),
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

export function ModelFields({ model, onChange }: { model: DraftModel; onChange: (model: DraftModel) => void }) {
  const input = (name: 'base_url' | 'temperature' | 'max_tokens' | 'api_key', more: object) => (id: string) => (
    <input
      id={id}
      class="input"
      value={model[name]}
      onInput={(event) => onChange({ ...model, [name]: event.currentTarget.value })}
      {...more}
    />
  );
  return (
    <div class="form-grid">
      <Field label="Model" hint="provider/model, or offline: no model, answers from knowledge">
        {(id) => (
          <>
            <input
              id={id}
              class="input"
              list={`${id}-known`}
              value={model.model}
              onInput={(event) => onChange({ ...model, model: event.currentTarget.value })}
            />
            <datalist id={`${id}-known`}>
              {known.map((name) => (
                <option key={name} value={name} />
              ))}
            </datalist>
          </>
        )}
      </Field>
      {model.model !== 'offline' && (
        <>
          <Field label="API key" hint={model.api_key_set ? 'One is stored. Type to replace it.' : 'Stored encrypted.'}>
            {input('api_key', {
              type: 'password',
              autocomplete: 'off',
              placeholder: model.api_key_set ? '••••••••' : '',
            })}
          </Field>
          <Field label="Base URL" hint="Only where it is not the provider’s own">
            {input('base_url', { type: 'url', placeholder: 'https://…' })}
          </Field>
          <Field label="Temperature" hint="0 to 2">
            {input('temperature', { type: 'number', min: 0, max: 2, step: 0.1 })}
          </Field>
          <Field label="Longest answer" hint="In tokens">
            {input('max_tokens', { type: 'number', min: 1, step: 1 })}
          </Field>
        </>
      )}
    </div>
  );
}

/** The models that are asked in turn when the one before fails. */
export function FallbackFields(props: { models: DraftModel[]; onChange: (models: DraftModel[]) => void }) {
  const { models, onChange } = props;
  const fresh = draftOf({ model: 'openai/gpt-4.1-mini', api_key_set: false });
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
