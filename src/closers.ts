import type { Logger } from './observability/logger.ts';
import { within } from './within.ts';

/**
 * Close functions, added as things open and run last-in first-out. Each has a time limit; one that fails or hangs does
 * not keep the others from running.
 */
export function createClosers(log: Logger) {
  const closers: { name: string; close: () => Promise<unknown>; limit: number }[] = [];
  return {
    add(name: string, close: () => Promise<unknown>, limit = 5_000): void {
      closers.push({ name, close, limit });
    },
    async run(): Promise<void> {
      for (const { name, close, limit } of closers.splice(0).reverse()) {
        const startedAt = Date.now();
        try {
          await within(limit, close(), () => new Error(`It took longer than ${limit} ms.`));
          log.debug({ part: name, durationMs: Date.now() - startedAt }, 'stop.closed');
        } catch (error) {
          log.warn({ part: name, err: error }, 'stop.failed');
        }
      }
    },
  };
}
