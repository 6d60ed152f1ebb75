import { deadline } from '../../deadline.ts';
import { type Database, type Queryable, sql } from '../../store/database.ts';
import { type DatabaseParts, type DatabaseSource, queryDatabase } from './database/query-database.ts';
import { fuse } from './fuse.ts';
import type { KnowledgeType } from './knowledge-store.ts';
import { contentWords, type Passage, searchKnowledge } from './search.ts';
import { searchVectors } from './vector-search.ts';

/** A passage, and how high it stood where it was found, from 0 to 1. */
export type Found = Passage & { score: number };

/** An assistant, and all that is attached to it. */
export type Searched = { id: string; knowledge: readonly { id: string; type: KnowledgeType }[] };

/** The best passages of all that is attached to an assistant. */
export type Search = (assistant: Searched, question: string, signal: AbortSignal) => Promise<Found[]>;

const SHOWN = 5;
/** Of each way of searching, before they are put together. */
const CANDIDATES = 20;
/** A customer waits. */
const LIMIT = 3_000;

/**
 * Searches by words and, where they are set up, by meaning and in databases of one's own; all at once. Whatever fails or
 * is slow is left out and logged: words are always searched.
 */
export function createSearch(
  parts: DatabaseParts & { db: Database; log: { error(fields: object, event: string): void } },
): Search {
  const { db, embedding, log } = parts;

  return async ({ id: assistantId, knowledge }, question, signal) => {
    const limited = deadline(LIMIT, signal).signal;
    const optional = async (what: object, search: () => Promise<Passage[]>): Promise<Passage[]> => {
      try {
        return await orAbort(search(), limited);
      } catch (error) {
        signal.throwIfAborted();
        log.error({ ...what, err: error }, 'knowledge.search_failed');
        return [];
      }
    };
    const byMeaning = async () => {
      if (!embedding || contentWords(question).length === 0) return [];
      const [vector] = await embedding.embed(embedding.model, [question], limited);
      return vector ? searchVectors(db, assistantId, { model: embedding.model, vector }, CANDIDATES) : [];
    };
    const inDatabases = async () => {
      const ids = knowledge.filter(({ type }) => type === 'Database').map(({ id }) => id);
      const sources = ids.length > 0 ? await databasesOf(db, ids) : [];
      return Promise.all(
        sources.map((source) =>
          optional({ knowledgeId: source.id }, async () =>
            passagesOf(source, await queryDatabase(source, question, SHOWN, parts, limited)),
          ),
        ),
      );
    };
    const [words, meaning, databases] = await Promise.all([
      searchKnowledge(db, assistantId, question, embedding ? CANDIDATES : SHOWN),
      optional({ assistantId }, byMeaning),
      inDatabases(),
    ]);
    return fuse([words, meaning, ...databases]).slice(0, SHOWN);
  };
}

/** Not everything that we call hears of the signal. */
function orAbort<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

function databasesOf(db: Queryable, ids: string[]): Promise<(DatabaseSource & { name: string })[]> {
  return db.query(sql`
    select id, name, source_details, embedding_model from assistants.knowledge where id = any(${ids}) order by id`);
}

function passagesOf(
  { id, name }: { id: string; name: string },
  matches: Awaited<ReturnType<typeof queryDatabase>>,
): Passage[] {
  return matches.map((match) => ({
    ...match,
    id: `${id}/${match.id}`,
    knowledgeId: id,
    source: name,
    words: [],
    share: 0,
    matches: [],
  }));
}
