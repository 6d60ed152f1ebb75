import { afterAll, inject, test } from 'vitest';
import { type Campaign, campaign, type Report } from '../campaign/campaign.ts';
import { startOwnPostgres } from '../campaign/own-postgres.ts';
import { pause } from '../campaign/process.ts';
import { expectClean, table } from '../campaign/report.ts';
import { kills, repeated, rollingDeploys } from '../campaign/trouble.ts';
import { hasRedisServer, startRedisServer } from '../queue/redis-server.ts';
import { freshDatabase } from '../support/postgres.ts';

const reports: Report[] = [];
afterAll(() => console.log(`\n${table(reports)}\n`));

/** 500 texts of 50 phones, on a database of their own unless one is given. */
async function storm(options: Pick<Campaign, 'name' | 'trouble'> & Partial<Campaign>): Promise<void> {
  const database = options.databaseUrl ? undefined : await freshDatabase();
  const databaseUrl = options.databaseUrl ?? (database?.url as string);
  const report = await campaign({ threads: 50, textsEach: 10, ...options, databaseUrl });
  reports.push(report);
  console.log(table([report]));
  expectClean(report);
  await database?.drop();
}

const redisTest = test.skipIf(!inject('redisUrl') || !hasRedisServer);
if (!hasRedisServer) console.log('There is no redis-server on the PATH: what needs one is skipped.');

test('ten kills of the gateway', () => storm({ name: 'kills', conversations: true, trouble: kills(10) }));

redisTest('ten kills of the gateway, wake-ups on Redis', async () => {
  const redis = await startRedisServer();
  await storm({ name: 'kills, Redis', redisUrl: redis.url, trouble: kills(10) }).finally(redis.stop);
});

// With the fallback URL that the README asks for where several processes share a number: a webhook that breaks off with
// its process is delivered to another one before the next text is.
test.each([
  { name: 'two processes, stopped', signals: ['SIGTERM'] },
  { name: 'two processes, killed', signals: ['SIGKILL'] },
  { name: 'two processes, stopped and killed', signals: ['SIGTERM', 'SIGKILL'] },
] as const)('rolling deploys of $name', ({ name, signals }) =>
  storm({ name, processes: 2, fallback: true, trouble: rollingDeploys(8, signals) }),
);

redisTest('Redis flushed again and again', async () => {
  const redis = await startRedisServer();
  const trouble = repeated(20, 700, async () => {
    await pause(Math.random() * 700);
    await redis.flush();
  });
  await storm({ name: 'Redis flushed', redisUrl: redis.url, trouble }).finally(redis.stop);
});

redisTest('Redis away for three seconds, again and again', async () => {
  const redis = await startRedisServer();
  const trouble = repeated(3, 5_000, async () => {
    await pause(2_000);
    await redis.stop();
    await pause(3_000);
    await redis.start();
  });
  await storm({ name: 'Redis away', redisUrl: redis.url, trouble }).finally(redis.stop);
});

test.each(['fast', 'immediate'] as const)('PostgreSQL restarted (%s)', async (mode) => {
  const postgres = await startOwnPostgres();
  const trouble = repeated(5, 3_000, async () => {
    await pause(Math.random() * 2_000);
    await postgres.restart(mode);
  });
  await storm({ name: `PostgreSQL restarted, ${mode}`, databaseUrl: postgres.url, trouble }).finally(postgres.stop);
});

test('PostgreSQL restarted under two processes', async () => {
  const postgres = await startOwnPostgres();
  const trouble = repeated(5, 3_000, async () => {
    await pause(Math.random() * 2_000);
    await postgres.restart('fast');
  });
  await storm({
    name: 'PostgreSQL restarted, two processes',
    processes: 2,
    databaseUrl: postgres.url,
    trouble,
  }).finally(postgres.stop);
});

test('ten kills while phones call humans, who come, speak and go', { timeout: 600_000 }, () =>
  storm({ name: 'kills, handoffs', threads: 30, textsEach: 5, withAgents: true, trouble: kills(10) }),
);

test('rolling deploys of two processes while phones call humans', { timeout: 600_000 }, () =>
  storm({
    name: 'deploys, handoffs',
    threads: 30,
    textsEach: 5,
    withAgents: true,
    processes: 2,
    fallback: true,
    trouble: rollingDeploys(8, ['SIGTERM', 'SIGKILL']),
  }),
);

test('the assistant down for ten seconds', () =>
  storm({
    name: 'assistant down',
    trouble: repeated(1, 14_000, async (_, { assistants }) => {
      await pause(2_000);
      assistants.setDown(true);
      await pause(10_000);
      assistants.setDown(false);
    }),
  }));
