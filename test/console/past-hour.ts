import { uuidv7 } from '../../src/ids.ts';
import { type Database, sql } from '../../src/store/database.ts';

const MINUTE = 60_000;

/** What an hour of traffic leaves in the store, for plots to show: more in the middle of it, now and then a failure. */
export async function pastHour(db: Database): Promise<void> {
  const now = Date.now();
  const turns: object[] = [];
  const messages: object[] = [];
  const timings: object[] = [];
  for (let minute = 59; minute > 0; minute -= 1) {
    const at = now - minute * MINUTE;
    const count = Math.round(14 + 9 * Math.sin(minute / 9) + 4 * Math.sin(minute / 2.3));
    for (let n = 0; n < count; n += 1) {
      const failed = (minute * 7 + n * 3) % 61 === 0;
      const time = new Date(at + n * 1_000).toISOString();
      const threadKey = `${n % 4 === 0 ? 'whatsapp' : 'sms'}:+15550001000:+1555${minute}${n}`;
      turns.push({ id: uuidv7(at + n * 1_000), threadKey, state: failed ? 'failed' : 'answered', time, minute, n });
      messages.push({ id: uuidv7(at + n * 1_000 + 500), threadKey, time });
    }
    const slow = Math.abs(Math.sin(minute / 11));
    const start = new Date(Math.floor(at / MINUTE) * MINUTE).toISOString();
    timings.push({ start, measure: 'accept', counts: histogram({ 1: count, 2: Math.round(3 * slow) }) });
    timings.push({ start, measure: 'turn', counts: histogram({ 8: count, 9: Math.round(9 * slow), 10: 1 }) });
    timings.push({ start, measure: 'send', counts: histogram({ 6: count, 7: Math.round(6 * slow) }) });
  }
  await db.query(sql`
    insert into gateway.turn (id, thread_key, state, event_ids, attempts, opened_at, finished_at, dismissed_at)
    select id, "threadKey", state, array[-(minute * 1000 + n)], 1, time, time, time
    from json_to_recordset(${JSON.stringify(turns)}::json) as turn (
      id uuid, "threadKey" text, state text, minute int, n int, time timestamptz)`);
  await db.query(sql`
    insert into gateway.outbound_message (id, thread_key, purpose, body, status, created_at, updated_at)
    select id, "threadKey", 'answer', 'An answer', 'delivered', time, time
    from json_to_recordset(${JSON.stringify(messages)}::json) as message (id uuid, "threadKey" text, time timestamptz)`);
  await db.query(sql`
    insert into gateway.timing (minute, measure, counts)
    select start, measure, counts from json_to_recordset(${JSON.stringify(timings)}::json) as timing (
      start timestamptz, measure text, counts bigint[])`);
}

/** Sixteen buckets, with so many in some of them. */
function histogram(filled: Record<number, number>): number[] {
  return Array.from({ length: 16 }, (_, bucket) => filled[bucket] ?? 0);
}
