import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Events } from '../../src/observability/events.ts';
import { createLogger } from '../../src/observability/logger.ts';
import { createPostgresWakeUps } from '../../src/queue/postgres-wake-ups.ts';
import { createRedisWakeUps } from '../../src/queue/redis-wake-ups.ts';
import type { WakeUps } from '../../src/queue/wake-ups.ts';
import { type Database, openDatabase, sql } from '../../src/store/database.ts';
import type { Lease } from '../../src/thread/change.ts';
import { createThreadStore } from '../../src/thread/thread-store.ts';
import { createWorker } from '../../src/turn/worker.ts';
import { freshDatabase } from '../support/postgres.ts';
import { gate, until } from '../support/until.ts';
import { hasRedisServer, redisName, startRedisServer } from './redis-server.ts';

const log = createLogger('silent');
const now = () => new Date();

type Server = {
  connect(): WakeUps;
  /** Takes the server of the queue away, as seen from here. */
  away(): Promise<void>;
  back(): Promise<void>;
  /** Makes it forget everything. */
  flush(): Promise<void>;
  drop(): Promise<void>;
};

/** The store of all processes, and the queue between them. */
let store: Awaited<ReturnType<typeof freshDatabase>>;
let db: Database;
let server: Server;
let processes: { close(): Promise<void> }[];

async function onPostgres(): Promise<Server> {
  const name = /test_\w+/.exec(store.url)?.[0] as string;
  const server = openDatabase(inject('postgresUrl'), () => {});
  const allow = (allowed: boolean) => ({
    text: `alter database ${name} allow_connections ${allowed}`,
    values: [],
    name: '',
  });
  const open: Database[] = [];
  return {
    connect() {
      const own = openDatabase(store.url, () => {});
      open.push(own);
      return createPostgresWakeUps(own, log);
    },
    async away() {
      await server.query(allow(false));
      await server.query(sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${name}`);
    },
    back: async () => void (await server.query(allow(true))),
    // Nothing is kept here.
    flush: async () => {},
    async drop() {
      await Promise.all(open.map((own) => own.close()));
      await server.close();
    },
  };
}

async function onRedis(): Promise<Server> {
  const redis = await startRedisServer();
  return {
    connect: () => createRedisWakeUps(redis.url, log, 100),
    away: redis.stop,
    back: redis.start,
    drop: redis.stop,
    flush: redis.flush,
  };
}

/** What is being worked on at this moment, in all processes, and how often the most worked-on thread at once. */
const running = new Map<string, number>();
let most = 0;

/** A process that works on threads; `hold` keeps its work from ending. Nothing but wake-ups sets it to work. */
async function startProcess(hold?: (key: string) => Promise<void> | undefined) {
  const threads = createThreadStore(db, now);
  const wakeUps = server.connect();
  const seen = new Map<string, number>();

  async function advance(lease: Lease): Promise<void> {
    const { key } = lease;
    for (let outcome = ''; outcome !== 'released' && outcome !== 'lost'; ) {
      running.set(key, (running.get(key) ?? 0) + 1);
      most = Math.max(most, running.get(key) ?? 0);
      const { revision } = (await threads.load(key)).thread;
      await hold?.(key);
      seen.set(key, revision);
      // The release is known to others before it is to us.
      const left = (running.get(key) ?? 1) - 1;
      if (left > 0) running.set(key, left);
      else running.delete(key);
      outcome = await threads.commit({ lease, revision, change: {}, ifCurrent: true, release: { dueAt: null } });
    }
  }

  const worker = createWorker({
    store: threads,
    advance,
    holder: 1,
    isOpen: () => true,
    wake: wakeUps.wake,
    events: {} as Events,
    log,
  });
  processes.push({
    async close() {
      await wakeUps.stop();
      await wakeUps.close();
    },
  });
  await wakeUps.start(worker);
  // What is to come at a time is not kept for a server that is not there yet: the sweep would find it.
  await until('the process is connected', () => isReady(wakeUps), 5_000);
  return { wakeUps, seen };
}

/** A process that only receives: it stores and wakes, and does not work. */
function startReceiver(): WakeUps {
  const wakeUps = server.connect();
  processes.push({ close: () => wakeUps.close() });
  return wakeUps;
}

/** A server that is away may be noticed by a refusal. */
function isReady(wakeUps: WakeUps): Promise<boolean> {
  return wakeUps.ready().catch(() => false);
}

/** Something arrives: stored, and due, as accept does it. Answers the revision. */
async function arrive(key: string, dueAt = now()): Promise<number> {
  const [row] = await db.query<{ revision: number }>(sql`
    insert into gateway.thread as thread (key, account_sid, channel, ours, theirs, identity, revision, due_at,
      created_at, active_at)
    values (${key}, 'AC1', 'sms', '+1', '+2', 'phone:+2', 1, ${dueAt}, ${now()}, ${now()})
    on conflict (key) do update
    set revision = thread.revision + 1,
      due_at = case when thread.lease_until > ${now()} then thread.due_at else least(thread.due_at, excluded.due_at) end
    returning revision`);
  return (row as { revision: number }).revision;
}

const backends = [
  { name: 'PostgreSQL', open: onPostgres, here: true },
  { name: redisName, open: onRedis, here: hasRedisServer },
];

for (const { name, open, here } of backends) {
  describe.skipIf(!here)(`wake-ups through ${name}`, () => {
    const key = 'sms:+1:+2';

    beforeEach(async () => {
      store = await freshDatabase();
      db = openDatabase(store.url, () => {});
      server = await open();
      processes = [];
      running.clear();
      most = 0;
    });

    afterEach(async () => {
      await Promise.all(processes.map((process) => process.close()));
      await server.drop();
      await db.close();
      await store.drop();
    });

    it('lead to work, also in another process', async () => {
      const { wakeUps, seen } = await startProcess();
      const receiver = startReceiver();
      await until('the receiver is connected', () => receiver.ready(), 2_000);

      await arrive(key);
      wakeUps.wake([key]);
      await until('the thread is worked on', () => seen.get(key) === 1, 2_000);
      await arrive(key);
      receiver.wake([key]);
      await until('the thread is worked on again', () => seen.get(key) === 2, 2_000);
    });

    it('lead to work on one thread in one place at a time, and once more after the last of them', async () => {
      const workers = [await startProcess(), await startProcess()];
      const receiver = startReceiver();
      await until('the receiver is connected', () => receiver.ready(), 2_000);
      let last = 0;
      for (let n = 0; n < 200; n += 1) {
        last = await arrive(key);
        const from = [receiver, workers[0]?.wakeUps, workers[1]?.wakeUps][n % 3];
        from?.wake([key]);
      }
      await until('the last is seen', () => workers.some(({ seen }) => seen.get(key) === last), 2_000);
      expect(most).toBe(1);
    });

    it('are not lost when they come while work is about to end, and lead to one more call, however many', async () => {
      const end = gate();
      let calls = 0;
      const call = async () => {
        calls += 1;
        await end.opened;
      };
      const wakeUps = server.connect();
      processes.push({ close: () => wakeUps.close() });
      await wakeUps.start({ one: call, anyDue: () => call().then(() => 'all') });
      wakeUps.wake([key]);
      await until('work has begun', () => calls === 1, 2_000);
      for (let n = 0; n < 5; n += 1) wakeUps.wake([key]);
      // What goes the same way after them has come back: so they have arrived.
      for (let n = 0; n < 5; n += 1) await wakeUps.ready();
      expect(calls).toBe(1);
      end.open();
      await until('the last call', () => calls === 2, 2_000);
      await wakeUps.stop();
      expect(calls).toBe(2);
    });

    it('let no thread wait for another', async () => {
      const slow = gate();
      const { wakeUps, seen } = await startProcess((one) => (one === 'slow' ? slow.opened : undefined));
      await arrive('slow');
      wakeUps.wake(['slow']);
      await until('the slow thread has begun', () => running.has('slow'), 2_000);
      const others = Array.from({ length: 50 }, (_, n) => `sms:+1:+${n}`);
      for (const other of others) await arrive(other);
      wakeUps.wake(others);
      await until('all others are done', () => others.every((other) => seen.get(other) === 1), 5_000);
      expect(running.has('slow')).toBe(true);

      const later = await arrive('slow');
      wakeUps.wake(['slow']);
      slow.open();
      await until('the slow thread has seen what came meanwhile', () => seen.get('slow') === later, 2_000);
    });

    it('come at the time they were asked for', async () => {
      const { wakeUps, seen } = await startProcess();
      const due = new Date(Date.now() + 500);
      await arrive(key, due);
      wakeUps.wakeAt(key, due);
      await until('the thread is worked on', () => seen.get(key) === 1, 3_000);
      const late = Date.now() - due.getTime();
      expect(late).toBeGreaterThanOrEqual(0);
      expect(late).toBeLessThan(2_500);
    });

    it('neither throw nor block while the queue is away, and are back within two seconds of it', async () => {
      const { wakeUps, seen } = await startProcess();
      const receiver = startReceiver();
      await until('the receiver is connected', () => receiver.ready(), 2_000);
      await server.away();
      const begun = performance.now();
      for (let n = 0; n < 100; n += 1) {
        wakeUps.wake([key]);
        receiver.wake([key, `sms:+1:+${n}`]);
        receiver.wakeAt(key, now());
      }
      expect(performance.now() - begun).toBeLessThan(500);
      await until('the receiver has noticed', async () => !(await isReady(wakeUps)), 5_000);

      await server.back();
      let revision = 0;
      await until(
        'work is done again',
        async () => {
          if (seen.get(key) !== undefined && seen.get(key) === revision) return true;
          // The store may have been away with the queue.
          revision = await arrive(key).catch(() => 0);
          receiver.wake([key]);
          return false;
        },
        2_000,
      );
    });

    it('work on after the queue was emptied, even in the middle of work', async () => {
      const held = gate();
      const { wakeUps, seen } = await startProcess((one) => (one === 'held' ? held.opened : undefined));
      await arrive('held');
      wakeUps.wake(['held']);
      await until('work has begun', () => running.has('held'), 2_000);
      await server.flush();

      await arrive(key);
      wakeUps.wake([key]);
      await until('another thread is worked on', () => seen.get(key) === 1, 2_000);
      held.open();
      await until('the work has ended', () => !running.has('held'), 2_000);
      const revision = await arrive('held');
      wakeUps.wake(['held']);
      await until('the thread is worked on again', () => seen.get('held') === revision, 2_000);
    });

    it('go to others after a stop, while what was begun is finished', async () => {
      const held = gate();
      const first = await startProcess(() => held.opened);
      await arrive('held');
      first.wakeUps.wake(['held']);
      await until('work has begun', () => running.has('held'), 2_000);
      await first.wakeUps.stop();

      const second = await startProcess();
      const keys = Array.from({ length: 20 }, (_, n) => `sms:+1:+${n}`);
      for (const one of keys) {
        await arrive(one);
        second.wakeUps.wake([one]);
      }
      await until('the other process does it all', () => keys.every((one) => second.seen.get(one) === 1), 2_000);
      expect([...first.seen.keys()]).toEqual([]);
      held.open();
      await until('what was begun is finished', () => !running.has('held'), 2_000);
    });

    it('harm nobody after the close', async () => {
      const { wakeUps } = await startProcess();
      await wakeUps.stop();
      await wakeUps.close();
      await server.away();
      wakeUps.wake([key]);
      wakeUps.wakeAt(key, now());
      await server.back();
    });
  });
}
