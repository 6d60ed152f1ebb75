import { expect } from 'vitest';
import type { Report } from './campaign.ts';

/** Fails with everything that is wrong, and says where the logs are. */
export function expectClean(report: Report): void {
  const { lost, doubled, outOfOrder, overHumans, logs } = report;
  expect({ lost, doubled, outOfOrder, overHumans }, `the processes' logs are in ${logs}`).toEqual({
    lost: [],
    doubled: [],
    outOfOrder: [],
    overHumans: [],
  });
}

export function table(reports: Report[]): string {
  const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
  const head = [
    'campaign',
    'messages',
    'strikes',
    'webhooks failed',
    'lost',
    'doubled',
    'out of order',
    'over humans',
    'slowest answer',
    'duration',
  ];
  const rows = reports.map((report) => [
    report.name,
    report.messages,
    report.strikes,
    report.failedWebhooks,
    report.lost.length,
    report.doubled.length,
    report.outOfOrder.length,
    report.overHumans.length,
    seconds(report.slowest),
    seconds(report.duration),
  ]);
  const lines = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, column) => Math.max(...lines.map((line) => (line[column] as string).length)));
  return lines
    .map((line) =>
      line
        .map((cell, n) => (n === 0 ? cell.padEnd(widths[n] as number) : cell.padStart(widths[n] as number)))
        .join('  '),
    )
    .join('\n');
}
