import { batched } from '../store/batch.ts';
import { type Database, sql } from '../store/database.ts';
import { meaningOf } from '../twilio/error-meanings.ts';
import { type MessageStatus, mayBecome } from '../twilio/message-status.ts';

/** Twilio's news about a message of ours. */
export type Receipt = {
  sid: string;
  /** The id of the message that our callback URL carried; it proves which message Twilio means before we know its SID. */
  outboundId: string | null;
  /** Twilio's own word. */
  twilioStatus: string;
  status: MessageStatus;
  errorCode: number | null;
  fields: Record<string, string | string[]>;
};

/** `applied` moved the message forward; `known` changed nothing; `unknown` is about no message of ours. */
export type ReceiptOutcome = 'applied' | 'known' | 'unknown';

/** The recipient has said stop to Twilio. */
const OPTED_OUT = 21610;

/**
 * Keeps every receipt and moves its message forward, in whatever order receipts come. A receipt for a message whose
 * sending is in doubt ends the doubt, and one that says that nothing is wanted is a word about consent: the thread is
 * looked at again.
 */
export function createApplyReceipt(db: Database, now: () => Date, wake: (threadKeys: string[]) => void) {
  return batched(async (receipts: Receipt[]): Promise<ReceiptOutcome[]> => {
    const time = now();
    const incoming = receipts.map((receipt, n) => ({
      ...receipt,
      n,
      from: mayBecome(receipt.status),
      error: receipt.errorCode === null ? null : meaningOf(receipt.errorCode).meaning,
    }));
    const rows = await db.query<{ n: number; applied: boolean; concerned: string | null }>(sql`
      with incoming as (
        select * from json_to_recordset(${JSON.stringify(incoming)}::json) as incoming (
          n int, sid text, "outboundId" uuid, "twilioStatus" text, status text, "errorCode" int, error text,
          fields jsonb, "from" text[])
      ), target as (
        select incoming.*, message.id, message.thread_key, message.status as was
        from incoming join gateway.outbound_message message
          on message.id = incoming."outboundId" or (incoming."outboundId" is null and message.sid = incoming.sid)
        where message.sid is null or message.sid = incoming.sid
        order by message.id
        for update of message
      ), kept as (
        insert into gateway.receipt (sid, status, outbound_id, error_code, fields, received_at)
        select distinct on (sid, "twilioStatus") sid, "twilioStatus", id, "errorCode", fields, ${time} from target
        order by sid, "twilioStatus"
        on conflict (sid, status) do nothing
      ), furthest as (
        -- Several receipts for one message in one batch: the one that goes furthest decides.
        select distinct on (id) * from target where was = any("from")
        order by id, array_position(array['sent', 'failed', 'undelivered', 'delivered', 'read'], status) desc
      ), moved as (
        update gateway.outbound_message message
        set status = furthest.status, sid = coalesce(message.sid, furthest.sid), updated_at = ${time},
          error_code = coalesce(furthest."errorCode", message.error_code),
          error = coalesce(furthest.error, message.error)
        from furthest where message.id = furthest.id
      ), opted_out as (
        -- Conversations takes a message first and says afterwards that its recipient wants none.
        insert into gateway.consent as consent (scope, address, opted_out, source, changed_at)
        select distinct on (scope, theirs) scope, theirs, true, ${String(OPTED_OUT)}, attempted_at
        from target
        join gateway.outbound_message message on message.id = target.id
        join gateway.thread on thread.key = target.thread_key,
          unnest(array[ours, messaging_service_sid]) as scope
        where target."errorCode" = ${OPTED_OUT} and scope is not null and attempted_at is not null
        order by scope, theirs, attempted_at desc
        on conflict (scope, address) do update
        set opted_out = true, source = excluded.source, changed_at = excluded.changed_at
        -- Whoever has said START since the attempt began is in.
        where excluded.changed_at >= consent.changed_at
      )
      select target.n, furthest.n is not null as applied,
        case when target.was in ('queued', 'sending') or target."errorCode" = ${OPTED_OUT} then target.thread_key end
          as concerned
      from target left join furthest on furthest.n = target.n`);
    const concerned = [...new Set(rows.map((row) => row.concerned).filter((key) => key !== null))];
    if (concerned.length > 0) {
      await db.query(sql`
        update gateway.thread
        set revision = revision + 1, due_at = case when lease_until > ${time} then due_at else least(due_at, ${time}) end
        where key = any(${concerned}::text[])`);
      wake(concerned);
    }
    const outcomes = new Map(rows.map((row) => [row.n, row.applied ? ('applied' as const) : ('known' as const)]));
    return incoming.map(({ n }) => outcomes.get(n) ?? 'unknown');
  });
}
