import fc from 'fast-check';
import { afterAll, beforeAll, test } from 'vitest';
import { createCampaign } from './campaign.ts';
import { type Command, command } from './commands.ts';
import { found } from './found.ts';
import { type Ground, prepareGround } from './ground.ts';
import { forgetAll } from './journal.ts';
import { readOutcome } from './outcome.ts';
import { brokenPromises } from './promises.ts';

/*
 * A failure prints its seed and path. `PROPERTY_SEED=<seed> PROPERTY_PATH=<path>` replays exactly that run,
 * `PROPERTY_RUNS=<number>` makes the campaign longer.
 */
const { PROPERTY_SEED, PROPERTY_PATH, PROPERTY_RUNS } = process.env;
const RUNS = Number(PROPERTY_RUNS ?? 150);

let ground: Ground;

beforeAll(async () => {
  ground = await prepareGround();
});

afterAll(() => ground.close());

test('whatever arrives, fails, dies, sleeps or comes late, the promises of a thread hold', {
  timeout: 3_600_000,
}, async () => {
  const commands = fc.array(command, { minLength: 1, maxLength: 80, size: 'max' });
  const options = fc.record({
    debounce: fc.constantFrom(0, 500),
    skew: fc.integer({ min: -20_000, max: 20_000 }),
    flex: fc.boolean(),
  });
  await fc.assert(fc.asyncProperty(commands, options, run), {
    numRuns: RUNS,
    ...(PROPERTY_SEED ? { seed: Number(PROPERTY_SEED) } : {}),
    ...(PROPERTY_PATH ? { path: PROPERTY_PATH, endOnFailure: true } : {}),
  });
});

test.each(found)('%s', (_, commands) => run(commands, { debounce: 0, skew: 0, flex: true }));

async function run(commands: Command[], options: { debounce: number; skew: number; flex: boolean }): Promise<void> {
  await ground.locks.query('select pg_advisory_unlock_all()');
  await forgetAll(ground.db);
  const campaign = createCampaign(ground, options);
  for (const one of commands) await campaign.carryOut(one);
  await campaign.comeToRest();
  const outcome = await readOutcome(ground.db, campaign);
  const broken = brokenPromises(outcome);
  if (broken.length === 0) return;
  const journal = outcome.journal.map((entry) => JSON.stringify(Object.values(entry))).join('\n');
  throw new Error(`${broken.join('\n')}\n\nWhat happened:\n${journal}`);
}
