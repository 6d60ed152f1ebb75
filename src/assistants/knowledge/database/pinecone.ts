import { type Dispatcher, fetch } from 'undici';
import { z } from 'zod';
import { SourceProblem } from '../source-problem.ts';
import type { Credentials, Match, PineconeDetails } from './query-database.ts';

const answer = z.object({
  matches: z.array(z.object({ id: z.string(), metadata: z.record(z.string(), z.unknown()).nullish() })),
});

/** Where text, title and address usually are: the names that LangChain, LlamaIndex and Pinecone's own guides use. */
const TEXT = ['text', 'content', 'chunk_text', 'page_content'];
const TITLE = ['title', 'name'];
const ADDRESS = ['url', 'source'];

export async function queryPinecone(
  { host, namespace }: PineconeDetails,
  query: { vector: number[]; limit: number; credentials: Credentials },
  dispatcher: Dispatcher,
  signal: AbortSignal,
): Promise<Match[]> {
  const response = await ask();
  const text = await response.text();
  if (!response.ok) throw refused(host, response.status, text);
  const parsed = answer.safeParse(jsonOf(text));
  if (!parsed.success) throw new SourceProblem(`${host} does not answer like an index of Pinecone. Check the host.`);
  return parsed.data.matches.flatMap(({ id, metadata }) => {
    const named = (names: string[]) => names.map((name) => metadata?.[name]).find((value) => typeof value === 'string');
    const content = named(TEXT);
    const [title, url] = [named(TITLE), named(ADDRESS)];
    return content ? [{ id, content, ...(title ? { title } : {}), ...(url ? { url } : {}) }] : [];
  });

  async function ask() {
    try {
      return await fetch(new URL('/query', host), {
        method: 'POST',
        dispatcher,
        signal,
        redirect: 'error',
        headers: {
          ...keyOf(query.credentials),
          'content-type': 'application/json',
          'x-pinecone-api-version': '2025-01',
        },
        body: JSON.stringify({ vector: query.vector, topK: query.limit, includeMetadata: true, namespace }),
      });
    } catch (cause) {
      signal.throwIfAborted();
      const inner = (cause as { cause?: Error }).cause ?? (cause as Error);
      throw new SourceProblem(`${host} cannot be reached: ${inner.message}`, { passing: true, cause });
    }
  }
}

/** Pinecone has a header of its own for what others call a bearer token. */
function keyOf({ headers }: Credentials): Record<string, string> {
  const token = /^Bearer (.+)$/i.exec(headers.authorization ?? headers.Authorization ?? '')?.[1];
  return token ? { 'api-key': token } : headers;
}

function refused(host: string, status: number, text: string): SourceProblem {
  if (status === 401 || status === 403) {
    return new SourceProblem(
      `${host} refuses the key (${status}). Give the knowledge a policy of the type header, with Api-Key as its name.`,
    );
  }
  const passing = status === 429 || status >= 500;
  return new SourceProblem(`${host} answered with the status ${status}: ${text.slice(0, 200)}`, { passing });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
