import { setMaxListeners } from 'node:events';
import type { Events } from '../observability/events.ts';
import type { Logger } from '../observability/logger.ts';
import type { Work } from '../queue/wake-ups.ts';
import { isConnectionTrouble } from '../store/database.ts';
import type { Lease } from '../thread/change.ts';
import type { ThreadStore } from '../thread/thread-store.ts';
import type { StopSignals } from './advance.ts';
import { HOLDER_LOCK } from './holder.ts';

export type WorkerParts = {
  store: ThreadStore;
  advance: (lease: Lease, stop: StopSignals) => Promise<void>;
  /** The number under which this process leases threads. */
  holder: number;
  /** Work may begin only once what was missed is stored (see recovery). */
  isOpen: () => boolean;
  wake: (threadKeys: string[]) => void;
  events: Events;
  log: Logger;
};

export type Worker = Work & {
  start(): void;
  /** Finds what is due although nobody was woken for it, and what dead processes have left. */
  sweep(): Promise<void>;
  /** Resolves once no thread is being worked on. */
  idle(): Promise<void>;
  /** Finishes the steps in hand and gives the leases back; after `graceMs` asks are broken off. */
  stop(graceMs: number): Promise<void>;
};

/** Threads that one process works on at a time. They mostly wait for assistants. */
export const CONCURRENCY = 1_000;
const CLAIM_AT_ONCE = 200;
const LEASE = 30_000;
const SWEEP_EVERY = 2_000;
/** Work this late was missed by its wake-up. */
const LATE = 2_000;

/** The part of a process that works on threads: it leases them, keeps the leases alive and sweeps. */
export function createWorker(parts: WorkerParts): Worker {
  const { store, holder, events, log } = parts;
  const active = new Map<string, { lease: Lease; done: Promise<void> }>();
  const soon = new AbortController();
  const now = new AbortController();
  // One listener for each thread that is worked on.
  setMaxListeners(0, now.signal);
  const timers: NodeJS.Timeout[] = [];
  let abandoned: Lease[] = [];
  let full = false;

  function run(lease: Lease): Promise<void> {
    const done = parts
      .advance(lease, { soon: soon.signal, now: now.signal })
      .catch((error) => {
        // The lease is still ours, but what is true of the thread is not known: give it back and let it be read anew.
        abandoned.push(lease);
        const line = { err: error };
        if (isConnectionTrouble(error)) log.warn(line, 'advance.store_away');
        else log.error(line, 'advance.failed');
      })
      .finally(() => {
        if (active.get(lease.key)?.lease === lease) active.delete(lease.key);
        if (!full) return;
        full = false;
        parts.wake([]);
      });
    active.set(lease.key, { lease, done });
    return done;
  }

  const mayBegin = () => parts.isOpen() && !soon.signal.aborted;

  async function anyDue(): Promise<'all' | 'full'> {
    while (mayBegin()) {
      const room = CONCURRENCY - active.size;
      if (room <= 0) {
        full = true;
        return 'full';
      }
      const limit = Math.min(room, CLAIM_AT_ONCE);
      const leases = await store.claimDue(holder, limit, LEASE);
      for (const lease of leases) void run(lease);
      if (leases.length < limit) break;
    }
    return 'all';
  }

  async function sweep(): Promise<void> {
    if (abandoned.length > 0) {
      const leases = abandoned;
      abandoned = [];
      await store.abandon(leases).catch((error) => {
        abandoned.push(...leases);
        throw error;
      });
    }
    if (!mayBegin()) return;
    const freed = await store.freeDeadHolders(HOLDER_LOCK);
    if (freed.length > 0) events.sweepRescued(freed, 'dead_holder');
    const overdue = await store.overdue(LATE, CLAIM_AT_ONCE);
    // A process with no room left is late, not forgetful.
    if (overdue.length > 0 && active.size < CONCURRENCY / 2) events.sweepRescued(overdue, 'overdue');
    // Taken here and not by way of the queue: the job of a dead process would stand in the way until its lock runs out.
    if (freed.length + overdue.length > 0) await anyDue();
  }

  async function renew(): Promise<void> {
    if (active.size > 0)
      await store.renew(
        [...active.values()].map(({ lease }) => lease),
        LEASE,
      );
  }

  function every(ms: number, task: () => Promise<void>): void {
    let running = false;
    const timer = setInterval(() => {
      if (running) return;
      running = true;
      task()
        .catch((error) => log.warn({ err: error }, 'worker.store_away'))
        .finally(() => {
          running = false;
        });
    }, ms);
    timers.push(timer);
  }

  async function idle(): Promise<void> {
    while (active.size > 0) await Promise.all([...active.values()].map(({ done }) => done));
  }

  return {
    async one(threadKey) {
      if (!mayBegin()) return;
      const lease = await store.claim({ key: threadKey, holder, leaseMs: LEASE });
      if (lease) await run(lease);
    },
    anyDue,
    start() {
      every(SWEEP_EVERY, sweep);
      every(LEASE / 3, renew);
    },
    sweep,
    idle,
    async stop(graceMs) {
      soon.abort();
      const deadline = setTimeout(() => now.abort(), graceMs);
      await idle();
      clearTimeout(deadline);
      for (const timer of timers) clearInterval(timer);
      if (abandoned.length > 0) await store.abandon(abandoned).catch(() => undefined);
    },
  };
}
