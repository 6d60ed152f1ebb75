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
  const waiting: Waiting[] = [];
  let running = false;

  async function settle(batch: Waiting[]): Promise<void> {
    try {
      const results = await run(batch.map((entry) => entry.item));
      batch.forEach((entry, index) => {
        entry.resolve(results[index] as Result);
      });
    } catch (error) {
      if (isConnectionTrouble(error)) {
        for (const entry of [...batch, ...waiting.splice(0)]) entry.reject(error);
        return;
      }
      if (batch.length === 1) return batch[0]?.reject(error);
      for (const entry of batch) await settle([entry]);
    }
  }

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      await settle(waiting.splice(0, limit));
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
