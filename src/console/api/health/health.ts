import { uuidv7 } from '../../../ids.ts';
import { type Database, sql } from '../../../store/database.ts';
import type { Health, HealthRange } from '../../contract.ts';
import { type Measure, measures, quantile } from './timings.ts';

const ranges: Record<HealthRange, { steps: number; stepSeconds: number }> = {
  hour: { steps: 60, stepSeconds: 60 },
  day: { steps: 96, stepSeconds: 900 },
};

type Counted = { step: number; channel: string; received: number; answered: number; failed: number };
type Asked = { step: number | null; name: string; attempts: number; failed: number; p50: number | null };
type Waiting = { step: number; waiting: number; oldestWaitingSeconds: number };
type Sent = { step: number; channel: string; sent: number; sendFailed: number };

/**
 * How the system is and was, over all its processes. Ids of version 7 hold their time: a primary key leads to what is
 * new without an index on the time.
 */
export async function readHealth(db: Database, range: HealthRange, at: Date): Promise<Omit<Health, 'checks'>> {
  const { steps, stepSeconds } = ranges[range];
  const stepMs = stepSeconds * 1_000;
  const start = new Date((Math.floor(at.getTime() / stepMs) - steps + 1) * stepMs);
  const [turns, messages, timings, calls, waits, now] = await Promise.all([
    countTurns(db, start, stepSeconds),
    countMessages(db, start, stepSeconds),
    readTimings(db, start, stepSeconds),
    countCalls(db, start, stepSeconds),
    countWaiting(db, start, stepSeconds, steps, at),
    readNow(db, at),
  ]);
  const series = Array.from({ length: steps }, (_, step) => {
    const counted = sum(turns.filter((row) => row.step === step));
    const sent = sum(messages.filter((row) => row.step === step));
    return {
      at: new Date(start.getTime() + step * stepMs).toISOString(),
      received: counted.received ?? 0,
      answered: counted.answered ?? 0,
      failed: counted.failed ?? 0,
      sent: sent.sent ?? 0,
      sendFailed: sent.sendFailed ?? 0,
      latency: Object.fromEntries(
        measures.map((measure) => [measure, percentiles(timings.get(`${measure} ${step}`))]),
      ) as Record<Measure, { p50: number; p95: number } | null>,
      waiting: waits.get(step)?.waiting ?? 0,
      oldestWaitingSeconds: waits.get(step)?.oldestWaitingSeconds ?? 0,
    };
  });
  const rates = (of: (step: number) => { failed: number; all: number }) =>
    series.map((_, step) => {
      const { failed, all } = of(step);
      return all === 0 ? null : failed / all;
    });
  const names = [...new Set([...turns, ...messages].map((row) => row.channel))].sort();
  const channels = names.map((name) => {
    const counted = sum(turns.filter((row) => row.channel === name));
    const sent = sum(messages.filter((row) => row.channel === name));
    const [answered = 0, failed = 0] = [counted.answered, counted.failed];
    const failureRates = rates((step) => {
      const isHere = (row: Counted | Sent) => row.step === step && row.channel === name;
      const here = sum([...turns.filter(isHere), ...messages.filter(isHere)]);
      const broken = (here.failed ?? 0) + (here.sendFailed ?? 0);
      return { failed: broken, all: broken + (here.answered ?? 0) + (here.sent ?? 0) };
    });
    return {
      ...{ name, turns: answered + failed, failed, failureRates },
      ...{ sent: sent.sent ?? 0, sendFailed: sent.sendFailed ?? 0 },
    };
  });
  const providers = calls
    .filter((row) => row.step === null)
    .map(({ name, attempts, failed, p50 }) => {
      const failureRates = rates((step) => {
        const here = calls.find((row) => row.name === name && row.step === step);
        return { failed: here?.failed ?? 0, all: here?.attempts ?? 0 };
      });
      return { name, attempts, failed, p50, failureRates };
    });
  return { at: at.toISOString(), stepSeconds, now, series, channels, providers };
}

function countTurns(db: Database, start: Date, stepSeconds: number): Promise<Counted[]> {
  return db.query<Counted>(sql`
    select floor(extract(epoch from opened_at - ${start}) / ${stepSeconds})::int as step,
      split_part(thread_key, ':', 1) as channel, sum(cardinality(event_ids))::int as received,
      count(*) filter (where state = 'answered')::int as answered, count(*) filter (where state = 'failed')::int as failed
    from gateway.turn where id >= ${uuidv7(start.getTime())} group by 1, 2`);
}

function countMessages(db: Database, start: Date, stepSeconds: number): Promise<Sent[]> {
  return db.query<Sent>(sql`
    select floor(extract(epoch from created_at - ${start}) / ${stepSeconds})::int as step,
      split_part(thread_key, ':', 1) as channel,
      count(*) filter (where status in ('sent', 'delivered', 'read'))::int as sent,
      count(*) filter (where status in ('failed', 'undelivered'))::int as "sendFailed"
    from gateway.outbound_message where id >= ${uuidv7(start.getTime())} group by 1, 2`);
}

async function readTimings(db: Database, start: Date, stepSeconds: number): Promise<Map<string, number[]>> {
  const rows = await db.query<{ step: number; measure: Measure; counts: number[] }>(sql`
    select step, measure, array_agg(count order by n) as counts from (
      select floor(extract(epoch from minute - ${start}) / ${stepSeconds})::int as step, measure, n,
        sum(count)::float8 as count
      from gateway.timing, unnest(counts) with ordinality as each_count (count, n)
      where minute >= ${start}
      group by 1, 2, 3) buckets
    group by 1, 2`);
  return new Map(rows.map((row) => [`${row.measure} ${row.step}`, row.counts]));
}

/**
 * How many messages waited at the end of each step, and the oldest of them: also while no process was there to notice.
 */
async function countWaiting(
  db: Database,
  start: Date,
  stepSeconds: number,
  steps: number,
  at: Date,
): Promise<Map<number, Waiting>> {
  const rows = await db.query<Waiting>(sql`
    select step, count(*)::int as waiting,
      max(extract(epoch from least(${at}, ${start}::timestamptz + (step + 1) * ${stepSeconds} * interval '1 second')
        - received_at))::float8 as "oldestWaitingSeconds"
    from (
      select received_at, handled_at from gateway.turn
        join gateway.inbound_event event on event.id = any (turn.event_ids)
        where turn.id >= ${uuidv7(start.getTime())} and handled_at is not null
      union all
      select received_at, null from gateway.inbound_event where handled_at is null
    ) heard,
    generate_series(
      greatest(0, ceil(extract(epoch from received_at - ${start}) / ${stepSeconds})::int - 1),
      least(${steps - 1}::int, ceil(extract(epoch from handled_at - ${start}) / ${stepSeconds})::int - 2)) as step
    group by step`);
  return new Map(rows.map((row) => [row.step, row]));
}

/** Of our own assistants: each model that was asked for an answer, and how that went; without a step: in all. */
function countCalls(db: Database, start: Date, stepSeconds: number): Promise<Asked[]> {
  return db.query<Asked>(sql`
    select split_part(attempt ->> 'model', '/', 1) as name,
      floor(extract(epoch from message.created_at - ${start}) / ${stepSeconds})::int as step, count(*)::int as attempts,
      count(*) filter (where attempt ->> 'error' is not null)::int as failed,
      percentile_cont(0.5) within group (order by (attempt ->> 'ms')::float8)
        filter (where attempt ->> 'error' is null) as p50
    from assistants.message, jsonb_array_elements(
      case when jsonb_typeof(meta -> 'run' -> 'attempts') = 'array' then meta -> 'run' -> 'attempts' else '[]' end
    ) as attempt
    where message.id >= ${`aia_msg_${uuidv7(start.getTime())}`} and role = 'assistant'
    group by grouping sets ((1), (1, 2)) order by 1`);
}

async function readNow(db: Database, at: Date): Promise<Health['now']> {
  const [row] = await db.query<Health['now']>(sql`
    select count(*) filter (where lease_until is null or lease_until <= ${at})::int as due,
      count(*) filter (where lease_until > ${at})::int as working,
      coalesce(extract(epoch from ${at}::timestamptz - min(due_at) filter (where lease_until is null or lease_until <= ${at})),
        0)::float8 as "oldestDueSeconds",
      (select count(*) from gateway.thread where handling <> 'assistant')::int as "withHumans",
      (select count(*) from gateway.turn where state = 'failed' and dismissed_at is null)::int
        + (select count(*) from gateway.outbound_message
          where status in ('failed', 'undelivered') and dismissed_at is null)::int as failures
    from gateway.thread where due_at is not null and (due_at <= ${at} or lease_until > ${at})`);
  return row ?? { due: 0, working: 0, oldestDueSeconds: 0, withHumans: 0, failures: 0 };
}

function percentiles(counts: number[] | undefined): { p50: number; p95: number } | null {
  const [p50, p95] = [quantile(counts ?? [], 0.5), quantile(counts ?? [], 0.95)];
  return p50 === undefined || p95 === undefined ? null : { p50, p95 };
}

/** The sums of all numbers in the rows, by their names. */
function sum(rows: object[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [name, value] of rows.flatMap((row) => Object.entries(row))) {
    if (typeof value === 'number') sums[name] = (sums[name] ?? 0) + value;
  }
  return sums;
}
