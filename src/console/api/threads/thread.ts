import { type Database, sql } from '../../../store/database.ts';
import { atRest } from '../../../thread/at-rest.ts';

/** A thread and all that happened in it, oldest first, as scripts read it; undefined when there is none under that key. */
export async function readThread(db: Database, key: string) {
  const [thread] = await db.query<Record<string, unknown>>(sql`
    select key, channel, ours, theirs, identity, handling, handling_since as "handlingSince",
      session_id as "sessionId", assistant_id as "assistantId", ${atRest} as settled, due_at as "dueAt",
      exists (
        select from gateway.consent
        where address = theirs and scope in (ours, messaging_service_sid) and opted_out
      ) as "optedOut"
    from gateway.thread where key = ${key}`);
  if (!thread) return undefined;
  const events = await db.query(sql`
    select id, kind, occurred_at as "occurredAt", source, event ->> 'sid' as sid, event ->> 'body' as body,
      event -> 'media' as media, turn_id as "turnId", handled_at as "handledAt"
    from gateway.inbound_event
    where (thread_key = ${key} and handled_at is null)
      or id in (select unnest(event_ids) from gateway.turn where thread_key = ${key})
    order by occurred_at, id`);
  const turns = await db.query(sql`
    select id, session_id as "sessionId", assistant_id as "assistantId", state, attempts, retry_at as "retryAt",
      reason, error_code as "errorCode", opened_at as "openedAt", finished_at as "finishedAt"
    from gateway.turn where thread_key = ${key} order by opened_at, id`);
  const messages = await db.query(sql`
    select id, turn_id as "turnId", purpose, body, status, sid, attempts, error_code as "errorCode", error,
      created_at as "createdAt", updated_at as "updatedAt"
    from gateway.outbound_message where thread_key = ${key} order by seq`);
  return { ...thread, events, turns, messages };
}
