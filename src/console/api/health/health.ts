import { type Database, sql } from '../../../store/database.ts';
import type { Health, HealthRange } from '../../contract.ts';
import { readCalls } from './calls.ts';
import { readTraffic } from './traffic.ts';

/** Steps of equal length, of which the last is under way. */
export type Stretch = { start: Date; stepSeconds: number; steps: number; at: Date };

const ranges: Record<HealthRange, { steps: number; stepSeconds: number }> = {
  hour: { steps: 60, stepSeconds: 60 },
  day: { steps: 96, stepSeconds: 900 },
};

/** How the system is and was, over all its processes. */
export async function readHealth(db: Database, range: HealthRange, at: Date): Promise<Omit<Health, 'checks'>> {
  const { steps, stepSeconds } = ranges[range];
  const stepMs = stepSeconds * 1_000;
  const start = new Date((Math.floor(at.getTime() / stepMs) - steps + 1) * stepMs);
  const stretch = { start, stepSeconds, steps, at };
  const [traffic, providers, now] = await Promise.all([
    readTraffic(db, stretch),
    readCalls(db, stretch),
    readNow(db, at),
  ]);
  const times = Array.from({ length: steps }, (_, step) => new Date(start.getTime() + step * stepMs).toISOString());
  return { at: at.toISOString(), stepSeconds, times, now, ...traffic, providers };
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
