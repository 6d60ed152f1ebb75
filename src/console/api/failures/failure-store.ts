import { type Database, sql } from '../../../store/database.ts';
import { meaningOf } from '../../../twilio/error-meanings.ts';
import type { Failure, FailurePage } from '../../contract.ts';
import { adviceOnMessage, adviceOnTurn } from './advice.ts';

/** How many failures one "retry all" takes; what is left is retried by the next one. */
const MOST_AT_ONCE = 1_000;
const DEFAULT_LIMIT = 50;

type TurnRow = Omit<Failure, 'kind' | 'advice' | 'failedAt' | 'cause'> & { failedAt: Date; cause: string | null };
type MessageRow = Omit<TurnRow, 'code' | 'retryRequested'> & { code: number | null };

export type FailureStore = ReturnType<typeof createFailureStore>;

/** Turns and messages that need a person. An act moves the revision of its thread. */
export function createFailureStore(db: Database, now: () => Date, newId: () => string) {
  /** Has failed turns tried again, after whatever their threads are busy with. Returns the threads. */
  async function retryTurns(ids: string[]): Promise<string[]> {
    const time = now();
    const rows = await db.query<{ key: string }>(sql`
      with wanted as (
        update gateway.turn set retry_requested_at = coalesce(retry_requested_at, ${time}), dismissed_at = null
        where id = any(${ids}::uuid[]) and state = 'failed'
        returning thread_key
      )
      update gateway.thread
      set revision = revision + 1, due_at = case when lease_until > ${time} then due_at else least(due_at, ${time}) end
      where key in (select thread_key from wanted)
      returning key`);
    return rows.map((row) => row.key);
  }

  /** Says messages again that did not arrive: each as a new message, for what became of the old one is a fact. */
  async function resend(ids: string[]): Promise<string[]> {
    const time = now();
    const rows = await db.query<{ key: string }>(sql`
      with wanted (id, new_id) as (
        select * from unnest(${ids}::uuid[], ${ids.map(() => newId())}::uuid[])
      ), failed as (
        update gateway.outbound_message message set dismissed_at = ${time}
        from wanted
        where message.id = wanted.id and status in ('failed', 'undelivered') and dismissed_at is null
        returning message.*, new_id
      ), said as (
        insert into gateway.outbound_message (id, thread_key, turn_id, purpose, body, media, status, created_at, updated_at)
        select new_id, thread_key, turn_id, purpose, body, media, 'queued', ${time}, ${time} from failed order by seq
      )
      update gateway.thread
      set revision = revision + 1, due_at = case when lease_until > ${time} then due_at else least(due_at, ${time}) end
      where key in (select thread_key from failed)
      returning key`);
    return rows.map((row) => row.key);
  }

  return {
    /** Those that nobody has dismissed, newest first. */
    async page(query: { limit?: number; before?: Date | undefined; after?: string | undefined }): Promise<FailurePage> {
      const { limit = DEFAULT_LIMIT, before, after } = query;
      // Both lists are read in the order of one: which of them a failure is in does not matter to its place.
      const place = before ?? new Date('9999-12-31');
      const id = after ?? 'ffffffff-ffff-ffff-ffff-ffffffffffff';
      const [turns, messages] = await Promise.all([
        db.query<TurnRow>(sql`
          select id, thread_key as "threadKey", channel, theirs, finished_at as "failedAt", error_code as code,
            reason as cause, attempts, retry_requested_at is not null as "retryRequested",
            (select string_agg(event ->> 'body', E'\n' order by occurred_at, inbound_event.id)
              from gateway.inbound_event where inbound_event.id = any(event_ids) and kind <> 'reply') as text
          from (
            select * from gateway.turn
            where state = 'failed' and dismissed_at is null and (finished_at, id) < (${place}, ${id}::uuid)
            order by finished_at desc, id desc limit ${limit + 1}
          ) turn join gateway.thread on key = thread_key`),
        db.query<MessageRow>(sql`
          select message.id, thread_key as "threadKey", channel, theirs, updated_at as "failedAt", error_code as code,
            error as cause, attempts, body as text
          from (
            select * from gateway.outbound_message
            where status in ('failed', 'undelivered') and dismissed_at is null
              and (updated_at, id) < (${place}, ${id}::uuid)
            order by updated_at desc, id desc limit ${limit + 1}
          ) message join gateway.thread on key = thread_key`),
      ]);
      const all = [...turns.map(turnFailure), ...messages.map(messageFailure)].sort(
        (a, b) => b.failedAt.localeCompare(a.failedAt) || b.id.localeCompare(a.id),
      );
      const shown = all.slice(0, limit);
      const last = shown.at(-1);
      return {
        failures: shown,
        next: all.length > limit && last ? { before: last.failedAt, key: last.id } : null,
      };
    },

    /** As scripts read them: newest first, both kinds apart, those that were dismissed left out. */
    async lists(limit: number) {
      const turns = await db.query(sql`
        select id, thread_key as "threadKey", error_code as "errorCode", reason as error, attempts,
          finished_at as "failedAt", retry_requested_at as "retryRequestedAt"
        from gateway.turn where state = 'failed' and dismissed_at is null
        order by finished_at desc, id desc limit ${limit}`);
      const messages = await db.query(sql`
        select id, thread_key as "threadKey", turn_id as "turnId", status, error_code as "errorCode", error, attempts,
          updated_at as "failedAt"
        from gateway.outbound_message where status in ('failed', 'undelivered') and dismissed_at is null
        order by updated_at desc, id desc limit ${limit}`);
      return { turns, messages };
    },

    /** Changes with everything that the first page shows. */
    async version(): Promise<string> {
      const [row] = await db.query<{ version: string }>(sql`
        select concat_ws(' ',
          (select string_agg(concat_ws(',', id, finished_at, retry_requested_at), ' ') from (
            select id, finished_at, retry_requested_at from gateway.turn where state = 'failed' and dismissed_at is null
            order by finished_at desc, id desc limit ${DEFAULT_LIMIT + 1}) turn),
          (select string_agg(id::text, ' ') from (
            select id from gateway.outbound_message
            where status in ('failed', 'undelivered') and dismissed_at is null
            order by updated_at desc, id desc limit ${DEFAULT_LIMIT + 1}) message)) as version`);
      return row?.version ?? '';
    },

    /** The thread of the turn or message that is tried again; undefined when there is no such failure. */
    async retry(id: string): Promise<string | undefined> {
      const [key] = [...(await retryTurns([id])), ...(await resend([id]))];
      return key;
    },

    async retryAll(): Promise<{ failures: number; threadKeys: string[] }> {
      const turns = await db.query<{ id: string }>(sql`
        select id from gateway.turn
        where state = 'failed' and dismissed_at is null and retry_requested_at is null
        order by finished_at limit ${MOST_AT_ONCE}`);
      const messages = await db.query<{ id: string }>(sql`
        select id from gateway.outbound_message where status in ('failed', 'undelivered') and dismissed_at is null
        order by updated_at limit ${MOST_AT_ONCE}`);
      const threadKeys = [
        ...(await retryTurns(turns.map((turn) => turn.id))),
        ...(await resend(messages.map((message) => message.id))),
      ];
      return { failures: turns.length + messages.length, threadKeys: [...new Set(threadKeys)] };
    },

    /** Takes a failure off the list. False when it is not on it. */
    async dismiss(id: string): Promise<boolean> {
      const rows = await db.query(sql`
        with turn as (
          update gateway.turn set dismissed_at = ${now()}
          where id = ${id} and state = 'failed' and dismissed_at is null returning 1
        ), message as (
          update gateway.outbound_message set dismissed_at = ${now()}
          where id = ${id} and status in ('failed', 'undelivered') and dismissed_at is null returning 1
        )
        select from turn union all select from message`);
      return rows.length > 0;
    },
  };
}

function turnFailure({ failedAt, cause, ...row }: TurnRow): Failure {
  const [what, next] = apart(cause ?? 'The assistant failed.');
  return {
    kind: 'turn',
    ...row,
    failedAt: failedAt.toISOString(),
    cause: what,
    advice: next ?? adviceOnTurn(row.code),
  };
}

function messageFailure({ failedAt, cause, code, ...row }: MessageRow): Failure {
  const [what, next] = apart(
    cause ?? (code === null ? 'The message did not reach the customer.' : meaningOf(code).meaning),
  );
  return {
    kind: 'message',
    ...row,
    failedAt: failedAt.toISOString(),
    code: code === null ? null : String(code),
    cause: what,
    advice: [next, adviceOnMessage(code)].filter(Boolean).join(' '),
    retryRequested: false,
  };
}

/** What happened, and what follows it: often what to do. */
function apart(sentences: string): [what: string, next: string | undefined] {
  const end = sentences.search(/[.!?] (?=\p{Lu})/u);
  return end === -1 ? [sentences, undefined] : [sentences.slice(0, end + 1), sentences.slice(end + 2)];
}
