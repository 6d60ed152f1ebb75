import type pg from 'pg';
import type { Logger } from '../observability/logger.ts';
import { type Database, sql } from '../store/database.ts';
import { createTimers } from './timers.ts';
import type { WakeUps, Work } from './wake-ups.ts';

const CHANNEL = 'tandem_wake';
const RECONNECT = 500;

/**
 * Wake-ups through PostgreSQL itself: a process looks for due threads when it has stored something, when another
 * process notifies it, and when a time has come. A process that works only notifies others when asked to.
 */
export function createPostgresWakeUps(db: Database, log: Logger): WakeUps {
  let work: Work | undefined;
  let listener: pg.Client | undefined;
  let closing = false;
  let looking = false;
  let lookAgain = false;
  let notifying = false;
  let notifyAgain = false;
  const timers = createTimers(() => look());

  /** At most one look at a time; whoever asks meanwhile causes one more. */
  function look(): void {
    if (looking) {
      lookAgain = true;
      return;
    }
    const current = work;
    if (!current) return;
    looking = true;
    current
      .anyDue()
      .then((taken) => {
        // No room here: another process may have some.
        if (taken === 'full') notify();
      })
      .catch((error) => log.warn({ err: error }, 'queue.look_failed'))
      .finally(() => {
        looking = false;
        if (!lookAgain) return;
        lookAgain = false;
        look();
      });
  }

  function notify(): void {
    if (notifying) {
      notifyAgain = true;
      return;
    }
    notifying = true;
    db.query(sql`select pg_notify(${CHANNEL}, '')`)
      .catch((error) => log.warn({ err: error }, 'queue.notify_failed'))
      .finally(() => {
        notifying = false;
        if (!notifyAgain) return;
        notifyAgain = false;
        notify();
      });
  }

  async function listen(): Promise<void> {
    const client = await db.connect();
    client.on('notification', look);
    client.on('end', () => {
      if (listener !== client) return;
      listener = undefined;
      if (!closing) setTimeout(relisten, RECONNECT).unref();
    });
    await client.query(`listen ${CHANNEL}`);
    if (closing) return client.end();
    listener = client;
  }

  function relisten(): void {
    if (closing) return;
    listen().then(look, () => setTimeout(relisten, RECONNECT).unref());
  }

  return {
    wake() {
      if (work) look();
      else notify();
    },
    wakeAt: (threadKey, time) => timers.set(threadKey, time),
    async start(given) {
      work = given;
      await listen();
      look();
    },
    async stop() {
      work = undefined;
      timers.clear();
    },
    ready: async () => work === undefined || listener !== undefined,
    async close() {
      closing = true;
      timers.clear();
      await listener?.end();
    },
  };
}
