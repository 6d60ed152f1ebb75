import type { Dispatcher } from 'undici';
import type { Jobs } from '../../queue/jobs.ts';
import type { Database } from '../../store/database.ts';
import type { DatabaseParts } from './database/query-database.ts';
import { embedChunks, unembedded } from './embed-chunks.ts';
import type { Embedding } from './embedding.ts';
import { createExtractor, type Extract } from './extract/extractor.ts';
import { type Claim, claimSource, completeSource, dueSources, failSource, renewLease } from './ingestion-store.ts';
import { defaultLimits, type IngestionLimits } from './limits.ts';
import { createReadSource, type ReadSource } from './read-source.ts';
import { SourceProblem } from './source-problem.ts';

export type IngestionParts = {
  db: Database;
  now: () => Date;
  newId: () => string;
  jobs: Pick<Jobs, 'define' | 'repeat'>;
  /** Guarded, as sources are addresses that others chose. */
  dispatcher: Dispatcher;
  credentialsOf: DatabaseParts['credentialsOf'];
  log: { info(fields: object, event: string): void; error(fields: object, event: string): void };
  /** Without it, search is by words alone. */
  embedding?: Embedding;
  limits?: Partial<IngestionLimits>;
  allowPrivate?: boolean;
};

export type Ingestion = {
  /** Has a source read whose row is QUEUED. What is lost is found again by a sweep. */
  enqueue(knowledgeId: string): Promise<void>;
};

const LEASE = 60_000;
const RENEW_EVERY = 15_000;
const SWEEP_EVERY = 30_000;
const EMBED_EVERY = 5 * 60_000;
/** In one process: each reads in a process of its own, which may need half a gigabyte. */
const AT_ONCE = 2;
const BATCH = 500;
/** What may pass is tried again after 1, 4, 16 minutes. */
const ATTEMPTS = 4;
const RETRY_AFTER = 60_000;
const MINUTE = 60_000;

/** Reads sources of knowledge in the background: each as a job that any process may do, and do again. */
export function createIngestion(parts: IngestionParts): Ingestion {
  const { db, now, newId, jobs, log, embedding } = parts;
  const limits = { ...defaultLimits, ...parts.limits };
  const readSource: ReadSource = createReadSource({ ...parts, limits });

  let busy = 0;

  const ingest = jobs.define<string>('ingest-knowledge', 1, async (knowledgeId, signal) => {
    // Whoever is busy takes it up afterwards: it is due until then.
    if (busy >= AT_ONCE) return;
    busy += 1;
    const extractor = createExtractor(limits.extractMs);
    try {
      let next: string | undefined = knowledgeId;
      while (next && !signal.aborted) {
        await take(next, extractor.extract, signal);
        [next] = await dueSources(db, now(), 1);
      }
    } finally {
      busy -= 1;
      extractor.close();
    }
  });

  // Apart from reading, so that a source can be found by its words even while no model answers.
  const embed = jobs.define<string>('embed-knowledge', 3, async (knowledgeId, signal) => {
    if (embedding) await embedChunks(db, knowledgeId, embedding, signal);
  });

  jobs.repeat('sweep-knowledge', SWEEP_EVERY, async () => {
    for (const id of await dueSources(db, now(), BATCH)) await ingest.add(id, { id });
  });

  jobs.repeat('sweep-embeddings', EMBED_EVERY, async () => {
    if (!embedding) return;
    for (const id of await unembedded(db, embedding.model, BATCH)) await embed.add(id, { id });
  });

  // Without an id: a source may change while the job that has read it is about to end. One that is read is claimed once.
  return { enqueue: (knowledgeId) => ingest.add(knowledgeId) };

  async function take(knowledgeId: string, extract: Extract, signal: AbortSignal): Promise<void> {
    const claim = await claimSource(db, knowledgeId, { token: newId(), now: now(), leaseMs: LEASE });
    if (claim) await work(claim, extract, signal);
    if (embedding) await embed.add(knowledgeId, { id: knowledgeId });
  }

  async function work(claim: Claim, extract: Extract, stop: AbortSignal): Promise<void> {
    const startedAt = now();
    const lost = new AbortController();
    const limit = AbortSignal.timeout(limits.sourceMs);
    const renewal = setInterval(() => void renew(claim, lost), RENEW_EVERY);
    const line = { knowledgeId: claim.id, type: claim.type, attempt: claim.attempts };
    try {
      if (claim.attempts > ATTEMPTS) throw new SourceProblem(CRASHES);
      const read = await readSource(claim, extract, AbortSignal.any([stop, lost.signal, limit]));
      const dueAt = recrawlAt(claim, now());
      const note = read.left.length > 0 ? shortened(read.left) : null;
      if (!(await completeSource(db, claim, { documents: read.documents, note, dueAt }, now()))) return;
      const durationMs = now().getTime() - startedAt.getTime();
      log.info({ ...line, documents: read.documents.length, left: read.left.length, durationMs }, 'knowledge.ingested');
    } catch (error) {
      if (lost.signal.aborted) return;
      if (stop.aborted) {
        // Not its fault: the next worker begins anew, and at once.
        const outcome = { status: 'QUEUED', reason: null, attempts: claim.attempts - 1, dueAt: now() } as const;
        await failSource(db, claim, outcome, now());
        throw error;
      }
      const tooLong = limit.aborted ? new SourceProblem(takesTooLong(limits.sourceMs), { cause: error }) : undefined;
      await fail(claim, tooLong ?? error, line);
    } finally {
      clearInterval(renewal);
    }
  }

  async function renew(claim: Claim, lost: AbortController): Promise<void> {
    try {
      const until = new Date(now().getTime() + LEASE);
      if (!(await renewLease(db, claim, until))) lost.abort(new Error('The source was changed, or taken over.'));
    } catch {
      // The database is away: the next renewal may succeed, and if none does, the result will not count.
    }
  }

  async function fail(claim: Claim, error: unknown, line: object): Promise<void> {
    const problem = error instanceof SourceProblem ? error : undefined;
    const isLast = problem ? !problem.passing || claim.attempts >= ATTEMPTS : claim.attempts >= ATTEMPTS;
    const reason = shortened([problem?.message ?? OURS]);
    const retryAt = new Date(now().getTime() + RETRY_AFTER * 4 ** (claim.attempts - 1));
    const outcome = isLast
      ? ({ status: 'FAILED', reason, attempts: 0, dueAt: recrawlAt(claim, now()) } as const)
      : ({ status: 'QUEUED', reason, attempts: claim.attempts, dueAt: retryAt } as const);
    await failSource(db, claim, outcome, now());
    if (problem) log.info({ ...line, reason, status: outcome.status }, 'knowledge.not_read');
    else log.error({ ...line, err: error, status: outcome.status }, 'knowledge.not_read');
  }
}

const OURS =
  'Something failed inside Tandem while it read this source. The log has the cause under the id of the knowledge.';
const CRASHES = 'Every process that read this source has died of it, so it is given up. Make it smaller, or simpler.';
const takesTooLong = (ms: number) =>
  `Reading it takes longer than ${Math.round(ms / 60_000)} minutes. Make the source smaller, or name a page further down.`;

function recrawlAt({ type, source_details: details }: Claim, at: Date): Date | null {
  const minutes = type === 'Web' ? Number(details.crawl_period_min ?? 0) : 0;
  return minutes > 0 ? new Date(at.getTime() + minutes * MINUTE) : null;
}

const SHOWN = 5;

function shortened(lines: string[]): string {
  const more = lines.length > SHOWN ? [`And ${lines.length - SHOWN} more.`] : [];
  return [...lines.slice(0, SHOWN), ...more].join('\n').slice(0, 2_000);
}
