import { expect, test } from 'vitest';
import { freshDatabase } from '../support/postgres.ts';
import { campaign } from './campaign.ts';
import { expectClean, table } from './report.ts';
import { kills } from './trouble.ts';

test('a gateway that is killed again and again loses no text, repeats none and keeps their order, in Conversations and outside', async () => {
  const database = await freshDatabase();
  const report = await campaign({
    name: '4 kills',
    threads: 20,
    conversations: true,
    textsEach: 6,
    databaseUrl: database.url,
    trouble: kills(4),
  });
  console.log(table([report]));
  expectClean(report);
  expect(report.strikes).toBe(4);
  await database.drop();
}, 240_000);
