import type pg from 'pg';
import type { Logger } from '../observability/logger.ts';
import { type Database, sql } from '../store/database.ts';

/** The class of the advisory locks by which others see that a holder of leases lives ("tndm"). */
export const HOLDER_LOCK = 0x746e646d;
const RECONNECT = 500;

/**
 * Takes a number for this process, and holds its advisory lock on a connection of its own. When the process dies the
 * server frees the lock, and the others take over its threads at once instead of waiting for leases to run out.
 *
 * The connection also shows when the store goes away: `storeWasAway` is called then, and until it is back, even if
 * this process asked nothing of it meanwhile.
 */
export async function becomeHolder(
  db: Database,
  storeWasAway: () => void,
  log: Logger,
): Promise<{ number: number; close(): Promise<void> }> {
  const [row] = await db.query<{ number: number }>(sql`select nextval('gateway.worker_number')::int as number`);
  const { number } = row as { number: number };
  let client: pg.Client | undefined;
  let closing = false;

  async function hold(): Promise<void> {
    const fresh = await db.connect();
    fresh.on('end', () => {
      if (client === fresh && !closing) retry();
    });
    await fresh.query('select pg_advisory_lock($1, $2)', [HOLDER_LOCK, number]);
    client = fresh;
  }

  function retry(): void {
    storeWasAway();
    setTimeout(() => {
      if (closing) return;
      hold().then(storeWasAway, (error) => {
        log.warn({ err: error }, 'holder.store_away');
        retry();
      });
    }, RECONNECT).unref();
  }

  await hold();
  return {
    number,
    async close() {
      closing = true;
      await client?.end();
    },
  };
}
