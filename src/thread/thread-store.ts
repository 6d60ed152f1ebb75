import { batched } from '../store/batch.ts';
import { type Database, sql } from '../store/database.ts';
import type { Change, Commit, CommitOutcome, Lease } from './change.ts';
import { type LoadedRow, stateOf } from './thread-row.ts';
import type { ThreadState } from './thread-state.ts';

export type ThreadStore = ReturnType<typeof createThreadStore>;

export function createThreadStore(db: Database, now: () => Date) {
  const lockedUntil = (ms: number) => new Date(now().getTime() + ms);

  return {
    /** Leases up to `limit` threads that are due, oldest first. */
    claimDue(holder: number, limit: number, leaseMs: number): Promise<Lease[]> {
      const time = now();
      const until = lockedUntil(leaseMs);
      return db.query<Lease>(sql`
        with due as (
          select key from gateway.thread
          where due_at <= ${time} and (lease_until is null or lease_until <= ${time})
          order by due_at
          limit ${limit}
          for update skip locked
        )
        update gateway.thread thread
        set lease_token = lease_token + 1, lease_holder = ${holder}, lease_until = ${until}, due_at = ${until}
        from due
        where thread.key = due.key
        returning thread.key, thread.lease_token as token`);
    },

    /** Leases the named thread; undefined when it is not due or somebody has it. */
    claim: batched(
      async (items: { key: string; holder: number; leaseMs: number }[]): Promise<(Lease | undefined)[]> => {
        const time = now();
        const { holder, leaseMs } = items[0] as (typeof items)[number];
        const until = lockedUntil(leaseMs);
        const leases = await db.query<Lease>(sql`
        with due as (
          select key from gateway.thread
          where key = any(${items.map((item) => item.key)}::text[])
            and due_at <= ${time} and (lease_until is null or lease_until <= ${time})
          for update skip locked
        )
        update gateway.thread thread
        set lease_token = lease_token + 1, lease_holder = ${holder}, lease_until = ${until}, due_at = ${until}
        from due
        where thread.key = due.key
        returning thread.key, thread.lease_token as token`);
        const byKey = new Map(leases.map((lease) => [lease.key, lease]));
        return items.map(({ key }) => {
          const lease = byKey.get(key);
          byKey.delete(key); // asked for twice in one batch: one of them gets it
          return lease;
        });
      },
    ),

    /** Keeps leases alive while their work goes on. */
    async renew(leases: Lease[], leaseMs: number): Promise<void> {
      const until = lockedUntil(leaseMs);
      await db.query(sql`
        with held as (
          select thread.key from gateway.thread
          join unnest(${leases.map((lease) => lease.key)}::text[], ${leases.map((lease) => lease.token)}::bigint[])
            as mine (key, token) on mine.key = thread.key and mine.token = thread.lease_token
          where thread.lease_until is not null
          for update of thread skip locked
        )
        update gateway.thread thread set lease_until = ${until}, due_at = ${until}
        from held where thread.key = held.key`);
    },

    /** Gives back leases whose work was broken off; the threads are due at once. */
    async abandon(leases: Lease[]): Promise<void> {
      await db.query(sql`
        with held as (
          select thread.key from gateway.thread
          join unnest(${leases.map((lease) => lease.key)}::text[], ${leases.map((lease) => lease.token)}::bigint[])
            as mine (key, token) on mine.key = thread.key and mine.token = thread.lease_token
          where thread.lease_until is not null
          order by thread.key
          for update of thread
        )
        update gateway.thread thread set lease_until = null, due_at = ${now()}
        from held where thread.key = held.key`);
    },

    /**
     * Frees what dead processes held: a holder lives as long as its advisory lock does. Returns the keys.
     * Only where the lock is certainly gone, so a slow process keeps its leases until they run out.
     */
    async freeDeadHolders(lockClass: number): Promise<string[]> {
      const time = now();
      const freed = await db.query<{ key: string }>(sql`
        with dead as (
          select key from gateway.thread
          where due_at is not null and lease_until > ${time} and not exists (
            select from pg_locks
            where locktype = 'advisory' and classid = ${lockClass} and objid = lease_holder and granted
              and database = (select oid from pg_database where datname = current_database())
          )
          for update skip locked
        )
        update gateway.thread thread set lease_until = null, due_at = ${time}
        from dead where thread.key = dead.key
        returning thread.key`);
      return freed.map((row) => row.key);
    },

    /** Keys of threads that have been due for `lateMs` and that nobody works on. */
    async overdue(lateMs: number, limit: number): Promise<string[]> {
      const time = now();
      const late = new Date(time.getTime() - lateMs);
      const rows = await db.query<{ key: string }>(sql`
        select key from gateway.thread
        where due_at <= ${late} and (lease_until is null or lease_until <= ${time})
        order by due_at limit ${limit}`);
      return rows.map((row) => row.key);
    },

    /** The whole state of a thread at one moment: its revision and its events come from the same snapshot. */
    load: batched(async (keys: string[]): Promise<ThreadState[]> => {
      const rows = await db.query<LoadedRow>(sql`
        select thread.key, account_sid, channel, ours, theirs, identity, messaging_service_sid, assistant_id, public_url,
          handling, session_id, session_active_at, heard_at, revision,
          exists (
            select from gateway.consent
            where address = thread.theirs and scope in (thread.ours, thread.messaging_service_sid) and opted_out
          ) as opted_out,
          case when channel = 'conversation' then (
            select json_build_object('state', state, 'assistantId', assistant_id, 'author', author, 'studio', studio,
              'unseen', lower(int4multirange(int4range(0, null)) - seen), 'lookedAt', looked_at,
              'lookAgainAt', look_again_at, 'createdAt', created_at, 'participants', (
                select json_agg(json_build_object('sid', sid, 'identity', identity, 'address', address,
                  'joinedAt', joined_at) order by joined_at, sid)
                from gateway.participant where thread_key = thread.key and left_at is null
                  and identity is distinct from author))
            from gateway.conversation where thread_key = thread.key
          ) end as conversation,
          (
            select json_agg(json_build_object('id', id, 'kind', kind, 'occurredAt', occurred_at,
              'receivedAt', received_at, 'source', source, 'content', event) order by occurred_at, id)
            from gateway.inbound_event where thread_key = thread.key and handled_at is null
          ) as events,
          (
            select json_build_object('id', id, 'state', state, 'sessionId', session_id, 'assistantId', assistant_id,
              'eventIds', event_ids, 'attempts', attempts, 'retryAt', retry_at, 'openedAt', opened_at)
            from gateway.turn where thread_key = thread.key and state in ('asking', 'waiting')
          ) as turn,
          (
            select json_agg(json_build_object('id', id, 'turnId', turn_id, 'purpose', purpose, 'body', body,
              'media', media, 'contentSid', content_sid,
              'status', status, 'attempts', attempts, 'attemptedAt', attempted_at, 'retryAt', retry_at,
              'createdAt', created_at) order by seq)
            from gateway.outbound_message where thread_key = thread.key and status in ('queued', 'sending')
          ) as unsent,
          (
            select json_build_object('id', id, 'sessionId', session_id, 'assistantId', assistant_id, 'attempts', 0,
              'retryAt', null, 'openedAt', opened_at, 'events', (
                select json_agg(json_build_object('id', e.id, 'kind', e.kind, 'occurredAt', e.occurred_at,
                  'receivedAt', e.received_at, 'source', e.source, 'content', e.event) order by e.occurred_at, e.id)
                from gateway.inbound_event e where e.id = any(event_ids) and e.kind <> 'reply'))
            from gateway.turn
            where thread_key = thread.key and retry_requested_at is not null and state = 'failed'
            order by opened_at limit 1
          ) as retry,
          (
            select json_agg(json_build_object('id', id, 'place', place, 'requestedBy', requested_by,
              'reason', reason, 'summary', summary, 'state', state, 'attempts', attempts, 'attemptedAt', attempted_at,
              'retryAt', retry_at, 'error', error, 'refs', json_build_object('interactionSid', interaction_sid,
                'channelSid', channel_sid, 'taskSid', task_sid, 'conversationSid', conversation_sid,
                'webhookSid', webhook_sid), 'signals', signals, 'signalsSeen', signals_seen, 'lookedAt', looked_at,
              'checkAt', check_at, 'recalledAt', recalled_at, 'outcome', outcome, 'requestedAt', requested_at,
              'begunAt', begun_at, 'answeredAt', answered_at, 'endedAt', ended_at, 'toldTurnId', told_turn_id))
            from (
              select * from gateway.handoff where thread_key = thread.key order by requested_at desc, id desc limit 2
            ) newest
          ) as handoffs
        from gateway.thread where thread.key = any(${keys}::text[])`);
      const states = new Map(rows.map((row) => [row.key, stateOf(row)]));
      return keys.map((key) => states.get(key) as ThreadState);
    }),

    /** Applies one step of one thread, all of it or nothing, if the lease still stands. */
    commit: batched(async (commits: Commit[]): Promise<CommitOutcome[]> => {
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
    }),

    /**
     * Notes the SID of a message that did leave although the lease was lost meanwhile. Whoever has the lease now may
     * be in doubt about this very message, so what he has decided is decided anew.
     */
    async noteSent(threadKey: string, outboundId: string, sid: string): Promise<void> {
      const time = now();
      await db.query(sql`
        with thread as (
          update gateway.thread
          set revision = revision + 1, due_at = case when lease_until > ${time} then due_at else least(due_at, ${time}) end
          where key = ${threadKey}
          returning key
        )
        update gateway.outbound_message message
        set sid = coalesce(sid, ${sid}), updated_at = ${time},
          status = case when status in ('queued', 'sending') then 'sent' else status end
        from thread where message.id = ${outboundId}`);
    },

    /** Which of these SIDs belong to messages of ours other than this one. */
    async knownSids(sids: string[], outboundId: string): Promise<Set<string>> {
      const rows = await db.query<{ sid: string }>(sql`
        select sid from gateway.outbound_message where sid = any(${sids}::text[]) and id <> ${outboundId}`);
      return new Set(rows.map((row) => row.sid));
    },
  };
}
