import { setImmediate } from 'node:timers/promises';
import type { Line } from '../../src/outbox/line.ts';
import type { Database } from '../../src/store/database.ts';
import type { Lease } from '../../src/thread/change.ts';
import { createThreadStore, type ThreadStore } from '../../src/thread/thread-store.ts';
import { type AdvanceParts, advance } from '../../src/turn/advance.ts';
import { createWorker, type WorkerParts } from '../../src/turn/worker.ts';
import type { Fate } from './commands.ts';

/** Something that a process does outside itself: how it goes well, and what the process sees when it breaks. */
export type Effect<Result> = { perform: (fate: Fate) => Promise<Result>; broken: () => Result };

/** Lets an effect happen when, and as, the campaign says. */
export type Gated = <Result>(effect: Effect<Result>) => Promise<Result>;

export type SimulatedProcess = ReturnType<typeof startProcess>;

const LEASE = 30_000;

/**
 * A worker process that stops before every effect (statement, question, call) and goes on only when it is let. The
 * order in which the effects of all processes happen is thus the campaign's choice, and so is where one dies.
 */
export function startProcess(parts: {
  holder: number;
  db: Database;
  now: () => Date;
  /** Called when the process is gone, so that its advisory lock goes as well. */
  gone: () => Promise<void>;
  log: WorkerParts['log'];
  events: WorkerParts['events'];
  advanceParts: (gated: Gated) => Omit<AdvanceParts, 'store' | 'line'> & { lineFor: (store: ThreadStore) => Line };
}) {
  const gates: ((fate: Fate) => Promise<void>)[] = [];
  const leases = new Map<string, Lease>();
  const soon = new AbortController();
  const stopNow = new AbortController();
  let alive = true;

  async function die(lockLingers = false): Promise<void> {
    alive = false;
    gates.length = 0;
    if (!lockLingers) await parts.gone();
  }

  const gated: Gated = (effect) =>
    new Promise((resolve, reject) => {
      if (!alive) return;
      gates.push(async (fate) => {
        if (fate.passage === 'dies before') return die();
        let deliver = () => {
          try {
            resolve(effect.broken());
          } catch (error) {
            reject(error);
          }
        };
        if (fate.passage !== 'breaks before') {
          const settled = await effect.perform(fate).then(
            (result) => () => resolve(result),
            (error) => () => reject(error),
          );
          if (fate.passage !== 'breaks after') deliver = settled;
        }
        if (fate.passage === 'dies after') return die();
        if (fate.passage === 'held') gates.push(async () => deliver());
        else deliver();
      });
    });

  const db: Database = {
    ...parts.db,
    query: (statement) =>
      gated({
        perform: () => parts.db.query(statement),
        broken() {
          throw Object.assign(new Error('The connection broke.'), { code: '08006' });
        },
      }),
  };
  const store = createThreadStore(db, parts.now);
  const { lineFor, ...others } = parts.advanceParts(gated);
  const advanceParts = { ...others, line: lineFor(store), store };
  const worker = createWorker({
    store,
    holder: parts.holder,
    isOpen: () => true,
    wake: () => undefined,
    events: parts.events,
    log: parts.log,
    async advance(lease) {
      leases.set(lease.key, lease);
      try {
        await advance(advanceParts, lease, { soon: soon.signal, now: stopNow.signal });
      } finally {
        if (leases.get(lease.key) === lease) leases.delete(lease.key);
      }
    },
  });
  const begin = (task: Promise<unknown>) => void task.catch((error) => parts.log.warn({ err: error }, 'broken'));

  return {
    isAlive: () => alive,
    isIdle: () => gates.length === 0,
    /** Takes what is due. Like everything here, it goes on only as far as it is let. */
    look() {
      if (!soon.signal.aborted) begin(worker.anyDue());
    },
    sweep: () => begin(worker.sweep()),
    renew() {
      if (leases.size > 0) begin(store.renew([...leases.values()], LEASE));
    },
    stop(breakOff: boolean) {
      soon.abort();
      if (breakOff) stopNow.abort();
    },
    kill: die,
    /** Lets one effect happen, and waits until the process stands before the next ones. */
    async go(fate: Fate): Promise<void> {
      const [open] = gates.splice(fate.pick % Math.max(1, gates.length), 1);
      await open?.(fate);
      await settled();
      if (alive && soon.signal.aborted && gates.length === 0) await die();
    },
    settled,
  };
}

/** Everything that can go on without a further effect has gone on. Batches begin on the next turn of the event loop. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await setImmediate();
}
