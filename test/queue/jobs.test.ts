import pg from 'pg';
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { createLogger } from '../../src/observability/logger.ts';
import { createJobs, type Jobs } from '../../src/queue/jobs.ts';
import { interruptible } from '../support/interruptible.ts';
import { freshDatabase } from '../support/postgres.ts';
import { hasRedisServer, type RedisServer, redisName, startRedisServer } from './redis-server.ts';

type Queue = {
  redisUrl: string | undefined;
  databaseUrl: string;
  empty(): Promise<void>;
  /** Breaks all connections, as a restart of the server does. */
  restart(): Promise<void>;
  drop(): Promise<void>;
};

async function onPostgres(): Promise<Queue> {
  const { url, drop } = await freshDatabase();
  return {
    redisUrl: undefined,
    databaseUrl: url,
    drop,
    async restart() {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      await client.query(`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()`);
      await client.end();
    },
    async empty() {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      const { rows } = await client.query(
        `select string_agg(format('bullmq.%I', tablename), ', ') as tables from pg_tables
         where schemaname = 'bullmq' and tablename not like '%migration%'`,
      );
      await client.query(`truncate ${rows[0].tables}`);
      await client.end();
    },
  };
}

async function onRedis(): Promise<Queue> {
  const server: RedisServer = await startRedisServer();
  return {
    redisUrl: server.url,
    databaseUrl: 'unused',
    empty: server.flush,
    async restart() {
      await server.stop();
      await server.start();
    },
    drop: server.stop,
  };
}

const backends = [
  { name: 'PostgreSQL', open: onPostgres, here: true },
  { name: redisName, open: onRedis, here: hasRedisServer },
];

it('a process whose PostgreSQL goes away just before its jobs begin is told so, and stays alive', async () => {
  const database = await freshDatabase();
  const way = interruptible();
  const databaseUrl = await way.url(database.url);
  const jobs = await createJobs({ redisUrl: undefined, databaseUrl, log: createLogger('silent') });
  way.cut();
  await expect(jobs.start()).rejects.toThrow();
  await jobs.close();
  await database.drop();
});

for (const { name, open, here } of backends) describe.skipIf(!here)(`jobs on ${name}`, () => promises(open));

function promises(open: () => Promise<Queue>): void {
  let queue: Queue;
  let lines: Record<string, unknown>[];
  const processes: Jobs[] = [];

  /** Another Tandem process on the same queue. */
  async function startProcess(name: (jobs: Jobs) => void, lockMs?: number): Promise<Jobs> {
    const log = createLogger('warn', { write: (line) => void lines.push(JSON.parse(line)) });
    const jobs = await createJobs({ ...queue, log, ...(lockMs ? { lockMs } : {}) });
    processes.push(jobs);
    name(jobs);
    await jobs.start();
    return jobs;
  }

  /** Lets go of the queue in the middle of whatever it does. */
  async function vanish(jobs: Jobs): Promise<void> {
    processes.splice(processes.indexOf(jobs), 1);
    await jobs.close();
  }

  beforeEach(async () => {
    lines = [];
    queue = await open();
  });

  afterEach(async () => {
    await Promise.all(processes.splice(0).map((jobs) => jobs.close()));
    await queue.drop();
  });

  it('runs a job with its data, in whatever process', async () => {
    const ran: unknown[] = [];
    let add = async (_: { n: number }) => {};
    await startProcess((jobs) => {
      add = jobs.define<{ n: number }>('count', 1, async (data) => void ran.push(data)).add;
    });
    await startProcess((jobs) => jobs.define<{ n: number }>('count', 1, async (data) => void ran.push(data)));

    for (let n = 0; n < 20; n += 1) await add({ n });

    await vi.waitFor(() => expect(ran).toHaveLength(20));
    expect(new Set(ran.map((data) => (data as { n: number }).n)).size).toBe(20);
  });

  it('leaves a kind of job that it does not know to the processes that know it', async () => {
    const ran: string[] = [];
    await startProcess((jobs) => jobs.define('old', 1, async () => {}));
    const newer = await startProcess(() => {});
    const job = newer.define<string>('new', 1, async (data) => void ran.push(data));
    for (const data of ['a', 'b', 'c', 'd']) await job.add(data);
    await vi.waitFor(() => expect(ran.sort()).toEqual(['a', 'b', 'c', 'd']), 15_000);
    expect(lines).toEqual([]);
  });

  it('tries again at growing intervals, gives up after the last attempt, and logs no data', async () => {
    const at: number[] = [];
    await startProcess((jobs) => {
      const job = jobs.define('fragile', 3, async () => {
        at.push(Date.now());
        throw Object.assign(new Error('It broke.'), { code: 'E_BROKEN' });
      });
      void job.add({ secret: 'do not log' });
    });

    await vi.waitFor(() => expect(lines.filter((line) => line.msg === 'job.failed')).toHaveLength(1), 10_000);
    const [first, second, third] = at as [number, number, number];
    expect(at).toHaveLength(3);
    expect(second - first).toBeGreaterThan(700);
    expect(third - second).toBeGreaterThan(1_400);
    const told = lines.filter((line) => String(line.msg).startsWith('job.'));
    expect(told).toMatchObject([
      { msg: 'job.retrying', level: 'warn', job: 'fragile', attempt: 1 },
      { msg: 'job.retrying', level: 'warn', job: 'fragile', attempt: 2 },
      {
        msg: 'job.failed',
        level: 'error',
        job: 'fragile',
        attempt: 3,
        err: { message: 'It broke.', code: 'E_BROKEN' },
      },
    ]);
    expect(JSON.stringify(lines)).not.toContain('do not log');
  });

  it('runs what is added again under one id once, and anew when it is done', async () => {
    const ran: string[] = [];
    const gate = withResolvers();
    let add = async (_: string, __: { id: string }) => {};
    await startProcess((jobs) => {
      add = jobs.define<string>('once', 1, async (data) => {
        ran.push(data);
        await gate.promise;
      }).add;
    });

    await add('a', { id: 'sms:+1555:+1556' });
    await vi.waitFor(() => expect(ran).toEqual(['a']));
    await add('a again', { id: 'sms:+1555:+1556' });
    await add('b', { id: '42' });
    await vi.waitFor(() => expect(ran).toEqual(['a', 'b']));
    gate.resolve();

    await vi.waitFor(async () => {
      await add('a anew', { id: 'sms:+1555:+1556' });
      expect(ran).toContain('a anew');
    });
    expect(ran).not.toContain('a again');
  });

  it('runs a delayed job when its time has come', async () => {
    let ranAt = 0;
    let add = async (_: null, __: { delayMs: number }) => {};
    await startProcess((jobs) => {
      add = jobs.define<null>('later', 1, async () => {
        ranAt = Date.now();
      }).add;
    });
    const addedAt = Date.now();
    await add(null, { delayMs: 400 });
    await vi.waitFor(() => expect(ranAt).toBeGreaterThan(0), 5_000);
    expect(ranAt - addedAt).toBeGreaterThanOrEqual(400);
    expect(ranAt - addedAt).toBeLessThan(5_000);
  });

  it('repeats a job once for all processes, one at a time, and never piles up', async () => {
    const starts: number[] = [];
    let running = 0;
    let most = 0;
    let gate: Promise<void> | undefined;
    const name = (jobs: Jobs) =>
      jobs.repeat('tidy', 300, async () => {
        starts.push(Date.now());
        running += 1;
        most = Math.max(most, running);
        await gate;
        running -= 1;
      });
    await startProcess(name);
    await startProcess(name);
    await startProcess(name);

    await vi.waitFor(() => expect(starts.length).toBeGreaterThanOrEqual(6), 10_000);
    const [first, last] = [starts[0], starts.at(-1)] as [number, number];
    expect(starts.length - 1).toBeLessThanOrEqual((last - first) / 300 + 1);

    const held = withResolvers();
    gate = held.promise;
    await vi.waitFor(() => expect(running).toBe(1), 5_000);
    const before = starts.length;
    const until = Date.now() + 1_500;
    await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(until), 5_000);
    expect(starts.length).toBe(before);
    gate = undefined;
    held.resolve();
    await vi.waitFor(() => expect(starts.length).toBeGreaterThan(before), 5_000);
    expect(starts.length).toBeLessThan(before + 3);
    expect(most).toBe(1);
  });

  it('goes on after the queue was emptied, and what repeats comes back', async () => {
    const ran: string[] = [];
    let repeats = 0;
    let add = async (_: string) => {};
    await startProcess((jobs) => {
      add = jobs.define<string>('note', 1, async (data) => void ran.push(data)).add;
      jobs.repeat('tidy', 300, async () => {
        repeats += 1;
      });
    });
    await vi.waitFor(() => expect(repeats).toBeGreaterThan(0), 5_000);

    await queue.empty();

    const before = repeats;
    await add('after');
    await vi.waitFor(() => expect(ran).toEqual(['after']), 5_000);
    await vi.waitFor(() => expect(repeats).toBeGreaterThan(before + 1), 5_000);
  });

  it('goes on after its server was restarted', async () => {
    const ran: string[] = [];
    let add = async (_: string) => {};
    await startProcess((jobs) => {
      add = jobs.define<string>('note', 1, async (data) => void ran.push(data)).add;
    });
    await add('before');
    await vi.waitFor(() => expect(ran).toEqual(['before']));

    await queue.restart();

    await vi.waitFor(() => add('after'), 5_000);
    await vi.waitFor(() => expect(ran).toEqual(['before', 'after']), 5_000);
  });

  it('waits on stop for what runs, and takes nothing more', async () => {
    const ran: string[] = [];
    const gate = withResolvers();
    let add = async (_: string) => {};
    const first = await startProcess((jobs) => {
      add = jobs.define<string>('slow', 1, async (data) => {
        ran.push(data);
        await gate.promise;
        ran.push(`${data} done`);
      }).add;
    });
    await add('a');
    await vi.waitFor(() => expect(ran).toEqual(['a']));

    let stopped = false;
    const stop = first.stop(20_000).then(() => {
      stopped = true;
    });
    await add('b');
    await startProcess((jobs) => jobs.define<string>('slow', 1, async (data) => void ran.push(`${data} elsewhere`)));
    await vi.waitFor(() => expect(ran).toEqual(['a', 'b elsewhere']), 5_000);
    expect(stopped).toBe(false);
    gate.resolve();
    await stop;
    expect(ran).toEqual(['a', 'b elsewhere', 'a done']);
  });

  it('aborts what still runs after the grace, and others run it at once', async () => {
    const ran: string[] = [];
    let add = async (_: string) => {};
    const first = await startProcess((jobs) => {
      // One attempt: being broken off by a stop must not use it up.
      add = jobs.define<string>('endless', 1, (data, signal) => {
        ran.push(data);
        return new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        });
      }).add;
    });
    await add('a');
    await vi.waitFor(() => expect(ran).toEqual(['a']));

    const begun = Date.now();
    await first.stop(200);
    expect(Date.now() - begun).toBeGreaterThanOrEqual(199);
    await vanish(first);

    await startProcess((jobs) => jobs.define<string>('endless', 1, async (data) => void ran.push(`${data} elsewhere`)));
    await vi.waitFor(() => expect(ran).toEqual(['a', 'a elsewhere']), 5_000);
    expect(lines.filter((line) => String(line.msg).startsWith('job.'))).toEqual([]);
  });

  it('loses no job whose process vanishes', async () => {
    const ran: string[] = [];
    let add = async (_: string) => {};
    const first = await startProcess((jobs) => {
      add = jobs.define<string>('import', 1, (data) => {
        ran.push(data);
        return new Promise(() => {});
      }).add;
    }, 1_000);
    await add('a');
    await vi.waitFor(() => expect(ran).toEqual(['a']));
    await vanish(first);

    await startProcess(
      (jobs) => jobs.define<string>('import', 1, async (data) => void ran.push(`${data} elsewhere`)),
      1_000,
    );
    await vi.waitFor(() => expect(ran).toEqual(['a', 'a elsewhere']), 10_000);
  });
}

describe('a queue that is away', () => {
  it.runIf(hasRedisServer)('says so to whoever adds, within seconds, and works once Redis is there', async () => {
    const server = await startRedisServer();
    await server.stop();
    const jobs = await createJobs({ redisUrl: server.url, databaseUrl: 'unused', log: createLogger('silent') });
    const ran: string[] = [];
    const job = jobs.define<string>('note', 1, async (data) => void ran.push(data));
    await jobs.start();
    const begun = Date.now();
    await expect(job.add('lost')).rejects.toThrow();
    expect(Date.now() - begun).toBeLessThan(6_000);

    await server.start();
    await vi.waitFor(() => job.add('kept', { id: 'kept' }), 5_000);
    await vi.waitFor(() => expect(ran).toContain('kept'), 5_000);

    await server.stop();
    await jobs.close();
  });

  it('refuses to start without PostgreSQL, and leaves nothing open', async () => {
    const databaseUrl = inject('postgresUrl').replace('/tandem?', '/there_is_no_such_database?');
    await expect(createJobs({ redisUrl: undefined, databaseUrl, log: createLogger('silent') })).rejects.toThrow(
      'there_is_no_such_database',
    );
  });
});

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
