import { uuidv7 } from '../../../ids.ts';
import { type Database, sql } from '../../../store/database.ts';
import type { Health, Latency, Traffic, TrafficCourse } from '../../contract.ts';
import type { Stretch } from './health.ts';
import { type Measure, measures, quantile } from './timings.ts';

type Place = { step: number; channel: string };
type Turns = Place & { received: number; answered: number; failed: number };
type Messages = Place & { sent: number; sendFailed: number };
type Backlog = Place & { waiting: number; oldestWaitingSeconds: number };
type Timings = Place & { measure: Measure; counts: number[] };

type Stored = { turns: Turns[]; messages: Messages[]; backlog: Backlog[]; timings: Timings[] };

/**
 * What came and went, in all and by channel. Ids of version 7 hold their time: a primary key leads to what is new without
 * an index on the time.
 */
export async function readTraffic(db: Database, stretch: Stretch): Promise<Pick<Health, 'all' | 'channels'>> {
  const [turns, messages, backlog, timings] = await Promise.all([
    countTurns(db, stretch),
    countMessages(db, stretch),
    countWaiting(db, stretch),
    readTimings(db, stretch),
  ]);
  const stored = { turns, messages, backlog, timings };
  const names = new Set([...turns, ...messages, ...backlog, ...timings].map(({ channel }) => channel));
  names.delete('');
  const channels = [...names].sort().map((name) => {
    const isHere = ({ channel }: Place) => channel === name;
    return { name, ...courseOf(only(stored, isHere), stretch.steps) };
  });
  return { all: courseOf(stored, stretch.steps), channels };
}

function countTurns(db: Database, { start, stepSeconds }: Stretch): Promise<Turns[]> {
  return db.query<Turns>(sql`
    select floor(extract(epoch from opened_at - ${start}) / ${stepSeconds})::int as step,
      split_part(thread_key, ':', 1) as channel, sum(cardinality(event_ids))::int as received,
      count(*) filter (where state = 'answered')::int as answered, count(*) filter (where state = 'failed')::int as failed
    from gateway.turn where id >= ${uuidv7(start.getTime())} group by 1, 2`);
}

function countMessages(db: Database, { start, stepSeconds }: Stretch): Promise<Messages[]> {
  return db.query<Messages>(sql`
    select floor(extract(epoch from created_at - ${start}) / ${stepSeconds})::int as step,
      split_part(thread_key, ':', 1) as channel,
      count(*) filter (where status in ('sent', 'delivered', 'read'))::int as sent,
      count(*) filter (where status in ('failed', 'undelivered'))::int as "sendFailed"
    from gateway.outbound_message where id >= ${uuidv7(start.getTime())} group by 1, 2`);
}

/**
 * How many messages waited at the end of each step, and the oldest of them: also while no process was there to notice.
 */
function countWaiting(db: Database, { start, stepSeconds, steps, at }: Stretch): Promise<Backlog[]> {
  return db.query<Backlog>(sql`
    select step, split_part(thread_key, ':', 1) as channel, count(*)::int as waiting,
      max(extract(epoch from least(${at}, ${start}::timestamptz + (step + 1) * ${stepSeconds} * interval '1 second')
        - received_at))::float8 as "oldestWaitingSeconds"
    from (
      select event.thread_key, received_at, handled_at from gateway.turn
        join gateway.inbound_event event on event.id = any (turn.event_ids)
        where turn.id >= ${uuidv7(start.getTime())} and handled_at is not null
      union all
      select thread_key, received_at, null from gateway.inbound_event where handled_at is null
    ) heard,
    generate_series(
      greatest(0, ceil(extract(epoch from received_at - ${start}) / ${stepSeconds})::int - 1),
      least(${steps - 1}::int, ceil(extract(epoch from handled_at - ${start}) / ${stepSeconds})::int - 2)) as step
    group by 1, 2`);
}

function readTimings(db: Database, { start, stepSeconds }: Stretch): Promise<Timings[]> {
  return db.query<Timings>(sql`
    select step, channel, measure, array_agg(count order by n) as counts from (
      select floor(extract(epoch from minute - ${start}) / ${stepSeconds})::int as step, channel, measure, n,
        sum(count)::float8 as count
      from gateway.timing, unnest(counts) with ordinality as each_count (count, n)
      where minute >= ${start}
      group by 1, 2, 3, 4) buckets
    group by 1, 2, 3`);
}

function courseOf(stored: Stored, steps: number): TrafficCourse {
  return {
    whole: trafficOf(stored),
    steps: Array.from({ length: steps }, (_, step) => {
      const here = only(stored, (row) => row.step === step);
      return {
        ...trafficOf(here),
        waiting: total(here.backlog, 'waiting'),
        oldestWaitingSeconds: Math.max(0, ...here.backlog.map((row) => row.oldestWaitingSeconds)),
      };
    }),
  };
}

function trafficOf({ turns, messages, timings }: Stored): Traffic {
  const [answered, failed] = [total(turns, 'answered'), total(turns, 'failed')];
  const [sent, sendFailed] = [total(messages, 'sent'), total(messages, 'sendFailed')];
  const done = answered + failed + sent + sendFailed;
  const latency = (wanted: Measure) => latencyOf(timings.filter(({ measure }) => measure === wanted));
  return {
    ...{ received: total(turns, 'received'), answered, failed, sent, sendFailed },
    failureRate: done === 0 ? null : (failed + sendFailed) / done,
    latency: Object.fromEntries(measures.map((measure) => [measure, latency(measure)])) as Traffic['latency'],
  };
}

function latencyOf(rows: Timings[]): Latency | null {
  const counts: number[] = [];
  for (const row of rows) for (const [n, count] of row.counts.entries()) counts[n] = (counts[n] ?? 0) + count;
  const [p50, p95] = [quantile(counts, 0.5), quantile(counts, 0.95)];
  return p50 === undefined || p95 === undefined ? null : { p50: tenths(p50), p95: tenths(p95) };
}

/** Buckets are no more exact than that. */
const tenths = (ms: number) => Math.round(ms * 10) / 10;

function only({ turns, messages, backlog, timings }: Stored, isHere: (row: Place) => boolean): Stored {
  return {
    turns: turns.filter(isHere),
    messages: messages.filter(isHere),
    backlog: backlog.filter(isHere),
    timings: timings.filter(isHere),
  };
}

function total<Name extends string>(rows: Record<Name, number>[], name: Name): number {
  return rows.reduce((sum, row) => sum + row[name], 0);
}
