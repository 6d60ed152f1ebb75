/**
 * Turns texts into vectors by a model. `model` is the one for what we store ourselves; a vector database of one's own
 * names the model that its vectors are from.
 */
export type Embedding = {
  model: string;
  embed(model: string, texts: string[], signal: AbortSignal): Promise<number[][]>;
};
