import { type Database, sql } from '../../src/store/database.ts';
import type { Campaign } from './campaign.ts';
import { type Entry, readJournal } from './journal.ts';

export type EventRow = {
  id: number;
  key: string;
  threadKey: string;
  kind: string;
  body: string | null;
  occurredAt: Date;
  turnId: string | null;
  handledAt: Date | null;
};

export type TurnRow = {
  id: string;
  threadKey: string;
  state: string;
  attempts: number;
  reason: string | null;
  errorCode: string | null;
  openedAt: Date;
  finishedAt: Date | null;
};

export type MessageRow = {
  id: string;
  threadKey: string;
  turnId: string | null;
  purpose: string;
  body: string;
  status: string;
  sid: string | null;
  attempts: number;
  error: string | null;
  createdAt: Date;
  updatedAt: Date;
};

export type HandoffRow = {
  id: string;
  threadKey: string;
  target: string;
  state: string;
  outcome: string | null;
  attempts: number;
  requestedAt: Date;
  endedAt: Date | null;
  toldTurnId: string | null;
};

export type ThreadRow = {
  key: string;
  handling: string;
  channel: 'sms' | 'whatsapp';
  ours: string;
  theirs: string;
  messagingServiceSid: string | null;
  dueAt: Date | null;
  leaseUntil: Date | null;
};

/** Everything that a run left behind: what Tandem stored, what the journal saw, and what really happened outside. */
export type Outcome = {
  campaign: Campaign;
  journal: Entry[];
  events: EventRow[];
  turns: TurnRow[];
  /** In the order in which they were to leave. */
  messages: MessageRow[];
  threads: ThreadRow[];
  handoffs: HandoffRow[];
  consents: { scope: string; address: string; optedOut: boolean }[];
};

export async function readOutcome(db: Database, campaign: Campaign): Promise<Outcome> {
  return {
    campaign,
    journal: await readJournal(db),
    events: await db.query<EventRow>(sql`
      select id, idempotency_key as key, thread_key as "threadKey", kind, event ->> 'body' as body,
        occurred_at as "occurredAt", turn_id as "turnId", handled_at as "handledAt"
      from gateway.inbound_event order by occurred_at, id`),
    turns: await db.query<TurnRow>(sql`
      select id, thread_key as "threadKey", state, attempts, reason, error_code as "errorCode",
        opened_at as "openedAt", finished_at as "finishedAt"
      from gateway.turn order by opened_at, id`),
    messages: await db.query<MessageRow>(sql`
      select id, thread_key as "threadKey", turn_id as "turnId", purpose, body, status, sid, attempts, error,
        created_at as "createdAt", updated_at as "updatedAt"
      from gateway.outbound_message order by seq`),
    threads: await db.query<ThreadRow>(sql`
      select key, handling, channel, ours, theirs, messaging_service_sid as "messagingServiceSid", due_at as "dueAt",
        lease_until as "leaseUntil"
      from gateway.thread`),
    handoffs: await db.query<HandoffRow>(sql`
      select id, thread_key as "threadKey", target, state, outcome, attempts, requested_at as "requestedAt",
        ended_at as "endedAt", told_turn_id as "toldTurnId"
      from gateway.handoff order by requested_at, id`),
    consents: await db.query<Outcome['consents'][number]>(sql`
      select scope, address, opted_out as "optedOut" from gateway.consent`),
  };
}
