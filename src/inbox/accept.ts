import { batched } from '../store/batch.ts';
import { type Database, sql } from '../store/database.ts';
import type { Channel } from '../thread/thread-key.ts';
import type { MessageContent } from '../thread/thread-state.ts';
import { within } from '../within.ts';

/** A message of a customer, parsed, and the thread that it belongs to. */
export type Arrival = {
  /** The name under which it is stored once, however often it arrives (protocol reference 1.6). */
  idempotencyKey: string;
  threadKey: string;
  accountSid: string;
  channel: Channel;
  ours: string;
  theirs: string;
  identity: string;
  messagingServiceSid: string | null;
  assistantId: string | null;
  publicUrl: string | null;
  kind: 'message' | 'opt_out' | 'opt_in' | 'help';
  occurredAt: Date;
  source: 'webhook' | 'backfill';
  content: MessageContent;
  /** Whether it is certain that the customer wrote it. */
  heard?: boolean;
  /** In a Conversation: the name under which the assistant is to write, if the webhook names one. */
  author?: string | null;
};

export type Accept = (arrival: Arrival) => Promise<'accepted' | 'duplicate'>;

/** Twilio's patience with a text is 15 s in all; an early 503 lets its fallback URL have a chance. */
const STORE_PATIENCE = 8_000;

/**
 * Stores what arrived, once, and marks its thread as due, in one commit that all arrivals waiting at that moment
 * share. A wish about consent takes effect in the same commit. `wake` is told of the threads after it.
 */
export function createAccept(db: Database, now: () => Date, wake: (threadKeys: string[]) => void): Accept {
  // Numbers that are already in the table, and with which settings: it is read by backfill only.
  const numbers = new Map<string, string>();

  async function store(arrivals: Arrival[]): Promise<('accepted' | 'duplicate')[]> {
    const time = now();
    const incoming = arrivals.map((arrival, n) => {
      const number = `${arrival.accountSid} ${arrival.ours}`;
      const settings = `${arrival.assistantId} ${arrival.publicUrl}`;
      const news = arrival.source === 'webhook' && numbers.get(number) !== settings;
      return rowOf(arrival, n, news);
    });
    const storing = db.query<{ n: number }>(sql`
      with incoming as (
        select * from json_to_recordset(${JSON.stringify(incoming)}::json) as incoming (
          n int, news boolean, "idempotencyKey" text, "threadKey" text, "accountSid" text, channel text, ours text,
          theirs text, identity text, "messagingServiceSid" text, "assistantId" text, "publicUrl" text, kind text,
          "occurredAt" timestamptz, source text, content json, heard boolean, author text, index int)
      ), stored as (
        insert into gateway.inbound_event (idempotency_key, thread_key, kind, occurred_at, received_at, source, event)
        select "idempotencyKey", "threadKey", kind, "occurredAt", ${time}, source, content from incoming order by n
        on conflict (idempotency_key) do nothing
        returning idempotency_key
      ), newest as (
        select distinct on (incoming."threadKey") incoming.* from incoming
        join stored on stored.idempotency_key = incoming."idempotencyKey"
        order by incoming."threadKey", n desc
      ), touched as (
        insert into gateway.thread as thread (key, account_sid, channel, ours, theirs, identity, messaging_service_sid,
          assistant_id, public_url, revision, due_at, created_at, active_at, heard_at)
        select "threadKey", "accountSid", channel, ours, theirs, identity, "messagingServiceSid", "assistantId",
          "publicUrl", 1, ${time}, ${time}, ${time}, case when heard then "occurredAt" end
        from newest order by "threadKey"
        on conflict (key) do update
        set revision = thread.revision + 1,
          -- A leased thread is not due: its holder sees the new revision before it lets go.
          due_at = case when thread.lease_until > ${time} then thread.due_at else least(thread.due_at, excluded.due_at) end,
          active_at = excluded.active_at,
          heard_at = greatest(thread.heard_at, excluded.heard_at),
          messaging_service_sid = coalesce(excluded.messaging_service_sid, thread.messaging_service_sid),
          assistant_id = coalesce(excluded.assistant_id, thread.assistant_id),
          public_url = coalesce(excluded.public_url, thread.public_url)
        returning key
      ), talked as (
        -- After the threads: whoever takes locks on both takes them in this order.
        insert into gateway.conversation as conversation (thread_key, author, seen, created_at)
        select "threadKey", max(author), range_agg(int4range(index, index + 1)), ${time}
        from incoming join touched on touched.key = incoming."threadKey"
        where channel = 'conversation' group by "threadKey" order by "threadKey"
        on conflict (thread_key) do update
        set seen = conversation.seen + excluded.seen, author = coalesce(excluded.author, conversation.author)
      ), wish as (
        select distinct on (scope, theirs) scope, theirs, kind = 'opt_out' as opted_out, "occurredAt" as changed_at
        from incoming join stored on stored.idempotency_key = incoming."idempotencyKey",
          unnest(array[ours, "messagingServiceSid"]) as scope
        -- Whose numbers a Conversation joins is not known here: its wishes take effect when they are read (decide).
        where kind in ('opt_out', 'opt_in') and scope is not null and index is null
        order by scope, theirs, "occurredAt" desc, n desc
      ), consented as (
        insert into gateway.consent as consent (scope, address, opted_out, source, changed_at)
        select scope, theirs, opted_out, 'customer', changed_at from wish
        on conflict (scope, address) do update
        set opted_out = excluded.opted_out, source = excluded.source, changed_at = excluded.changed_at
        where excluded.changed_at >= consent.changed_at
      ), concerned as (
        -- Threads of the same customer with other numbers of the service: what they decided is decided anew.
        update gateway.thread thread
        set revision = revision + 1,
          due_at = case when lease_until > ${time} then due_at else least(due_at, ${time}) end
        from wish
        where thread.theirs = wish.theirs and thread.messaging_service_sid = wish.scope
          and thread.key not in (select "threadKey" from newest)
      ), numbered as (
        insert into gateway.number (account_sid, address, assistant_id, public_url, seen_at, complete_until)
        select distinct on ("accountSid", ours) "accountSid", ours, "assistantId", "publicUrl", ${time}, ${time}
        from incoming where news order by "accountSid", ours, n desc
        on conflict (account_sid, address) do update
        set assistant_id = excluded.assistant_id, public_url = excluded.public_url, seen_at = excluded.seen_at
      )
      select n from incoming where "idempotencyKey" not in (select idempotency_key from stored)`);
    const known = await within(STORE_PATIENCE, storing, () => new Error('The database did not answer in time.'));

    for (const arrival of incoming) {
      if (arrival.news) {
        numbers.set(`${arrival.accountSid} ${arrival.ours}`, `${arrival.assistantId} ${arrival.publicUrl}`);
      }
    }
    // Of the same message twice in one batch the first is the one that was stored.
    const seen = new Set<string>();
    const repeated = new Set(known.map((row) => row.n));
    const outcomes = arrivals.map(({ idempotencyKey }, n) => {
      if (repeated.has(n) || seen.has(idempotencyKey)) return 'duplicate';
      seen.add(idempotencyKey);
      return 'accepted';
    });
    const woken = arrivals.filter((_, n) => outcomes[n] === 'accepted').map(({ threadKey }) => threadKey);
    if (woken.length > 0) wake([...new Set(woken)]);
    return outcomes;
  }

  // Two lanes, so that one is filled while the other is being stored; a thread keeps to one, and so to its order.
  const lanes = [batched(store), batched(store)] as const;
  return (arrival) => lanes[laneOf(arrival.threadKey)](arrival);
}

/** What is not there is left out: on the way into the store every byte is felt. */
function rowOf(arrival: Arrival, n: number, news: boolean) {
  return {
    n,
    news: news || undefined,
    idempotencyKey: arrival.idempotencyKey,
    threadKey: arrival.threadKey,
    accountSid: arrival.accountSid,
    channel: arrival.channel,
    ours: arrival.ours,
    theirs: arrival.theirs,
    identity: arrival.identity,
    messagingServiceSid: arrival.messagingServiceSid ?? undefined,
    assistantId: arrival.assistantId ?? undefined,
    publicUrl: arrival.publicUrl ?? undefined,
    kind: arrival.kind,
    occurredAt: arrival.occurredAt,
    source: arrival.source,
    content: arrival.content,
    heard: arrival.heard || undefined,
    author: arrival.author ?? undefined,
    index: arrival.channel === 'conversation' ? arrival.content.index : undefined,
  };
}

function laneOf(threadKey: string): 0 | 1 {
  return (threadKey.charCodeAt(threadKey.length - 1) & 1) as 0 | 1;
}
