import { batched } from '../store/batch.ts';
import { type Database, sql } from '../store/database.ts';
import type { Change, Commit, CommitOutcome } from './change.ts';

/** Applies one step of one thread, all of it or nothing, if the lease still stands. */
export function createCommit(db: Database, now: () => Date) {
  return batched(async (commits: Commit[]): Promise<CommitOutcome[]> => {
    const time = now();
    const items = commits.map(({ lease, revision, change, ifCurrent, release }, n) => ({
      n,
      key: lease.key,
      token: lease.token,
      revision,
      ifCurrent,
      release: release !== undefined,
      dueAt: release?.dueAt,
      sessionId: change.session?.id,
      sessionActiveAt: change.session?.activeAt,
      handling: change.handling,
      toldInTurn: change.toldInTurn,
      optedOut: change.consent?.optedOut,
      consentSource: change.consent?.source,
      consentAt: change.consent?.at,
    }));
    // One flat list a table, each row with the number of its item: nested lists mislead the planner.
    const rowsOf = <Row>(list: (change: Change) => Row[] | undefined): string =>
      JSON.stringify(
        commits.flatMap(({ change, lease }, n) =>
          (list(change) ?? []).map((row) => ({ n, threadKey: lease.key, ...row })),
        ),
      );
    const turns = rowsOf(({ turn }) => (turn ? [turn] : []));
    const events = rowsOf(({ turn, events }) =>
      events?.map((id) => ({ id, turnId: turn?.id, handledAt: turn?.finishedAt })),
    );
    const added = rowsOf(({ add }) => add?.map((message, part) => ({ ...message, part })));
    const outbound = rowsOf((change) => change.outbound);
    const handoffs = rowsOf(({ handoff }) => (handoff ? [handoff] : []));
    const rows = await db.query<{ n: number; accepted: boolean; released: boolean }>(sql`
      with item as (
        select * from json_to_recordset(${JSON.stringify(items)}::json) as item (
          n int, key text, token bigint, revision bigint, "ifCurrent" boolean, release boolean, "dueAt" timestamptz,
          "sessionId" text, "sessionActiveAt" timestamptz, handling text, "toldInTurn" uuid, "optedOut" boolean, "consentSource" text,
          "consentAt" timestamptz)
      ), held as (
        -- In order of key, as accept takes its locks, so that the two never wait for each other in a circle.
        select item.*, thread.revision = item.revision as current, theirs, ours, messaging_service_sid
        from (select * from item order by key offset 0) item cross join lateral (
          select revision, theirs, ours, messaging_service_sid from gateway.thread
          where key = item.key and lease_token = item.token
          for update
        ) thread
      ), verdict as (
        -- As arrays: to look a number up in one costs less than a join.
        select array_agg(n) filter (where current or not "ifCurrent") as good,
          array_agg(n) filter (where current and release) as released
        from held
      ), wisher as (
        select * from held where "optedOut" is not null and (current or not "ifCurrent")
      ), concerned as (
        -- Threads of the same customer with other numbers of the service: what they decided is decided anew.
        update gateway.thread thread
        set revision = thread.revision + 1,
          due_at = case when thread.lease_until > ${time} then thread.due_at else least(thread.due_at, ${time}) end
        from wisher
        where thread.theirs = wisher.theirs and thread.messaging_service_sid = wisher.messaging_service_sid
          and thread.key not in (select key from held)
      ), changed_thread as (
        update gateway.thread thread
        set revision = thread.revision + case when exists (
            select from wisher where wisher.key = thread.key
              or wisher.theirs = thread.theirs and wisher.messaging_service_sid = thread.messaging_service_sid
          ) then 1 else 0 end,
          session_id = coalesce(item."sessionId", thread.session_id),
          session_active_at = coalesce(item."sessionActiveAt", thread.session_active_at),
          handling = coalesce(item.handling, thread.handling),
          handling_since = case when item.handling is null then thread.handling_since else ${time} end,
          lease_until = case when n = any(verdict.released) then null else thread.lease_until end,
          due_at = case when n = any(verdict.released) then item."dueAt" else thread.due_at end
        from item, verdict
        where thread.key = item.key and n = any(verdict.good)
      ), changed_turn as (
        insert into gateway.turn (id, thread_key, session_id, assistant_id, state, event_ids, attempts, retry_at,
          reason, error_code, opened_at, finished_at)
        select id, "threadKey", "sessionId", "assistantId", state, "eventIds", attempts, "retryAt", reason,
          "errorCode", "openedAt", "finishedAt"
        from json_to_recordset(${turns}::json) as turn (n int, "threadKey" text, id uuid, "sessionId" text,
          "assistantId" text, state text, "eventIds" bigint[], attempts int, "retryAt" timestamptz, reason text,
          "errorCode" text, "openedAt" timestamptz, "finishedAt" timestamptz)
        where n = any((select good from verdict)::int[])
        on conflict (id) do update
        set state = excluded.state, event_ids = excluded.event_ids, attempts = excluded.attempts,
          retry_at = excluded.retry_at, reason = excluded.reason, error_code = excluded.error_code,
          finished_at = excluded.finished_at, session_id = excluded.session_id,
          assistant_id = excluded.assistant_id, retry_requested_at = null
      ), changed_handoff as (
        insert into gateway.handoff (id, thread_key, target, place, requested_by, reason, summary, state, attempts,
          attempted_at, retry_at, error, interaction_sid, channel_sid, task_sid, conversation_sid, webhook_sid,
          signals_seen, looked_at, check_at, outcome, requested_at, begun_at, answered_at, ended_at)
        select id, "threadKey", place ->> 'target', place, "requestedBy", reason, summary, state, attempts,
          "attemptedAt", "retryAt", error, "interactionSid", "channelSid", "taskSid", "conversationSid", "webhookSid",
          "signalsSeen", "lookedAt", "checkAt", outcome, "requestedAt", "begunAt", "answeredAt", "endedAt"
        from json_to_recordset(${handoffs}::json) as handoff (n int, "threadKey" text, id uuid, place jsonb,
          "requestedBy" text, reason text, summary text, state text, attempts int, "attemptedAt" timestamptz,
          "retryAt" timestamptz, error text, "interactionSid" text, "channelSid" text, "taskSid" text,
          "conversationSid" text, "webhookSid" text, "signalsSeen" bigint, "lookedAt" timestamptz,
          "checkAt" timestamptz, outcome text, "requestedAt" timestamptz, "begunAt" timestamptz,
          "answeredAt" timestamptz, "endedAt" timestamptz)
        where n = any((select good from verdict)::int[])
        on conflict (id) do update
        set state = excluded.state, attempts = excluded.attempts, attempted_at = excluded.attempted_at,
          retry_at = excluded.retry_at, error = excluded.error, interaction_sid = excluded.interaction_sid,
          channel_sid = excluded.channel_sid, task_sid = excluded.task_sid,
          conversation_sid = excluded.conversation_sid, webhook_sid = excluded.webhook_sid,
          signals_seen = excluded.signals_seen, looked_at = excluded.looked_at, check_at = excluded.check_at,
          outcome = excluded.outcome, begun_at = excluded.begun_at, answered_at = excluded.answered_at,
          ended_at = excluded.ended_at
      ), told as (
        update gateway.handoff set told_turn_id = item."toldInTurn"
        from item, verdict
        where item."toldInTurn" is not null and thread_key = item.key and ended_at is not null
          and told_turn_id is null and n = any(verdict.good)
      ), changed_event as (
        update gateway.inbound_event event
        -- The events of a failed turn that is tried again are unhandled again.
        set turn_id = taken."turnId", handled_at = taken."handledAt"
        from json_to_recordset(${events}::json) as taken (n int, id bigint, "turnId" uuid, "handledAt" timestamptz)
        where event.id = taken.id and n = any((select good from verdict)::int[])
      ), added as (
        insert into gateway.outbound_message (id, thread_key, turn_id, purpose, body, media, status, attempts,
          attempted_at, created_at, updated_at)
        select id, "threadKey", "turnId", purpose, body, media, status, attempts, "attemptedAt", "createdAt",
          "createdAt"
        from json_to_recordset(${added}::json) as added (n int, part int, "threadKey" text, id uuid, "turnId" uuid,
          purpose text, body text, media text[], status text, attempts int, "attemptedAt" timestamptz, "createdAt" timestamptz)
        where n = any((select good from verdict)::int[])
        order by n, part
      ), wanted as (
        select change.*, message.was
        from (
          select * from json_to_recordset(${outbound}::json) as change (n int, id uuid, status text, sid text,
            "contentSid" text, "asText" text, attempts int, "attemptedAt" timestamptz, "retryAt" timestamptz, "errorCode" int, error text)
          where n = any((select good from verdict)::int[])
          order by id offset 0
        ) change cross join lateral (
          select status as was from gateway.outbound_message where id = change.id for update
        ) message
      ), changed_outbound as (
        update gateway.outbound_message message
        -- A receipt may have been faster than the answer to our call: its word stands.
        set status = case when was in ('queued', 'sending') then wanted.status else was end,
          sid = coalesce(message.sid, wanted.sid),
          content_sid = coalesce(wanted."contentSid", message.content_sid),
          body = coalesce(wanted."asText", message.body),
          media = case when wanted."asText" is null then message.media end,
          attempts = coalesce(wanted.attempts, message.attempts),
          attempted_at = coalesce(wanted."attemptedAt", message.attempted_at),
          retry_at = wanted."retryAt",
          error_code = coalesce(message.error_code, wanted."errorCode"),
          error = coalesce(message.error, wanted.error),
          updated_at = ${time}
        from wanted where message.id = wanted.id
      ), wish as (
        insert into gateway.consent as consent (scope, address, opted_out, source, changed_at)
        select distinct on (scope, theirs) scope, theirs, "optedOut", "consentSource", "consentAt"
        from wisher, unnest(array[ours, messaging_service_sid]) as scope
        where scope is not null
        order by scope, theirs, "consentAt" desc
        on conflict (scope, address) do update
        set opted_out = excluded.opted_out, source = excluded.source, changed_at = excluded.changed_at
        where excluded.changed_at >= consent.changed_at
      )
      select held.n, current or not "ifCurrent" as accepted, release and current as released from held`);
    const outcomes = new Map(
      rows.map((row) => [row.n, row.released ? 'released' : row.accepted ? 'done' : 'stale'] as const),
    );
    return items.map(({ n }) => outcomes.get(n) ?? 'lost');
  });
}
