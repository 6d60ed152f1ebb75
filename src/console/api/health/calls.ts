import { uuidv7 } from '../../../ids.ts';
import { type Database, sql } from '../../../store/database.ts';
import type { Calls, Health } from '../../contract.ts';
import type { Stretch } from './health.ts';

/** Without a step: in all of the stretch. */
type Counted = {
  name: string;
  step: number | null;
  calls: number;
  failed: number;
  p50: number | null;
  p95: number | null;
};

/** Of our own assistants: each provider whose models were asked for an answer, and how that went. */
export async function readCalls(db: Database, { start, stepSeconds, steps }: Stretch): Promise<Health['providers']> {
  const rows = await db.query<Counted>(sql`
    select name, step, count(*)::int as calls, count(*) filter (where not answered)::int as failed,
      percentile_cont(0.5) within group (order by ms) filter (where answered) as p50,
      percentile_cont(0.95) within group (order by ms) filter (where answered) as p95
    from (
      select split_part(attempt ->> 'model', '/', 1) as name, (attempt ->> 'ms')::float8 as ms,
        attempt ->> 'error' is null as answered,
        floor(extract(epoch from message.created_at - ${start}) / ${stepSeconds})::int as step
      from assistants.message, jsonb_array_elements(
        case when jsonb_typeof(meta -> 'run' -> 'attempts') = 'array' then meta -> 'run' -> 'attempts' else '[]' end
      ) as attempt
      where message.id >= ${`aia_msg_${uuidv7(start.getTime())}`} and role = 'assistant') asked
    group by grouping sets ((name), (name, step)) order by name`);
  const found = new Map(rows.map((row) => [`${row.name} ${row.step}`, row]));
  return rows
    .filter(({ step }) => step === null)
    .map((whole) => ({
      name: whole.name,
      whole: callsOf(whole),
      steps: Array.from({ length: steps }, (_, step) => callsOf(found.get(`${whole.name} ${step}`))),
    }));
}

function callsOf(row: Counted | undefined): Calls {
  if (!row) return { calls: 0, failed: 0, failureRate: null, latency: null };
  const { calls, failed, p50, p95 } = row;
  return { calls, failed, failureRate: failed / calls, latency: p50 === null || p95 === null ? null : { p50, p95 } };
}
