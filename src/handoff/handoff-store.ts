import { type Database, type Sql, sql } from '../store/database.ts';
import type { Announcement } from '../turn/step.ts';
import { type HandoffNames, type HandoffRequest, type HandoffTarget, newHandoff } from './handoff.ts';

export type HandoffStore = ReturnType<typeof createHandoffStore>;

/**
 * The wishes and the news of others, written beside the work on a thread. They move its revision, so whatever was being
 * decided is decided anew, and they are never taken back by it.
 */
export function createHandoffStore(parts: {
  db: Database;
  now: () => Date;
  newId: () => string;
  wake: (threadKeys: string[]) => void;
  announce: (threadKey: string, announcement: Announcement, now: Date) => void;
}) {
  const { db, now, newId, wake, announce } = parts;
  const looked = (time: Date): Sql => sql`
    revision = revision + 1, due_at = case when lease_until > ${time} then due_at else least(due_at, ${time}) end`;

  /** Runs a statement that answers the keys of the threads that it has changed, and wakes them. */
  async function act(statement: Sql): Promise<string[]> {
    const keys = (await db.query<{ key: string }>(statement)).map(({ key }) => key);
    if (keys.length > 0) wake(keys);
    return keys;
  }

  return {
    /** Calls a human, once: `known` where somebody has the thread or is on the way. Undefined without such a thread. */
    async request(threadKey: string, request: HandoffRequest): Promise<'requested' | 'known' | undefined> {
      const time = now();
      const handoff = newHandoff(threadKey, request, newId(), time);
      const [row] = await db.query<{ requested: boolean }>(sql`
        with held as (
          select key from gateway.thread where key = ${threadKey} for update
        ), stored as (
          insert into gateway.handoff (id, thread_key, target, place, requested_by, reason, summary, state,
            conversation_sid, requested_at)
          select ${handoff.id}, key, ${request.place.target}, ${JSON.stringify(request.place)}, ${request.requestedBy},
            ${request.reason}, ${request.summary}, ${handoff.state}, ${handoff.refs.conversationSid}, ${time}
          from held
          on conflict (thread_key) where ended_at is null do nothing
          returning thread_key
        ), moved as (
          update gateway.thread thread set handling = 'requested', handling_since = ${time}, ${looked(time)}
          from stored where thread.key = stored.thread_key
          returning thread.key
        )
        select exists (select from moved) as requested from held`);
      if (row?.requested) {
        announce(threadKey, { kind: 'handoff.requested', handoff }, time);
        wake([threadKey]);
      }
      return row && (row.requested ? 'requested' : 'known');
    },

    /**
     * An operator takes the thread, at once; one that waits for an agent or a flow stays theirs. False without such a
     * thread.
     */
    async takeOver(threadKey: string): Promise<boolean> {
      const time = now();
      const request: HandoffRequest = {
        place: { target: 'operator' },
        requestedBy: 'operator',
        reason: null,
        summary: null,
      };
      const handoff = newHandoff(threadKey, request, newId(), time);
      const [row] = await db.query<{ moved: boolean; fresh: boolean }>(sql`
        with held as (
          select key from gateway.thread where key = ${threadKey} for update
        ), stored as (
          insert into gateway.handoff as handoff (id, thread_key, target, place, requested_by, state, requested_at,
            begun_at, answered_at)
          select ${handoff.id}, key, 'operator', '{"target": "operator"}', 'operator', 'human', ${time}, ${time}, ${time}
          from held
          on conflict (thread_key) where ended_at is null do update
          set state = 'human', begun_at = coalesce(handoff.begun_at, excluded.begun_at), recalled_at = null,
            answered_at = coalesce(handoff.answered_at, excluded.answered_at)
          where handoff.target = 'operator'
          returning thread_key, id
        ), moved as (
          update gateway.thread thread set handling = 'human', handling_since = ${time}, ${looked(time)}
          from stored where thread.key = stored.thread_key
          returning thread.key
        )
        select exists (select from moved) as moved, exists (select from stored where id = ${handoff.id}) as fresh from held`);
      if (row?.fresh) announce(threadKey, { kind: 'handoff.requested', handoff }, time);
      if (row?.moved) wake([threadKey]);
      return row !== undefined;
    },

    /** Somebody wants the thread back with the assistant, or only what `from` has. False without such a thread. */
    async recall(threadKey: string, from?: HandoffTarget): Promise<boolean> {
      const time = now();
      const keys = await act(sql`
        with held as (
          select key from gateway.thread where key = ${threadKey} for update
        ), recalled as (
          update gateway.handoff set recalled_at = coalesce(recalled_at, ${time})
          from held where thread_key = held.key and ended_at is null
            and target = coalesce(${from ?? null}, target)
        )
        update gateway.thread thread set ${looked(time)} from held where thread.key = held.key
        returning thread.key`);
      return keys.length > 0;
    },

    /**
     * What was said while others had the thread, and was left to them, is for the assistant after all. Who has it now is
     * asked anew. A message that was asked stays as it is.
     */
    async askAfterAll(threadKey: string, messageSid: string): Promise<void> {
      const time = now();
      await act(sql`
        with held as (
          select key from gateway.thread where key = ${threadKey} for update
        ), message as (
          select event.id, turn_id from held
          join gateway.inbound_event event on thread_key = key and idempotency_key = ${`message:${messageSid}`}
          left join gateway.turn on turn.id = turn_id
          where turn_id is null or turn.state = 'silent' and turn.reason = 'human'
        ), taken as (
          update gateway.turn set event_ids = array_remove(event_ids, message.id)
          from message where turn.id = turn_id and cardinality(event_ids) > 1
        ), emptied as (
          delete from gateway.turn using message where turn.id = turn_id and event_ids = array[message.id]
        ), opened as (
          update gateway.inbound_event event set turn_id = null, handled_at = null, received_at = ${time}
          from message where event.id = message.id
        )
        update gateway.thread thread set ${looked(time)}
        from held where thread.key = held.key and exists (select from message)
        returning thread.key`);
    },

    /** The target says that something has changed: it is asked what. Answers the threads that it is about. */
    signal(names: HandoffNames): Promise<string[]> {
      const time = now();
      const { handoffId = null, interactionSid = null, conversationSid = null, taskSid = null } = names;
      return act(sql`
        with concerned as (
          select thread_key from gateway.handoff
          where ended_at is null and (id = ${handoffId} or interaction_sid = ${interactionSid}
            or conversation_sid = ${conversationSid} or task_sid = ${taskSid})
        ), held as (
          select key from gateway.thread where key in (select thread_key from concerned) order by key for update
        ), signalled as (
          update gateway.handoff set signals = signals + 1
          from held where thread_key = held.key and ended_at is null
        )
        update gateway.thread thread set ${looked(time)} from held where thread.key = held.key
        returning thread.key`);
    },

    /** News may have been missed: every target is asked. */
    async signalAll(): Promise<void> {
      const time = now();
      await act(sql`
        with held as (
          select key from gateway.thread
          where key in (select thread_key from gateway.handoff where ended_at is null and target <> 'operator')
          order by key for update
        ), signalled as (
          update gateway.handoff set signals = signals + 1
          from held where thread_key = held.key and ended_at is null
        )
        update gateway.thread thread set ${looked(time)} from held where thread.key = held.key
        returning thread.key`);
    },

    /** What an operator says, part by part. False where the thread is not with an operator. */
    async say(threadKey: string, bodies: string[]): Promise<boolean> {
      const time = now();
      const messages = bodies.map((body, part) => ({ id: newId(), body, part }));
      const keys = await act(sql`
        with held as (
          select key from gateway.thread
          where key = ${threadKey} and handling = 'human' and exists (
            select from gateway.handoff where thread_key = key and ended_at is null and target = 'operator')
          for update
        ), said as (
          insert into gateway.outbound_message (id, thread_key, purpose, body, status, created_at, updated_at)
          select id, held.key, 'operator', body, 'queued', ${time}, ${time}
          from held, json_to_recordset(${JSON.stringify(messages)}::json) as message (id uuid, body text, part int)
          order by part
        )
        update gateway.thread thread set ${looked(time)} from held where thread.key = held.key
        returning thread.key`);
      return keys.length > 0;
    },
  };
}
