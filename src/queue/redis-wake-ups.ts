import { type Job, Queue, WaitingError, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import type { Logger } from '../observability/logger.ts';
import type { WakeUps } from './wake-ups.ts';

const QUEUE = 'tandem-wake';
/** A wake-up that holds no answer for this long is given to another worker; the lease decides whether it may work. */
const LOCK = 10_000;
const ADD_AT_ONCE = 1_000;
/** Of more than this, while Redis is away, the sweep takes care. */
const MOST_WAITING = 10_000;

/**
 * Wake-ups as BullMQ jobs on Redis: one waiting and one active per thread at most. The job carries the key and nothing
 * else, because data that is added while a job waits is discarded.
 */
export function createRedisWakeUps(redisUrl: string, log: Logger, concurrency: number): WakeUps {
  const complain = (error: Error) => log.warn({ err: error }, 'queue.redis_error');
  // A producer must fail at once while Redis is away: the sweep heals what it could not add.
  const producer = new Redis(redisUrl, { maxRetriesPerRequest: 1, enableOfflineQueue: false, retryStrategy });
  producer.on('error', complain);
  // The version check would be the first command, sent before there is a connection; its failure would be kept for ever.
  const queue = new Queue<{ threadKey: string }>(QUEUE, {
    connection: producer,
    skipWaitingForReady: true,
    skipVersionCheck: true,
    skipMetasUpdate: true,
  });
  queue.on('error', complain);
  let consumer: Redis | undefined;
  let worker: Worker<{ threadKey: string }> | undefined;
  const waiting = new Set<string>();
  let adding = false;
  let stopped = false;

  /** Wake-ups that come in while others are being added, or while Redis is not there, go out together. */
  async function add(): Promise<void> {
    if (adding) return;
    adding = true;
    while (waiting.size > 0 && producer.status === 'ready') {
      const keys = [...waiting].slice(0, ADD_AT_ONCE);
      for (const key of keys) waiting.delete(key);
      await queue.addBulk(keys.map((threadKey) => job(threadKey, 0))).catch(complain);
    }
    adding = false;
  }
  producer.on('ready', add);

  return {
    queue,
    wake(threadKeys) {
      if (waiting.size < MOST_WAITING) for (const key of threadKeys) waiting.add(key);
      void add();
    },
    wakeAt(threadKey, time) {
      const delay = Math.max(0, time.getTime() - Date.now());
      // Under a name of its own: a delayed wake-up must not stand in the way of one that is due now.
      const { name, data, opts } = job(threadKey, delay);
      queue.add(name, data, { ...opts, deduplication: { id: `at ${time.getTime()} ${threadKey}` } }).catch(complain);
    },
    async start(work) {
      consumer = new Redis(redisUrl, { maxRetriesPerRequest: null, retryStrategy });
      consumer.on('error', complain);
      const run = async (wakeUp: Job<{ threadKey: string }>, token?: string): Promise<void> => {
        if (!stopped) return work.one(wakeUp.data.threadKey);
        // A paused worker still takes what it was waiting for when it was paused: leave that to others.
        await wakeUp.moveToWait(token);
        throw new WaitingError();
      };
      worker = new Worker<{ threadKey: string }>(QUEUE, run, {
        connection: consumer,
        concurrency,
        lockDuration: LOCK,
        stalledInterval: 2_000,
        maxStalledCount: 10,
        runRetryDelay: 500,
      });
      worker.on('error', complain);
    },
    async stop() {
      stopped = true;
      await worker?.pause(true).catch(complain);
    },
    async ready() {
      return (await producer.ping().catch(() => '')) === 'PONG';
    },
    async close() {
      await worker?.close(true).catch(complain);
      await queue.close().catch(complain);
      consumer?.disconnect();
      producer.disconnect();
    },
  };
}

/** However long Redis was away, we are back within half a second. */
function retryStrategy(times: number): number {
  return Math.min(times * 50, 500);
}

function job(threadKey: string, delay: number) {
  return {
    name: 'wake',
    data: { threadKey },
    opts: {
      delay,
      attempts: 1,
      removeOnComplete: true,
      removeOnFail: true,
      deduplication: { id: threadKey, keepLastIfActive: true },
    },
  };
}
