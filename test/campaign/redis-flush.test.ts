import { test } from 'vitest';
import { hasRedisServer, startRedisServer } from '../queue/redis-server.ts';
import { freshDatabase } from '../support/postgres.ts';
import { campaign } from './campaign.ts';
import { pause } from './process.ts';
import { expectClean, table } from './report.ts';
import { repeated } from './trouble.ts';

if (!hasRedisServer) console.log('There is no redis-server on the PATH: the campaign that flushes one is skipped.');

test.skipIf(!hasRedisServer)(
  'a Redis that is flushed in mid-traffic, and away for a second, loses no text and repeats none',
  async () => {
    const database = await freshDatabase();
    const redis = await startRedisServer();
    const trouble = repeated(6, 700, async (n) => {
      await pause(Math.random() * 700);
      await redis.flush();
      if (n !== 3) return;
      await redis.stop();
      await pause(1_000);
      await redis.start();
    });
    const report = await campaign({
      name: 'Redis flushed',
      threads: 15,
      textsEach: 4,
      databaseUrl: database.url,
      redisUrl: redis.url,
      trouble,
    }).finally(redis.stop);
    console.log(table([report]));
    expectClean(report);
    await database.drop();
  },
  240_000,
);
