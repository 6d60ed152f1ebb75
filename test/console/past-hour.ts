import { uuidv7 } from '../../src/ids.ts';
import { type Database, sql } from '../../src/store/database.ts';

const MINUTE = 60_000;

/** What an hour of traffic leaves in the store, for plots to show: more in the middle of it, now and then a failure. */
export async function pastHour(db: Database): Promise<void> {
  const now = Date.now();
  const turns: object[] = [];
  const messages: object[] = [];
  const timings: object[] = [];
  const runs: object[] = [];
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
    for (const [channel, share, slower] of [
      ['sms', 3 / 4, 0],
      ['whatsapp', 1 / 4, 1],
    ] as const) {
      const some = Math.ceil(count * share);
      const timed = (measure: string, bucket: number, late: number) => {
        const filled = { [bucket + slower]: some, [bucket + slower + 1]: Math.round(late * share * slow) };
        timings.push({ start, measure, channel, counts: histogram(filled) });
      };
      timed('accept', 1, 3);
      timed('turn', 8, 9);
      timed('send', 6, 6);
    }
    for (let n = 0; n < count; n += 1) {
      const isAway = minute > 20 && minute < 25;
      const attempts = [
        {
          model: 'anthropic/claude-sonnet-4-5',
          ms: 900 + 400 * slow + 90 * (n % 7),
          ...(isAway && { error: 'Overloaded' }),
        },
        ...(isAway || n % 9 === 0 ? [{ model: 'openai/gpt-4.1', ms: 1_400 + 10 * n }] : []),
      ];
      const time = new Date(at + n * 1_000).toISOString();
      runs.push({ id: `aia_msg_${uuidv7(at + n * 1_000)}`, time, meta: { run: { attempts } } });
    }
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
    insert into gateway.timing (minute, measure, channel, counts)
    select start, measure, channel, counts from json_to_recordset(${JSON.stringify(timings)}::json) as timing (
      start timestamptz, measure text, channel text, counts bigint[])`);
  await db.query(sql`
    with session as (
      insert into assistants.session (account_sid, id, assistant_id, identity, created_at, updated_at)
      values ('AC1', 'the past hour', 'an assistant', 'somebody', now(), now())
    )
    insert into assistants.message (id, account_sid, session_id, assistant_id, identity, role, content, meta, created_at)
    select id, 'AC1', 'the past hour', 'an assistant', 'somebody', 'assistant', '{}', meta, time
    from json_to_recordset(${JSON.stringify(runs)}::json) as run (id text, time timestamptz, meta jsonb)`);
}

/** Sixteen buckets, with so many in some of them. */
function histogram(filled: Record<number, number>): number[] {
  return Array.from({ length: 16 }, (_, bucket) => filled[bucket] ?? 0);
}
