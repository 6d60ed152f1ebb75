import { uuidv7 } from '../../../ids.ts';
import { type Database, sql } from '../../../store/database.ts';
import type { Health, HealthRange } from '../../contract.ts';
import { type Measure, measures, quantile } from './timings.ts';

const ranges: Record<HealthRange, { steps: number; stepSeconds: number }> = {
  hour: { steps: 60, stepSeconds: 60 },
  day: { steps: 96, stepSeconds: 900 },
};

type Counted = { step: number; channel: string; received: number; answered: number; failed: number };
type Sent = { step: number; channel: string; sent: number; sendFailed: number };

/**
 * How the system is and was, over all its processes. Ids of version 7 hold their time: a primary key leads to what is
 * new without an index on the time.
 */
export async function readHealth(db: Database, range: HealthRange, at: Date): Promise<Omit<Health, 'checks'>> {
  const { steps, stepSeconds } = ranges[range];
  const stepMs = stepSeconds * 1_000;
  const start = new Date((Math.floor(at.getTime() / stepMs) - steps + 1) * stepMs);
  const [turns, messages, timings, providers, now] = await Promise.all([
    countTurns(db, start, stepSeconds),
    countMessages(db, start, stepSeconds),
    readTimings(db, start, stepSeconds),
    readProviders(db, start),
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
    };
  });
  const names = [...new Set([...turns, ...messages].map((row) => row.channel))].sort();
  const channels = names.map((name) => {
    const counted = sum(turns.filter((row) => row.channel === name));
    const sent = sum(messages.filter((row) => row.channel === name));
    const [answered = 0, failed = 0] = [counted.answered, counted.failed];
    return { name, turns: answered + failed, failed, sent: sent.sent ?? 0, sendFailed: sent.sendFailed ?? 0 };
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

/** Of our own assistants: each model that was asked for an answer, and how that went. */
function readProviders(db: Database, start: Date): Promise<Health['providers']> {
  return db.query<Health['providers'][number]>(sql`
    select split_part(attempt ->> 'model', '/', 1) as name, count(*)::int as attempts,
      count(*) filter (where attempt ->> 'error' is not null)::int as failed,
      percentile_cont(0.5) within group (order by (attempt ->> 'ms')::float8)
        filter (where attempt ->> 'error' is null) as p50
    from assistants.message, jsonb_array_elements(
      case when jsonb_typeof(meta -> 'run' -> 'attempts') = 'array' then meta -> 'run' -> 'attempts' else '[]' end
    ) as attempt
    where message.id >= ${`aia_msg_${uuidv7(start.getTime())}`} and role = 'assistant'
    group by 1 order by 1`);
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
