import { uuidv7 } from '../ids.ts';
import { type Database, type Sql, sql } from './database.ts';

export type Deleted = {
  turns: number;
  events: number;
  outbound: number;
  receipts: number;
  handoffs: number;
  threads: number;
  messages: number;
  sessions: number;
  answers: number;
  usage: number;
  traits: number;
};

const BATCH = 500;
/** Backfill lists a day of messages again, and would answer those that are no longer known to have been handled. */
const LEAST = 2 * 24 * 3_600_000;

/** Due, or being worked on: nothing of such a thread is touched. */
const working = sql`
  select key from gateway.thread where key = thread_key and (due_at is not null or lease_until is not null)`;

/**
 * Deletes what is older than `retentionMs`, in small batches that each commit, so that nobody waits for it and it may
 * be broken off anywhere. Open work stays, whatever its age. Consent stays for ever.
 *
 * Ids of version 7 hold their time, so a primary key leads to what is old without an index on the time.
 */
export async function deleteExpired(
  db: Database,
  now: Date,
  retentionMs: number,
  signal?: AbortSignal,
): Promise<Deleted> {
  const before = new Date(now.getTime() - Math.max(retentionMs, LEAST));
  const beforeId = uuidv7(before.getTime());
  const deleted: Deleted = {
    turns: 0,
    events: 0,
    outbound: 0,
    receipts: 0,
    handoffs: 0,
    threads: 0,
    messages: 0,
    sessions: 0,
    answers: 0,
    usage: 0,
    traits: 0,
  };
  const statements = [
    turns(beforeId),
    outbound(beforeId),
    handoffs(before),
    threads(before),
    talks(before),
    messages(beforeId, before),
    summaries,
    answers(before),
    usage(beforeId),
    traits(before),
  ];
  for (const statement of statements) {
    for (let full = true; full; ) {
      signal?.throwIfAborted();
      const [counts] = await db.query<Partial<Deleted>>(statement);
      full = false;
      for (const [name, count] of Object.entries(counts ?? {})) {
        deleted[name as keyof Deleted] += count;
        full ||= count >= BATCH;
      }
    }
  }
  return deleted;
}

/** Finished turns with the events that they took; every handled event is in one. */
function turns(beforeId: string): Sql {
  return sql`
    with old as (
      select id, event_ids from gateway.turn
      where id < ${beforeId} and state not in ('asking', 'waiting') and retry_requested_at is null
        and not exists (${working})
      order by id limit ${BATCH}
      for update skip locked
    ), events as (
      delete from gateway.inbound_event
      where id in (select unnest(event_ids) from old) and handled_at is not null returning 1
    ), turns as (
      delete from gateway.turn using old where turn.id = old.id returning 1
    )
    select (select count(*) from turns) as turns, (select count(*) from events) as events`;
}

function outbound(beforeId: string): Sql {
  return sql`
    with old as (
      select id from gateway.outbound_message
      where id < ${beforeId} and status not in ('queued', 'sending') and not exists (${working})
      order by id limit ${BATCH}
      for update skip locked
    ), receipts as (
      delete from gateway.receipt using old where outbound_id = old.id returning 1
    ), outbound as (
      delete from gateway.outbound_message message using old where message.id = old.id returning 1
    )
    select (select count(*) from outbound) as outbound, (select count(*) from receipts) as receipts`;
}

/** Those that are over. */
function handoffs(before: Date): Sql {
  return sql`
    with old as (
      select id from gateway.handoff
      where ended_at < ${before} and not exists (${working})
      limit ${BATCH}
      for update skip locked
    ), handoffs as (
      delete from gateway.handoff handoff using old where handoff.id = old.id returning 1
    )
    select count(*) as handoffs from handoffs`;
}

/** A thread with a human keeps its row, which says so. */
function threads(before: Date): Sql {
  return sql`
    with old as (
      select key from gateway.thread
      where active_at < ${before} and due_at is null and lease_until is null and handling = 'assistant'
        and not exists (select from gateway.inbound_event where thread_key = key and handled_at is null)
        and not exists (select from gateway.turn where thread_key = key)
        and not exists (select from gateway.outbound_message where thread_key = key)
        and not exists (select from gateway.handoff where thread_key = key)
      order by active_at limit ${BATCH}
      for update skip locked
    ), threads as (
      delete from gateway.thread using old where thread.key = old.key returning 1
    ), conversations as (
      delete from gateway.conversation using old where thread_key = old.key
    ), participants as (
      delete from gateway.participant using old where thread_key = old.key
    )
    select count(*) as threads from threads`;
}

/** What was told of Conversations in which nobody ever wrote to us. */
function talks(before: Date): Sql {
  return sql`
    with conversations as (
      delete from gateway.conversation
      where created_at < ${before} and not exists (select from gateway.thread where key = thread_key)
    ), participants as (
      delete from gateway.participant
      where joined_at < ${before} and not exists (select from gateway.thread where key = thread_key)
    )
    select 0 as threads`;
}

/** A session whose last exchange is old goes with all its messages; from others the old messages go. */
function messages(beforeId: string, before: Date): Sql {
  return sql`
    with old as (
      select id, account_sid, session_id from assistants.message
      where id < ${`aia_msg_${beforeId}`}
      order by id limit ${BATCH}
    ), sessions as (
      delete from assistants.session
      where (account_sid, id) in (select account_sid, session_id from old) and updated_at < ${before}
      returning 1
    ), messages as (
      delete from assistants.message using old where message.id = old.id returning 1
    ), leases as (
      -- What crashed processes left.
      delete from assistants.session_lease where expires_at < ${before}
    )
    select (select count(*) from messages) as messages, (select count(*) from sessions) as sessions`;
}

/** What is left of messages that are all gone goes too. */
const summaries = sql`
  update assistants.session_memory memory set summary = ''
  where summary <> '' and not exists (
    select from assistants.message
    where message.account_sid = memory.account_sid and message.session_id = memory.session_id
      and position <= summarised_until)`;

function answers(before: Date): Sql {
  return sql`
    with old as (
      select account_sid, idempotency_key from assistants.answer
      where created_at < ${before}
      order by created_at limit ${BATCH}
    ), answers as (
      delete from assistants.answer answer using old
      where answer.account_sid = old.account_sid and answer.idempotency_key = old.idempotency_key
      returning 1
    )
    select count(*) as answers from answers`;
}

function usage(beforeId: string): Sql {
  return sql`
    with old as (
      select id from assistants.token_usage where id < ${beforeId} order by id limit ${BATCH}
    ), usage as (
      delete from assistants.token_usage used using old where used.id = old.id returning 1
    )
    select count(*) as usage from usage`;
}

/** What is remembered of somebody outlives their talks by nothing: once the last session is gone, so are old traits. */
function traits(before: Date): Sql {
  return sql`
    with old as (
      select account_sid, identity, name from assistants.trait
      where updated_at < ${before} and not exists (
        select from assistants.session
        where session.account_sid = trait.account_sid and session.identity = trait.identity)
      order by updated_at limit ${BATCH}
    ), traits as (
      delete from assistants.trait trait using old
      where trait.account_sid = old.account_sid and trait.identity = old.identity and trait.name = old.name
      returning 1
    )
    select count(*) as traits from traits`;
}
