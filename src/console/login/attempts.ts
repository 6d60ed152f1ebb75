import type { Request } from 'express';
import { ipKeyGenerator, MemoryStore, type Options } from 'express-rate-limit';
import { TandemError } from '../../http/errors.ts';

const WINDOW = 15 * 60_000;

/**
 * Counts wrong secrets by network address. Whoever has had too many has to wait, also with the right one: else the wait
 * would tell which is right. Addresses are those that Express sees, so TRUSTED_PROXIES decides whose word counts.
 */
export function createAttempts(limit: number) {
  const store = new MemoryStore();
  store.init({ windowMs: WINDOW } as Options);
  // An IPv6 customer has a whole network of addresses.
  const keyOf = (request: Request) => ipKeyGenerator(request.ip ?? 'unknown');
  return {
    /** Throws when this address has to wait. */
    async check(request: Request): Promise<void> {
      const seen = await store.get(keyOf(request));
      if (!seen || seen.totalHits < limit) return;
      const seconds = Math.max(1, Math.ceil(((seen.resetTime?.getTime() ?? Date.now() + WINDOW) - Date.now()) / 1_000));
      throw new TandemError('tooManyRequests', 'There were too many wrong tokens.', {
        headers: { 'Retry-After': String(seconds) },
      });
    },
    async failed(request: Request): Promise<void> {
      await store.increment(keyOf(request));
    },
  };
}
