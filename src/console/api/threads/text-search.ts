import { type Database, sql } from '../../../store/database.ts';
import type { ThreadPage } from '../../contract.ts';
import { contains, type Row, rowColumns, threadRow, withPreview } from './thread-list.ts';

/** Turns that one request looks through. An index on every word would be paid for with every message that arrives. */
const STRETCH = 20_000;
const MOST_HITS = 100;

type Hit = { threadKey: string; from: 'customer' | 'us'; text: string; at: Date };

/**
 * Threads in which the text was said, going back in time from a turn (or from now) as far as one request may look. `next` is
 * where to look further; it is there also when nothing was found on the way.
 */
export async function searchThreads(db: Database, text: string, before: string | undefined): Promise<ThreadPage> {
  const from = before ?? 'ffffffff-ffff-ffff-ffff-ffffffffffff';
  const pattern = contains(text);
  const [edge] = await db.query<{ id: string }>(sql`
    select id from gateway.turn where id < ${from} order by id desc offset ${STRETCH - 1} limit 1`);
  const until = edge?.id ?? '00000000-0000-0000-0000-000000000000';
  const hits = await db.query<Hit>(sql`
    select distinct on ("threadKey") * from (
      (select event.thread_key as "threadKey", 'customer' as "from", event ->> 'body' as text, occurred_at as at
      from gateway.turn, gateway.inbound_event event
      where turn.id < ${from} and turn.id >= ${until} and event.id = any(turn.event_ids) and event.kind <> 'reply'
        and event ->> 'body' ilike ${pattern}
      limit ${MOST_HITS * 10})
      union all
      (select thread_key, 'us', body, created_at from gateway.outbound_message
      where id < ${from} and id >= ${until} and body ilike ${pattern}
      limit ${MOST_HITS * 10})
    ) hit order by "threadKey", at desc`);
  const newest = hits.toSorted((a, b) => b.at.getTime() - a.at.getTime()).slice(0, MOST_HITS);
  const rows = await db.query<Row>(sql`
    select ${rowColumns} from gateway.thread ${withPreview}
    where thread.key = any(${newest.map((hit) => hit.threadKey)}::text[])`);
  const byKey = new Map(rows.map((row) => [row.key, row]));
  const threads = newest.flatMap((hit) => {
    const row = byKey.get(hit.threadKey);
    const preview = { from: hit.from, text: around(hit.text, text), at: hit.at.toISOString() };
    return row ? [{ ...threadRow(row), preview }] : [];
  });
  return { threads, next: edge ? { before: edge.id } : null };
}

/** The words that were found, with some before and after them. */
function around(text: string, wanted: string): string {
  const place = text.toLowerCase().indexOf(wanted.toLowerCase());
  const start = Math.max(0, place - 60);
  return `${start > 0 ? '…' : ''}${text.slice(start, start + 200)}`;
}
