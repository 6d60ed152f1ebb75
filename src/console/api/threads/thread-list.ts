import { type Database, type Sql, sql } from '../../../store/database.ts';
import { atRest } from '../../../thread/at-rest.ts';
import type { ThreadPage, ThreadRow } from '../../contract.ts';

export type ThreadFilter = {
  state?: 'assistant' | 'requested' | 'human' | 'working' | 'failed' | undefined;
  channel?: string | undefined;
  assistant?: string | undefined;
  number?: string | undefined;
};

export type Row = Omit<ThreadRow, 'activeAt' | 'preview'> & {
  activeAt: Date;
  previewFrom: 'customer' | 'us' | null;
  previewText: string | null;
  previewAt: Date | null;
};

/** One page of the threads, those that were active last first. It reads as many rows as it shows, unless a filter is rare. */
export async function listThreads(
  db: Database,
  filter: ThreadFilter,
  page: { limit: number; before?: Date | undefined; after?: string | undefined },
): Promise<ThreadPage> {
  const { limit, before, after = '' } = page;
  const rows = await db.query<Row>(sql`
    select ${rowColumns}
    from (
      select * from gateway.thread
      where ${before ? sql`(active_at, key) < (${before}, ${after})` : sql`true`} and ${conditions(filter)}
      order by active_at desc, key desc limit ${limit + 1}
    ) thread ${withPreview}
    order by active_at desc, key desc`);
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    threads: shown.map(threadRow),
    next: rows.length > limit && last ? { before: last.activeAt.toISOString(), key: last.key } : null,
  };
}

/** Changes with every thread that arrives or moves: what a list that is being watched is compared by. */
export async function listVersion(db: Database): Promise<string> {
  const [row] = await db.query<{ version: string }>(sql`
    select concat_ws(' ',
      (select string_agg(concat_ws(',', key, revision, handling, due_at is null), ' ' order by key) from (
        select key, revision, handling, due_at from gateway.thread order by active_at desc, key desc limit 50) newest),
      (select string_agg(concat_ws(',', key, revision, handling), ' ' order by key) from (
        select key, revision, handling from gateway.thread where handling <> 'assistant'
        order by active_at desc limit 50) humans),
      (select max(finished_at) from gateway.turn where state = 'failed' and dismissed_at is null)) as version`);
  return row?.version ?? '';
}

function conditions({ state, channel, assistant, number }: ThreadFilter): Sql {
  const all = [
    state && byState[state],
    channel && sql`channel = ${channel}`,
    assistant && sql`assistant_id = ${assistant}`,
    number && sql`(key ilike ${contains(number)} or identity ilike ${contains(number)})`,
  ].filter((condition) => condition !== undefined && condition !== '');
  return all.reduce<Sql>((whole, condition) => sql`${whole} and ${condition}`, sql`true`);
}

const byState: Record<NonNullable<ThreadFilter['state']>, Sql> = {
  assistant: sql`handling = 'assistant'`,
  requested: sql`handling <> 'assistant' and handling = 'requested'`,
  human: sql`handling <> 'assistant' and handling = 'human'`,
  working: sql`due_at is not null`,
  failed: sql`key in (
    select thread_key from gateway.turn where state = 'failed' and dismissed_at is null
    union all
    select thread_key from gateway.outbound_message
    where status in ('failed', 'undelivered') and dismissed_at is null)`,
};

export const rowColumns = sql`thread.key, channel, ours, theirs, identity, handling, assistant_id as "assistantId",
  session_id as "sessionId", ${atRest} as settled, active_at as "activeAt", turn.state as "turnState",
  case when said.at > heard.at or heard.at is null or heard.author <> theirs then 'us' else 'customer' end
    as "previewFrom",
  case when said.at > heard.at or heard.at is null then said.body else heard.body end as "previewText",
  greatest(said.at, heard.at) as "previewAt"`;

/** The newest words of each thread on the page: those not handled yet, else those of the newest turn. */
export const withPreview = sql`
  left join lateral (
    select body, created_at as at from gateway.outbound_message
    where thread_key = thread.key order by seq desc limit 1
  ) said on true
  left join lateral (
    select state, event_ids from gateway.turn where thread_key = thread.key order by opened_at desc, id desc limit 1
  ) turn on true
  left join lateral (
    (select event ->> 'body' as body, event ->> 'author' as author, occurred_at as at from gateway.inbound_event
    where thread_key = thread.key and handled_at is null and kind <> 'reply' order by occurred_at desc, id desc limit 1)
    union all
    (select event ->> 'body', event ->> 'author', occurred_at from gateway.inbound_event
    where id = any(turn.event_ids) and kind <> 'reply' order by occurred_at desc, id desc limit 1)
    limit 1
  ) heard on true`;

export function threadRow({ previewFrom, previewText, previewAt, activeAt, ...row }: Row): ThreadRow {
  const text = previewText?.slice(0, 200);
  return {
    ...row,
    activeAt: activeAt.toISOString(),
    preview:
      text !== undefined && previewFrom && previewAt ? { from: previewFrom, text, at: previewAt.toISOString() } : null,
  };
}

/** A pattern that finds the words as they are written. */
export function contains(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`;
}
