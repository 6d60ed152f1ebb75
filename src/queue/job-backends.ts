import {
  createPostgresBackend,
  type JobsOptions,
  type Processor,
  Queue,
  runMigrations,
  Worker,
  type WorkerOptions,
} from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';

/** What Tandem uses of BullMQ's queues and workers, which have no type in common over the two backends. */
export type JobQueue = {
  add(name: string, data: unknown, options: JobsOptions): Promise<unknown>;
  close(): Promise<void>;
};
export type JobWorker = {
  on(event: 'failed', listener: (job: FailedJob | undefined, error: Error) => void): unknown;
  pause(): Promise<void>;
  close(force: true): Promise<void>;
};
type FailedJob = { name: string; attemptsMade: number; finishedOn?: number | undefined };

export type JobBackend = {
  queue: JobQueue;
  worker(run: Processor, settings: Omit<WorkerOptions, 'connection'>): Promise<JobWorker>;
  close(): Promise<void>;
};

type Complain = (error: Error) => void;

export function openRedisBackend(name: string, redisUrl: string, complain: Complain): JobBackend {
  // Whoever adds a job is told within seconds that Redis is away; workers wait until it is back.
  const retryStrategy = (times: number) => Math.min(times * 50, 500);
  const limits = { maxRetriesPerRequest: 1, connectTimeout: 2_000, commandTimeout: 5_000 };
  const producer = new Redis(redisUrl, { ...limits, retryStrategy });
  producer.on('error', complain);
  let consumer: Redis | undefined;
  // A version check that fails because Redis is away would be remembered for good.
  const queue = new Queue(name, { connection: producer, skipWaitingForReady: true, skipVersionCheck: true });
  queue.on('error', complain);
  return {
    queue,
    async worker(run, settings) {
      consumer = new Redis(redisUrl, { maxRetriesPerRequest: null, retryStrategy });
      consumer.on('error', complain);
      return new Worker(name, run, { ...settings, connection: consumer }).on('error', complain);
    },
    async close() {
      consumer?.disconnect();
      producer.disconnect();
    },
  };
}

/** One connection stays with the worker, which listens on it. */
const CONNECTIONS = 5;

export async function openPostgresBackend(name: string, databaseUrl: string, complain: Complain): Promise<JobBackend> {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: CONNECTIONS,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 30_000,
    keepAlive: true,
    options: '-c search_path=bullmq,public -c jit=off',
  });
  pool.on('error', complain);
  // The pool listens to its idle connections only: one that breaks while lent to BullMQ would end the process.
  pool.on('connect', (client) => client.on('error', complain));
  try {
    const client = await pool.connect();
    try {
      await runMigrations(client);
    } finally {
      client.release();
    }
    const queue = new Queue(name, { connection: pool }, createPostgresBackend);
    queue.on('error', complain);
    // A first connection that fails would be remembered for good, so it must succeed before we go on.
    await queue.waitUntilReady();
    return {
      queue,
      async worker(run, settings) {
        const worker = new Worker(
          name,
          run,
          { ...settings, connection: pool, autorun: false },
          createPostgresBackend,
        ).on('error', complain);
        // The same holds for the worker, which would then ask again and again without ever yielding.
        await worker.waitUntilReady();
        void worker.run().catch(complain);
        return worker;
      },
      close: () => pool.end(),
    };
  } catch (error) {
    await pool.end();
    throw error;
  }
}
