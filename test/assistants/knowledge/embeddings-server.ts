import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createOpenAI } from '@ai-sdk/openai';
import { embedMany } from 'ai';
import type { Embedding } from '../../../src/assistants/knowledge/embedding.ts';

/** Words that mean the same, as far as this model knows. */
const MEANINGS = [
  ['late', 'delay', 'storage', 'after ten working days'],
  ['pick', 'collect', 'collection'],
  ['swap', 'exchange', 'exchanges'],
  ['check-in', 'arrive', 'arrival', 'ready from'],
  ['morning', 'around the clock', 'midnight'],
  ['15', 'minimum age', '16'],
  ['discount', 'saves', 'percent less'],
  ['early', 'ahead'],
  ['registration', 'registers', 'register'],
];

/** A server that speaks the wire format of OpenAI's embeddings, with a small deterministic model behind it. */
export async function startEmbeddingsServer() {
  const server = {
    url: '',
    embedding: (_model: string): Embedding => {
      throw new Error('It has not started.');
    },
    requests: [] as { model: string; input: string[]; key: string | undefined }[],
    /** Answers with this status instead, or not at all. */
    trouble: undefined as number | 'hang' | undefined,
    close: async () => {},
  };
  const http = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { model, input } = JSON.parse(body);
    server.requests.push({ model, input, key: request.headers.authorization });
    if (server.trouble === 'hang') return;
    if (server.trouble) return response.writeHead(server.trouble).end('{"error":{"message":"out of order"}}');
    const data = input.map((text: string, index: number) => ({
      object: 'embedding',
      index,
      embedding: vectorOf(model, text),
    }));
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ object: 'list', data, model, usage: { prompt_tokens: 1, total_tokens: 1 } }));
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const baseURL = `http://127.0.0.1:${(http.address() as AddressInfo).port}/v1`;
  server.url = baseURL;
  const openai = createOpenAI({ apiKey: 'secret', baseURL });
  server.embedding = (model) => ({
    model,
    async embed(name, texts, signal) {
      const { embeddings } = await embedMany({
        model: openai.textEmbeddingModel(name),
        values: texts,
        abortSignal: signal,
        maxRetries: 0,
      });
      return embeddings;
    },
  });
  server.close = async () => {
    http.closeAllConnections();
    http.close();
    await once(http, 'close');
  };
  return server;
}

const DIMENSIONS = 512;

/** Words, and parts of words, spread over the dimensions; those of one meaning share theirs. Other models spread otherwise. */
export function vectorOf(model: string, text: string): number[] {
  const vector = new Array<number>(model === 'other' ? DIMENSIONS / 2 : DIMENSIONS).fill(0);
  const add = (feature: string, weight: number) => {
    const digest = createHash('md5').update(`${model} ${feature}`).digest();
    const place = digest.readUInt32LE(0) % vector.length;
    vector[place] = (vector[place] ?? 0) + ((digest[4] ?? 0) % 2 === 0 ? weight : -weight);
  };
  const lower = text.toLowerCase();
  for (const word of new Set(lower.match(/[\p{L}\p{N}]{4,}/gu))) {
    add(word.slice(0, 5), 1);
    add(word, 0.5);
  }
  for (const [index, words] of MEANINGS.entries()) {
    if (words.some((word) => lower.includes(word))) add(`meaning ${index}`, 3);
  }
  return vector;
}
