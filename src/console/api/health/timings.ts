import type { Histogram } from 'prom-client';
import { SECONDS } from '../../../observability/metrics.ts';
import { type Database, sql } from '../../../store/database.ts';

export const measures = ['accept', 'turn', 'send'] as const;
export type Measure = (typeof measures)[number];

const WRITE_EVERY = 5_000;
/** More than the longest stretch that is shown. */
const KEPT = 2 * 24 * 3_600_000;

/**
 * Adds what this process measured to the store, every few seconds and when it stops, so that latencies can be shown for all
 * processes, those that are gone among them. A kill loses the last seconds of a plot, and nothing else.
 */
export function keepTimings(parts: {
  db: Database;
  histograms: Record<Measure, Histogram<'channel'>>;
  now: () => Date;
  onError: (error: unknown) => void;
}): { close(): Promise<void> } {
  const { db, histograms, now } = parts;
  const written = new Map<string, number[]>();
  let writing = Promise.resolve();

  async function write(): Promise<void> {
    const minute = new Date(Math.floor(now().getTime() / 60_000) * 60_000);
    for (const measure of measures) {
      for (const [channel, counts] of await countsOf(histograms[measure])) {
        const before = written.get(`${measure} ${channel}`) ?? [];
        const news = counts.map((count, n) => count - (before[n] ?? 0));
        if (news.every((count) => count === 0)) continue;
        await db.query(sql`
          insert into gateway.timing (minute, measure, channel, counts)
          values (${minute}, ${measure}, ${channel}, ${news})
          on conflict (minute, measure, channel) do update set counts = (
            select array_agg(coalesce(a, 0) + coalesce(b, 0) order by n)
            from unnest(timing.counts, excluded.counts) with ordinality as both_counts (a, b, n))`);
        written.set(`${measure} ${channel}`, counts);
      }
    }
    await db.query(sql`delete from gateway.timing where minute < ${new Date(now().getTime() - KEPT)}`);
  }
  const writeNext = () => {
    writing = writing.then(write).catch(parts.onError);
    return writing;
  };
  const timer = setInterval(writeNext, WRITE_EVERY);
  timer.unref();
  return {
    async close() {
      clearInterval(timer);
      await writeNext();
    },
  };
}

/** How many fell into each bucket, by channel; the last is for what took longer than the last bound. */
async function countsOf(histogram: Histogram<'channel'>): Promise<Map<string, number[]>> {
  const upTo = new Map<string, Map<string, number>>();
  for (const { labels, value, metricName } of (await histogram.get()).values) {
    const { le, channel } = labels as { le?: string | number; channel?: string };
    if (!metricName?.endsWith('_bucket') || le === undefined || channel === undefined) continue;
    upTo.set(channel, (upTo.get(channel) ?? new Map()).set(String(le), value));
  }
  return new Map(
    [...upTo].map(([channel, values]) => {
      const sums = [...SECONDS.map(String), '+Inf'].map((le) => values.get(le) ?? 0);
      return [channel, sums.map((sum, n) => sum - (sums[n - 1] ?? 0))];
    }),
  );
}

/** The time, in milliseconds, within which that share of the counted was done; undefined of nothing. */
export function quantile(counts: readonly number[], share: number): number | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  let rank = total * share;
  for (const [n, count] of counts.entries()) {
    if (rank <= count && count > 0) {
      const lower = SECONDS[n - 1] ?? 0;
      const upper = SECONDS[n] ?? lower;
      return (lower + (upper - lower) * (rank / count)) * 1_000;
    }
    rank -= count;
  }
  return (SECONDS.at(-1) as number) * 1_000;
}
