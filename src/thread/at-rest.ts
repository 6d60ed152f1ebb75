import { sql } from '../store/database.ts';

/**
 * Whether a row of `gateway.thread` has no work due, now or later. One that only waits until somebody looks again at who
 * has it is at rest.
 */
export const atRest = sql`(due_at is null or (
  lease_until is null and due_at > now()
  and exists (
    select from gateway.handoff where thread_key = key and ended_at is null and state in ('waiting', 'human'))
  and not exists (select from gateway.inbound_event where thread_key = key and handled_at is null)
  and not exists (
    select from gateway.outbound_message where thread_key = key and status in ('queued', 'sending'))))`;
