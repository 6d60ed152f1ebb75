import { isConnectionTrouble } from './database.ts';

/**
 * Turns a function over many items into one over a single item: what is waiting when the previous run returns goes
 * out together, so that one disk flush is shared. An idle batch starts on the next turn of the event loop.
 *
 * `run` answers one result per item, in order. When it fails because of its data, each item is run again alone, so
 * that one bad item harms no other; when the server is away, every waiting item fails at once.
 */
export function batched<Item, Result>(
  run: (items: Item[]) => Promise<Result[]>,
  limit = 500,
): (item: Item) => Promise<Result> {
  type Waiting = { item: Item; resolve: (result: Result) => void; reject: (error: unknown) => void };
  let waiting: Waiting[] = [];
  let running = false;

  async function settle(batch: Waiting[]): Promise<void> {
    try {
      const results = await run(batch.map((entry) => entry.item));
      batch.forEach((entry, index) => {
        entry.resolve(results[index] as Result);
      });
    } catch (error) {
      if (batch.length === 1 || isConnectionTrouble(error)) {
        for (const entry of batch) entry.reject(error);
        return;
      }
      for (const entry of batch) await settle([entry]);
    }
  }

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, limit);
      waiting = waiting.slice(limit);
      await settle(batch);
    }
    running = false;
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (running) return;
      running = true;
      setImmediate(drain);
    });
}
