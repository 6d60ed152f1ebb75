import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { type EmbeddingModel, embedMany } from 'ai';
import type { Embedding } from '../knowledge/embedding.ts';
import { addresses, type ProviderKeys } from './language-model.ts';

/** Providers of models that turn texts into vectors. */
export const embeddingProviders = ['openai', 'gemini', 'custom'] as const;
type EmbeddingProvider = (typeof embeddingProviders)[number];

export type EmbeddingSettings = {
  /** `provider/model`. */
  model: string;
  /** Where the provider is reached, if not at its public address. */
  baseUrl?: string;
};

/**
 * Embeddings by the model of the settings, and by others of the same server: a vector database names the one that its own
 * vectors are from, with the provider before it or without.
 */
export function createEmbedding({ model, baseUrl }: EmbeddingSettings, keys: ProviderKeys): Embedding {
  const provider = model.slice(0, model.indexOf('/')) as EmbeddingProvider;
  const settings = { apiKey: keys[provider] ?? '', baseURL: baseUrl ?? addresses[provider], fetch };
  const named = namedModels(provider, settings);
  return {
    model,
    async embed(name, texts, signal) {
      const id = name.startsWith(`${provider}/`) ? name.slice(provider.length + 1) : name;
      const { embeddings } = await embedMany({ model: named(id), values: texts, abortSignal: signal, maxRetries: 0 });
      return embeddings;
    },
  };
}

function namedModels(
  provider: EmbeddingProvider,
  settings: { apiKey: string; baseURL: string; fetch: typeof globalThis.fetch },
): (id: string) => EmbeddingModel {
  switch (provider) {
    case 'openai':
      return createOpenAI(settings).embeddingModel;
    case 'gemini':
      return createGoogleGenerativeAI(settings).embeddingModel;
    case 'custom':
      return createOpenAICompatible({ ...settings, apiKey: settings.apiKey || undefined, name: 'custom' })
        .embeddingModel;
  }
}
