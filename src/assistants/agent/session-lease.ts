import { setTimeout as delay } from 'node:timers/promises';
import { deadline } from '../../deadline.ts';
import { TandemError } from '../../http/errors.ts';
import { type Database, sql } from '../../store/database.ts';

/** The right to answer in a session. Whoever holds an old one stores nothing. */
export type SessionLease = {
  readonly accountSid: string;
  readonly sessionId: string;
  readonly token: string;
  /** Set by whoever has given it back together with storing the exchange. */
  spent: boolean;
};

const WAIT_LIMIT = 60_000;
/** How long a session stays shut after the process that answered in it was killed. */
const LEASE = '10 seconds';
const RENEWAL = 3_000;

/**
 * Lets one message of a session be answered at a time, in whatever process, and sessions in parallel. Requests of this process
 * queue in memory, in the order of their arrival, so that only the first of them asks the database; none holds a connection
 * while it waits or works.
 */
export function createSessionLeases(db: Database, newId: () => string) {
  const queues = new Map<string, Promise<void>>();

  return async function withSession<Result>(
    accountSid: string,
    sessionId: string,
    signal: AbortSignal,
    work: (lease: SessionLease) => Promise<Result>,
  ): Promise<Result> {
    const queue = `${accountSid}/${sessionId}`;
    const { promise: done, resolve: leave } = deferred();
    const ahead = queues.get(queue);
    const tail = ahead ? ahead.then(() => done) : done;
    queues.set(queue, tail);
    const patience = deadline(WAIT_LIMIT, signal);
    try {
      const lease = { accountSid, sessionId, token: newId(), spent: false };
      try {
        if (ahead) await unlessAborted(ahead, patience.signal);
        await take(lease, patience.signal);
      } catch (error) {
        signal.throwIfAborted();
        if (!patience.signal.aborted) throw error;
        throw new TandemError('tooManyRequests', 'Another message of this session is still being answered.', {
          headers: { 'Retry-After': '5' },
        });
      } finally {
        patience.done();
      }
      // A renewal or release that fails needs no other remedy: the lease runs out by itself, and an old one stores nothing.
      const renewal = setInterval(() => renew(lease).catch(() => {}), RENEWAL);
      try {
        return await work(lease);
      } finally {
        clearInterval(renewal);
        if (!lease.spent) await release(lease).catch(() => {});
      }
    } finally {
      leave();
      if (queues.get(queue) === tail) queues.delete(queue);
    }
  };

  async function take({ accountSid, sessionId, token }: SessionLease, signal: AbortSignal): Promise<void> {
    for (let wait = 10; ; wait = Math.min(wait * 1.5, 250)) {
      signal.throwIfAborted();
      const taken = await db.query(sql`
        insert into assistants.session_lease as lease (account_sid, session_id, token, expires_at)
        values (${accountSid}, ${sessionId}, ${token}, now() + ${LEASE}::interval)
        on conflict (account_sid, session_id) do update
        set token = excluded.token, expires_at = excluded.expires_at
        where lease.expires_at < now()
        returning 1`);
      if (taken.length > 0) return;
      await delay(wait, undefined, { signal });
    }
  }

  async function renew({ accountSid, sessionId, token }: SessionLease): Promise<void> {
    await db.query(sql`
      update assistants.session_lease set expires_at = now() + ${LEASE}::interval
      where account_sid = ${accountSid} and session_id = ${sessionId} and token = ${token}`);
  }

  async function release({ accountSid, sessionId, token }: SessionLease): Promise<void> {
    await db.query(sql`
      delete from assistants.session_lease
      where account_sid = ${accountSid} and session_id = ${sessionId} and token = ${token}`);
  }
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

function unlessAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve).finally(() => signal.removeEventListener('abort', abort));
  });
}
