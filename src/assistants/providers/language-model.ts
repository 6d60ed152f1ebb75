import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { createGroq } from '@ai-sdk/groq';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { createXai } from '@ai-sdk/xai';
import type { LanguageModel } from 'ai';
import type { ModelChoice } from '../model-settings.ts';
import { boundedFetch } from './bounded-fetch.ts';

// The SDK would print what a model does not support among our log lines.
(globalThis as { AI_SDK_LOG_WARNINGS?: boolean }).AI_SDK_LOG_WARNINGS = false;

export type ModelProvider = 'openai' | 'anthropic' | 'gemini' | 'groq' | 'xai' | 'custom';

/** Keys from the environment, for assistants that bring none of their own. */
export type ProviderKeys = Partial<Record<ModelProvider, string>>;

export type ModelCalls = { fetch: typeof globalThis.fetch; keys: ProviderKeys };

/** Written out, because the SDK would else look for others in the environment. */
export const addresses: Record<ModelProvider, string> = {
  openai: 'https://api.openai.com/v1',
  anthropic: 'https://api.anthropic.com/v1',
  gemini: 'https://generativelanguage.googleapis.com/v1beta',
  groq: 'https://api.groq.com/openai/v1',
  xai: 'https://api.x.ai/v1',
  custom: '',
};

export function providerOf({ model }: Pick<ModelChoice, 'model'>): ModelProvider {
  return model.slice(0, model.indexOf('/')) as ModelProvider;
}

/** Whether a model is asked at its provider's own address without any key, which can only fail. */
export function lacksKey(choice: ModelChoice, keys: ProviderKeys): boolean {
  return choice.baseUrl === undefined && choice.apiKey === undefined && keys[providerOf(choice)] === undefined;
}

/** The model of a choice, spoken to through the given fetch. */
export function languageModel(choice: ModelChoice, { fetch, keys }: ModelCalls): LanguageModel {
  const provider = providerOf(choice);
  const id = choice.model.slice(provider.length + 1);
  // A key of the environment goes to the provider it belongs to, and not to an address that an assistant names.
  const apiKey = choice.apiKey ?? (choice.baseUrl === undefined ? keys[provider] : undefined) ?? '';
  const baseURL = choice.baseUrl ?? addresses[provider];
  const settings = { apiKey, baseURL, fetch: boundedFetch(fetch) };
  switch (provider) {
    case 'openai':
      // Chat completions and not responses: nothing of the talk is stored there, and a turn may go on with another provider.
      return createOpenAI(settings).chat(id);
    case 'anthropic':
      return createAnthropic(settings)(id);
    case 'gemini':
      return createGoogleGenerativeAI(settings)(id);
    case 'groq':
      return createGroq(settings)(id);
    case 'xai':
      return createXai(settings).chat(id);
    case 'custom':
      return createOpenAICompatible({
        ...settings,
        apiKey: apiKey === '' ? undefined : apiKey,
        name: 'custom',
        includeUsage: true,
        supportsStructuredOutputs: true,
      })(id);
    default:
      throw new Error(`There is no provider for the model ${provider satisfies never}`);
  }
}
