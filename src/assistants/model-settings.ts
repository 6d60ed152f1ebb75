import { TandemError } from '../http/errors.ts';
import type { FallbackRequest, ModelSettingsRequest } from './api/settings.ts';
import { seal, unseal } from './secrets.ts';

/** Settings as they are stored: the key of the provider is encrypted, in base64. */
export type StoredSettings = {
  base_url?: string;
  temperature?: number;
  max_tokens?: number;
  sealed_api_key?: string;
};
export type StoredModel = StoredSettings & { model: string };

/** A model that may be asked, and with what. */
export type ModelChoice = {
  /** `offline`, or the provider and its name of the model: `openai/gpt-4.1-mini`. */
  model: string;
  baseUrl?: string;
  temperature?: number;
  maxTokens?: number;
  apiKey?: string;
};

/** The models of an assistant in the order in which they are tried, with their keys in the clear. */
export function modelChoices(
  assistant: { model: string; model_settings: StoredSettings; fallbacks: StoredModel[] },
  secretsKey: Buffer,
): ModelChoice[] {
  const models: StoredModel[] = [{ ...assistant.model_settings, model: assistant.model }, ...assistant.fallbacks];
  return models.map(({ model, base_url, temperature, max_tokens, sealed_api_key }) => ({
    model,
    baseUrl: base_url,
    temperature,
    maxTokens: max_tokens,
    apiKey: sealed_api_key && unseal(secretsKey, Buffer.from(sealed_api_key, 'base64')),
  }));
}

/** What the settings are after a change of the model, of some settings, or of both. */
export function changedSettings(
  before: StoredModel,
  change: { model?: string; settings?: ModelSettingsRequest },
  secretsKey: Buffer,
): StoredModel {
  const { api_key, ...plain } = change.settings ?? {};
  const after: StoredModel = withoutNulls({ ...before, ...plain, model: change.model ?? before.model });
  // The address is the provider's, and a key is only ever sent to where it was meant for when it was given.
  if (providerOf(after) !== providerOf(before) && plain.base_url === undefined) delete after.base_url;
  if (placeOf(after) !== placeOf(before) || api_key !== undefined) delete after.sealed_api_key;
  if (api_key) after.sealed_api_key = seal(secretsKey, api_key).toString('base64');
  return checked(after, 'model_settings');
}

/** The new list of fallbacks. An entry without a key takes that of a known model of the same provider and address. */
export function newFallbacks(known: StoredModel[], list: FallbackRequest[], secretsKey: Buffer): StoredModel[] {
  return list.map(({ api_key, ...plain }, index) => {
    const model = withoutNulls(plain) as StoredModel;
    const kept = known.find((each) => placeOf(each) === placeOf(model) && each.sealed_api_key)?.sealed_api_key;
    const sealed = api_key ? seal(secretsKey, api_key).toString('base64') : api_key === undefined ? kept : undefined;
    return checked(sealed ? { ...model, sealed_api_key: sealed } : model, `fallbacks.${index}`);
  });
}

/** Settings as the API shows them. */
export function shownSettings({ sealed_api_key, ...plain }: StoredSettings) {
  return { ...plain, api_key_set: sealed_api_key !== undefined };
}

export function shownModel({ model, ...settings }: StoredModel) {
  return { model, ...shownSettings(settings) };
}

const providerOf = ({ model }: StoredModel) => model.split('/')[0];
const placeOf = (model: StoredModel) => `${providerOf(model)} ${model.base_url ?? ''}`;

function checked(model: StoredModel, field: string): StoredModel {
  if (model.model.startsWith('custom/') && !model.base_url) {
    throw new TandemError('invalidParameter', `${field}.base_url: a custom model needs the address of its server.`);
  }
  return model;
}

function withoutNulls<Value extends object>(value: Value): { [Key in keyof Value]: NonNullable<Value[Key]> } {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== null && each !== undefined)) as {
    [Key in keyof Value]: NonNullable<Value[Key]>;
  };
}
