import type { Logger } from './observability/logger.ts';

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
        let timer: NodeJS.Timeout | undefined;
        const late = new Promise<never>((_, reject) => {
          timer = setTimeout(() => reject(new Error(`It took longer than ${limit} ms.`)), limit);
        });
        try {
          await Promise.race([close(), late]);
          log.debug({ part: name, durationMs: Date.now() - startedAt }, 'stop.closed');
        } catch (error) {
          log.warn({ part: name, err: error }, 'stop.failed');
        } finally {
          clearTimeout(timer);
        }
      }
    },
  };
}
