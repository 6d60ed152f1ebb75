import { type Job as BullJob, DelayedError, WaitingError } from 'bullmq';
import type { Logger } from '../observability/logger.ts';
import { type JobQueue, type JobWorker, openPostgresBackend, openRedisBackend } from './job-backends.ts';

/** A kind of job. `id` names one piece of work: while it is unfinished, adding it again changes nothing. */
export type Job<Data> = { add(data: Data, options?: { id?: string; delayMs?: number }): Promise<void> };

/**
 * Work that takes minutes and may be done by any process. The queue may lose everything at any moment: whoever adds a
 * job keeps what is to be done in PostgreSQL, and adds again what is missing. A job may also run twice.
 */
export type Jobs = {
  /** Names a kind of job. A failed attempt is repeated after 1, 2, 4 … seconds; then the job is gone, and logged. */
  define<Data>(name: string, attempts: number, run: (data: Data, signal: AbortSignal) => Promise<void>): Job<Data>;
  /** A kind of job that runs by itself, every `everyMs` or a minute later, however many processes there are. */
  repeat(name: string, everyMs: number, run: (signal: AbortSignal) => Promise<void>): void;
  /** Begins to run jobs in this process. Every kind must be named by now. */
  start(): Promise<void>;
  /** Takes no more jobs. After `graceMs` those that run are aborted, and go back to be run again by others. */
  stop(graceMs: number): Promise<void>;
  /** BullMQ’s own, to be looked at. */
  queue: JobQueue;
  /** Lets go of the queue. A job that still runs is taken over by another process once its lock runs out. */
  close(): Promise<void>;
};

const QUEUE = 'tandem-jobs';
const CONCURRENCY = 20;
const BACKOFF = 1_000;
const REPEAT_ATTEMPTS = 3;
/** How often a process makes sure that what repeats is in the queue. */
const ASSURE_EVERY = 60_000;

type Run = (data: unknown, signal: AbortSignal) => Promise<void>;

export async function createJobs(parts: {
  redisUrl: string | undefined;
  databaseUrl: string;
  log: Logger;
  /** For so long a process may be silent before its jobs are taken over. */
  lockMs?: number;
}): Promise<Jobs> {
  const { redisUrl, databaseUrl, log, lockMs = 12_000 } = parts;
  const complain = (error: Error) => log.warn({ err: error }, 'jobs.queue_error');
  const backend = redisUrl
    ? openRedisBackend(QUEUE, redisUrl, complain)
    : await openPostgresBackend(QUEUE, databaseUrl, complain);
  const { queue } = backend;

  const kinds = new Map<string, Run>();
  const repeated: { name: string; everyMs: number }[] = [];
  const timers: NodeJS.Timeout[] = [];
  const abort = new AbortController();
  let worker: JobWorker | undefined;
  let stopping = false;

  function define(name: string, run: Run): void {
    if (kinds.has(name)) throw new Error(`There are two kinds of job named ${name}.`);
    kinds.set(name, run);
  }

  async function process(job: BullJob, token?: string): Promise<void> {
    // A worker that takes no more still gets what it was waiting for at that moment.
    if (stopping) return putBack(job, token);
    const run = kinds.get(job.name);
    if (!run) {
      // Another version of Tandem has added it, and will take it.
      await job.moveToDelayed(Date.now() + BACKOFF, token);
      throw new DelayedError();
    }
    try {
      await run(job.data, abort.signal);
    } catch (error) {
      // Broken off by our own stop, which is no failed attempt.
      if (abort.signal.aborted) return putBack(job, token);
      throw error;
    }
  }

  /** The job's id keeps it from piling up while it is there; the deduplication from running again too soon. */
  async function assure({ name, everyMs }: { name: string; everyMs: number }): Promise<void> {
    await queue.add(name, null, {
      ...common(REPEAT_ATTEMPTS),
      jobId: `repeat-${name}`,
      deduplication: { id: `repeat ${name}`, ttl: everyMs },
    });
  }

  return {
    queue,
    define<Data>(name: string, attempts: number, run: (data: Data, signal: AbortSignal) => Promise<void>): Job<Data> {
      define(name, run as Run);
      return {
        async add(data, { id, delayMs = 0 } = {}) {
          await queue.add(name, data, {
            ...common(attempts),
            delay: delayMs,
            ...(id === undefined ? {} : { deduplication: { id: `${name}:${id}` } }),
          });
        },
      };
    },
    repeat(name, everyMs, run) {
      define(name, (_, signal) => run(signal));
      repeated.push({ name, everyMs });
    },
    async start() {
      worker = await backend.worker(process, {
        concurrency: CONCURRENCY,
        lockDuration: lockMs,
        stalledInterval: lockMs / 4,
        // A job is not to blame for deploys and crashes.
        maxStalledCount: 10,
        runRetryDelay: 500,
      });
      worker.on('failed', (job, error) => {
        const line = { job: job?.name, attempt: job?.attemptsMade, err: error };
        if (job?.finishedOn === undefined) log.warn(line, 'job.retrying');
        else log.error(line, 'job.failed');
      });
      for (const kind of repeated) {
        const tick = () => void assure(kind).catch(complain);
        tick();
        timers.push(setInterval(tick, Math.min(kind.everyMs, ASSURE_EVERY)));
      }
    },
    async stop(graceMs) {
      stopping = true;
      for (const timer of timers) clearInterval(timer);
      const deadline = setTimeout(() => abort.abort(), graceMs);
      await worker?.pause();
      clearTimeout(deadline);
    },
    async close() {
      for (const timer of timers) clearInterval(timer);
      await worker?.close(true);
      await queue.close();
      await backend.close();
    },
  };
}

/** Another worker takes it at once, and it counts as no attempt. */
async function putBack(job: BullJob, token: string | undefined): Promise<never> {
  await job.moveToWait(token);
  throw new WaitingError();
}

function common(attempts: number) {
  return {
    attempts,
    backoff: { type: 'exponential', delay: BACKOFF, jitter: 0.25 },
    removeOnComplete: true,
    removeOnFail: true,
  };
}
