import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { settingNames } from '../../src/config/env.ts';
import { createMetrics, measureStore } from '../../src/observability/metrics.ts';

const folder = 'config/observability';
const dashboard = readFileSync(`${folder}/grafana-dashboard.json`, 'utf8');
const alerts = readFileSync(`${folder}/alerts.yml`, 'utf8');
const runbook = readFileSync('config/runbook.md', 'utf8');

/** The program's own text, in which every name and value has to be found. */
const source = filesIn('src')
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n');

function filesIn(directory: string): string[] {
  return readdirSync(directory).flatMap((name) => {
    const path = join(directory, name);
    return statSync(path).isDirectory() ? filesIn(path) : [path];
  });
}

/** Every expression of PromQL: those of the dashboard and those of the alerts. */
const queries = [
  ...(JSON.parse(dashboard) as { panels: { targets?: { expr: string }[] }[] }).panels
    .flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
    .filter((expr) => !expr.startsWith('{job=')),
  ...[...alerts.matchAll(/^ {8}expr: (.*)$/gm)].map(([, expr]) => expr as string),
];

const { registry } = createMetrics();
measureStore(registry, undefined as never, () => new Date());
const metrics = new Map(
  registry.getMetricsAsArray().map((metric) => {
    const { name, labelNames } = metric as unknown as { name: string; labelNames: string[] };
    return [name, labelNames];
  }),
);

/** `tandem_turn_seconds_bucket` is part of the histogram `tandem_turn_seconds`. */
const metricOf = (name: string) => (metrics.has(name) ? name : name.replace(/_(?:bucket|sum|count)$/, ''));

const settings = new Set(settingNames);

const events = new Set([...source.matchAll(/['`]([a-z_]+\.[a-z_]+)['`]/g)].map(([, name]) => name as string));
// Written as `message.${status}` and `conversation.${kind}`.
for (const name of ['message.delivered', 'message.read', 'message.undelivered']) events.add(name);

describe('What an operator uses is in step with the program', () => {
  it('has queries to look at', () => {
    expect(queries.length).toBeGreaterThan(40);
    expect(metrics.size).toBeGreaterThan(15);
  });

  it.each(queries)('asks for metrics that exist, with labels and values that exist: %s', (query) => {
    const known = ['job', 'instance', 'le'];
    for (const [name] of query.matchAll(/\btandem_\w+/g)) expect([...metrics.keys()]).toContain(metricOf(name));
    for (const [, name = '', selector = ''] of query.matchAll(/\b(tandem_\w+)\{([^}]*)\}/g)) {
      for (const [, label = '', values = ''] of selector.matchAll(/(\w+)[!=~]+"([^"]*)"/g)) {
        expect([...known, ...(metrics.get(metricOf(name)) ?? [])]).toContain(label);
        for (const value of values.split('|')) expect(source).toMatch(new RegExp(`['"\`]${value}['"\`]`));
      }
    }
    const grouped = [...query.matchAll(/ by \(([^)]*)\)/g)].flatMap(([, labels = '']) => labels.split(', '));
    const labels = new Set([...query.matchAll(/\btandem_\w+/g)].flatMap(([name]) => metrics.get(metricOf(name)) ?? []));
    for (const label of grouped) expect([...known, ...labels]).toContain(label);
  });

  it('every metric of the program is on the dashboard', () => {
    const shown = new Set([...dashboard.matchAll(/tandem_\w+/g)].map(([name]) => metricOf(name)));
    expect([...metrics.keys()].filter((name) => !shown.has(name))).toEqual([]);
  });

  it('every alert has its entry in the runbook, and no entry is left over', () => {
    const names = [...alerts.matchAll(/- alert: (\w+)/g)].map(([, name]) => name as string);
    const links = [...alerts.matchAll(/runbook: config\/runbook\.md#(\w+)/g)].map(([, name]) => name);
    expect(links).toEqual(names.map((name) => name.toLowerCase()));
    const entries = [...runbook.matchAll(/^## (\w+)$/gm)].map(([, name]) => name as string);
    expect(entries).toEqual(names);
    for (const entry of runbook.split(/^## /m).slice(1)) {
      for (const part of ['**Means:**', '**Customers:**', '**Do:**\n\n1. ']) expect(entry).toContain(part);
    }
  });

  it('every event that the runbook and the dashboard name is one that is logged', () => {
    const named = [
      ...[...runbook.matchAll(/`([a-z_]+\.[a-z_]+)`/g)].map(([, name]) => name as string),
      ...(/event=~\\"([^"\\]+)/.exec(dashboard)?.[1] ?? '').split('|'),
    ].filter((name) => !/\.(?:yml|md|json|token)$/.test(name));
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((name) => !events.has(name))).toEqual([]);
  });

  it('every setting that the runbook and the recipes name is one that is read', () => {
    const recipes = ['compose.yaml', 'single-container.yaml', 'kubernetes.yaml', 'tandem.env.example'];
    const texts = recipes.map((file) => readFileSync(`config/${file}`, 'utf8'));
    const named = [
      ...[...runbook.matchAll(/`([A-Z]+(?:_[A-Z]+)+)`/g)].map(([, name]) => name as string),
      ...texts.flatMap((text) =>
        [...text.matchAll(/^\s*#?\s*([A-Z]+(?:_[A-Z]+)+)[:=]/gm)].map(([, name]) => name as string),
      ),
    ].filter((name) => !name.startsWith('POSTGRES_'));
    expect(named.length).toBeGreaterThan(40);
    expect([...new Set(named)].filter((name) => !settings.has(name))).toEqual([]);
    // And the other way round: nothing can be set that is not told of.
    const told = new Set([...(texts.at(-1) as string).matchAll(/^#?([A-Z_]+)=/gm)].map(([, name]) => name));
    expect([...settings].filter((name) => !told.has(name) && name !== 'NODE_ENV')).toEqual([]);
  });

  it('the files that the recipes mount are there', () => {
    const compose = readFileSync(`${folder}/compose.yaml`, 'utf8');
    const files = [...compose.matchAll(/- \.\/(observability\/[\w.-]+):/g)].map(([, file]) => file as string);
    expect(files.length).toBeGreaterThan(6);
    for (const file of files) expect(statSync(`config/${file}`).isFile()).toBe(true);
  });
});
