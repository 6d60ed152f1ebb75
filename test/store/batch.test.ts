import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batched } from '../../src/store/batch.ts';

const wrongData = () => Object.assign(new Error('duplicate key'), { code: '23505' });
const serverAway = () => Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

/** A `run` whose end the test decides: `next()` waits until it is called and hands over that call. */
function heldRun() {
  type Call = { items: number[]; finish(results: string[]): void };
  const calls: Call[] = [];
  const listeners: ((call: Call) => void)[] = [];
  return {
    run: (items: number[]) =>
      new Promise<string[]>((finish) => {
        const call = { items, finish };
        const listener = listeners.shift();
        if (listener) listener(call);
        else calls.push(call);
      }),
    next: () => {
      const call = calls.shift();
      return call ? Promise.resolve(call) : new Promise<Call>((resolve) => listeners.push(resolve));
    },
    unseen: () => calls.length,
  };
}

describe('batched', () => {
  it('gives each item its own result, in the order of arrival, whatever the limit', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer()), fc.integer({ min: 1, max: 7 }), async (items, limit) => {
        const runs: number[][] = [];
        const ask = batched(async (batch: number[]) => {
          runs.push(batch);
          return batch.map((item) => `answer to ${item}`);
        }, limit);
        expect(await Promise.all(items.map(ask))).toEqual(items.map((item) => `answer to ${item}`));
        expect(runs.flat()).toEqual(items);
        expect(runs.every((run) => run.length <= limit)).toBe(true);
        expect(runs).toHaveLength(Math.ceil(items.length / limit));
      }),
    );
  });

  it('fails only the items that are bad, and answers every other one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ id: fc.integer(), bad: fc.boolean() })), async (items) => {
        const ask = batched(async (batch: { id: number; bad: boolean }[]) => {
          if (batch.some((item) => item.bad)) throw wrongData();
          return batch.map((item) => item.id);
        }, 4);
        const outcomes = await Promise.allSettled(items.map(ask));
        expect(outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : 'failed'))).toEqual(
          items.map((item) => (item.bad ? 'failed' : item.id)),
        );
      }),
    );
  });

  it('lets the items that wait during a run share the next one', async () => {
    const { run, next, unseen } = heldRun();
    const ask = batched(run);
    const first = ask(1);
    const running = await next();
    const others = [ask(2), ask(3), ask(4)];
    await new Promise(setImmediate);
    expect(unseen()).toBe(0); // one run at a time

    running.finish(['one']);
    expect(await first).toBe('one');
    const shared = await next();
    expect(shared.items).toEqual([2, 3, 4]);
    shared.finish(['two', 'three', 'four']);
    expect(await Promise.all(others)).toEqual(['two', 'three', 'four']);
  });

  it('fails all items of a run at once when the server is away, without asking for each', async () => {
    let runs = 0;
    const ask = batched(async (_items: number[]): Promise<string[]> => {
      runs += 1;
      throw serverAway();
    });
    const outcomes = await Promise.allSettled([ask(1), ask(2), ask(3)]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(runs).toBe(1);
  });

  it('works on after a failure and after a pause', async () => {
    let away = true;
    const ask = batched(async (items: number[]) => {
      if (away) throw serverAway();
      return items.map(String);
    });
    await expect(ask(1)).rejects.toThrow('ECONNREFUSED');
    away = false;
    expect(await ask(2)).toBe('2');
    expect(await ask(3)).toBe('3');
  });
});
