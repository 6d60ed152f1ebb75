import { TandemError } from '../http/errors.ts';
import { uuidv7 } from '../ids.ts';
import { type Database, type Queryable, sql } from './database.ts';

/** How much there was. */
export type Erased = {
  traits: number;
  sessions: number;
  messages: number;
  threads: number;
  events: number;
  outbound: number;
};

/**
 * Erases everything that is known of an identity, in both halves of the program and in one transaction: traits, sessions
 * with their messages, summaries, feedback and stored answers; threads with what came in, what went out, receipts, handoffs.
 * A turn that is under way finds its lease gone and stores nothing. While a human has one of the threads, nothing is erased.
 *
 * What stays holds no words: the address's standing wish not to be texted, which the law wants remembered; the ids of what
 * came in, so that a repeated webhook or the backfill does not bring it back; what models cost. They go with their age, but
 * for the wish. What Twilio, Segment and webhooks of tools have been told has to be erased there.
 */
export function eraseIdentity(db: Database, accountSid: string, identity: string, now: Date): Promise<Erased> {
  return db.transaction(async (tx) => ({
    ...(await eraseFromAssistants(tx, accountSid, identity)),
    ...(await eraseFromGateway(tx, accountSid, identity, now)),
  }));
}

async function eraseFromAssistants(tx: Queryable, accountSid: string, identity: string) {
  const sessions = await tx.query<{ id: string }>(sql`
    select id from assistants.session where account_sid = ${accountSid} and identity = ${identity} order by id for update`);
  const ids = sessions.map(({ id }) => id);
  const [counts] = await tx.query<Pick<Erased, 'traits' | 'messages'>>(sql`
    with traits as (
      delete from assistants.trait where account_sid = ${accountSid} and identity = ${identity} returning 1
    ), callbacks as (
      delete from assistants.callback
      where account_sid = ${accountSid} and (session_id = any(${ids}::text[]) or request ->> 'identity' = ${identity})
    ), answers as (
      delete from assistants.answer
      where account_sid = ${accountSid} and response ->> 'session_id' = any(${ids}::text[])
    ), leases as (
      delete from assistants.session_lease where account_sid = ${accountSid} and session_id = any(${ids}::text[])
    ), messages as (
      -- A session may have changed hands.
      delete from assistants.message
      where account_sid = ${accountSid} and (session_id = any(${ids}::text[]) or identity = ${identity}) returning 1
    )
    select (select count(*) from traits) as traits, (select count(*) from messages) as messages`);
  await tx.query(sql`
    delete from assistants.session where account_sid = ${accountSid} and id = any(${ids}::text[])`);
  return { traits: counts?.traits ?? 0, messages: counts?.messages ?? 0, sessions: ids.length };
}

async function eraseFromGateway(tx: Queryable, accountSid: string, identity: string, now: Date) {
  const threads = await tx.query<{ key: string; handling: string }>(sql`
    select key, handling from gateway.thread where account_sid = ${accountSid} and identity = ${identity} order by key for update`);
  // Nobody would know any more that the assistant has to be silent.
  if (threads.some(({ handling }) => handling !== 'assistant')) {
    throw new TandemError('conflict', 'A human has a thread of theirs, or is called for one: give it back first.');
  }
  const keys = threads.map(({ key }) => key);
  // Emptied, and taken by a turn that says so, with which they grow old.
  const tombstone = uuidv7(now.getTime());
  const [counts] = await tx.query<Pick<Erased, 'events' | 'outbound'>>(sql`
    with events as (
      update gateway.inbound_event
      set thread_key = 'erased', event = '{}', turn_id = ${tombstone}, handled_at = coalesce(handled_at, ${now}::timestamptz)
      where thread_key = any(${keys}::text[])
      returning id
    ), turn as (
      insert into gateway.turn (id, thread_key, state, event_ids, reason, opened_at, finished_at)
      select ${tombstone}, 'erased', 'silent', array_agg(id), 'erased', ${now}::timestamptz, ${now}::timestamptz
      from events having count(*) > 0
    ), turns as (
      delete from gateway.turn where thread_key = any(${keys}::text[])
    ), receipts as (
      delete from gateway.receipt
      where outbound_id in (select id from gateway.outbound_message where thread_key = any(${keys}::text[]))
    ), outbound as (
      delete from gateway.outbound_message where thread_key = any(${keys}::text[]) returning 1
    ), handoffs as (
      delete from gateway.handoff where thread_key = any(${keys}::text[])
    ), participants as (
      delete from gateway.participant where thread_key = any(${keys}::text[])
    )
    select (select count(*) from events) as events, (select count(*) from outbound) as outbound`);
  await tx.query(sql`delete from gateway.thread where key = any(${keys}::text[])`);
  return { threads: keys.length, events: counts?.events ?? 0, outbound: counts?.outbound ?? 0 };
}
