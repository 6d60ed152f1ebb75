import type { Dispatcher } from 'undici';
import { z } from 'zod';
import type { Embedding } from '../embedding.ts';
import { SourceProblem } from '../source-problem.ts';
import { queryPinecone } from './pinecone.ts';
import { queryPostgres } from './postgresql.ts';

/** What lets us in, from the policy of the knowledge. */
export type Credentials = { headers: Record<string, string>; login?: { username: string; password: string } };

export type DatabaseParts = {
  dispatcher: Dispatcher;
  credentialsOf(knowledgeId: string, signal: AbortSignal): Promise<Credentials>;
  embedding?: Embedding;
  allowPrivate?: boolean;
};

export type DatabaseSource = { id: string; source_details: Record<string, unknown>; embedding_model: string | null };

/** The best first. */
export type Match = { id: string; content: string; title?: string; url?: string };

const pineconeDetails = z.object({
  provider: z.literal('pinecone'),
  host: z.url({ protocol: /^https?$/ }),
  namespace: z.string().optional(),
});
export type PineconeDetails = z.infer<typeof pineconeDetails>;

const postgresDetails = z.object({
  provider: z.literal('postgresql'),
  host: z.string(),
  port: z.int().default(5432),
  database: z.string(),
  table: z.string(),
  content_column: z.string().default('content'),
  embedding_column: z.string().default('embedding'),
});
export type PostgresDetails = z.infer<typeof postgresDetails>;

const details = z.discriminatedUnion('provider', [pineconeDetails, postgresDetails]);

/** Asks a vector database of somebody's own, where nothing is changed. What does not work is a SourceProblem. */
export async function queryDatabase(
  source: DatabaseSource,
  question: string,
  limit: number,
  parts: DatabaseParts,
  signal: AbortSignal,
): Promise<Match[]> {
  const database = details.parse(source.source_details);
  const model = source.embedding_model ?? parts.embedding?.model;
  if (!parts.embedding || !model) throw new SourceProblem(NO_EMBEDDING);
  const vector = await vectorOf(question, model, parts.embedding, signal);
  const credentials = await parts.credentialsOf(source.id, signal);
  const query = { vector, limit, credentials };
  return database.provider === 'pinecone'
    ? queryPinecone(database, query, parts.dispatcher, signal)
    : queryPostgres(database, query, parts.allowPrivate === true);
}

/** Finds out what is wrong before a customer asks. */
export async function checkDatabase(source: DatabaseSource, parts: DatabaseParts, signal: AbortSignal): Promise<void> {
  const matches = await queryDatabase(source, 'What do you know?', 1, parts, signal);
  if (matches.length === 0) throw new SourceProblem(EMPTY);
}

const NO_EMBEDDING =
  'A vector database is asked with vectors, and no embedding model is set up. Configure one that made the vectors in it.';
const EMPTY =
  'The database answers, and nothing with text is in it. Fill it first, or check the name of its text column or field.';

async function vectorOf(question: string, model: string, { embed }: Embedding, signal: AbortSignal): Promise<number[]> {
  try {
    const [vector] = await embed(model, [question], signal);
    if (vector) return vector;
  } catch (cause) {
    signal.throwIfAborted();
    throw new SourceProblem(`The embedding model ${model} gives no answer: ${(cause as Error).message}`, {
      passing: true,
      cause,
    });
  }
  throw new SourceProblem(`The embedding model ${model} gave no vector.`);
}
