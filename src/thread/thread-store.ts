import { batched } from '../store/batch.ts';
import { type Database, sql } from '../store/database.ts';
import { atRest } from './at-rest.ts';
import type { Lease } from './change.ts';
import { createCommit } from './commit.ts';
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

    /** Whether any thread has work due, now or later. */
    async isBusy(): Promise<boolean> {
      const [row] = await db.query<{ busy: boolean }>(sql`
        select exists (select from gateway.thread where due_at is not null and not ${atRest}) as busy`);
      return row?.busy === true;
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

    commit: createCommit(db, now),

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
