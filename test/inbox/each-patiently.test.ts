import { expect, test } from 'vitest';
import { eachPatiently } from '../../src/each-patiently.ts';

const numbers = Array.from({ length: 20 }, (_, n) => n);

test('all are done, no more at once than allowed', async () => {
  const done: number[] = [];
  let running = 0;
  await eachPatiently(numbers, { atOnce: 3, tries: 1 }, async (n) => {
    running += 1;
    expect(running).toBeLessThanOrEqual(3);
    await new Promise(setImmediate);
    running -= 1;
    done.push(n);
  });
  expect(done.sort((a, b) => a - b)).toEqual(numbers);
});

test('one that fails is tried again behind the others', async () => {
  const seen: number[] = [];
  await eachPatiently([1, 2, 3], { atOnce: 1, tries: 2 }, async (n) => {
    seen.push(n);
    if (n === 1 && seen.length === 1) throw new Error('not now');
  });
  expect(seen).toEqual([1, 2, 3, 1]);
});

test('one that keeps failing is thrown, after all others are done', async () => {
  const seen: number[] = [];
  const work = eachPatiently(numbers, { atOnce: 4, tries: 3 }, async (n) => {
    seen.push(n);
    if (n === 0) throw new Error('never');
  });
  await expect(work).rejects.toThrow('never');
  expect(seen.filter((n) => n === 0)).toHaveLength(3);
  expect(new Set(seen).size).toBe(numbers.length);
});
