// `npm run bench`: Tandem beside two yardsticks, all in one run on one machine, so that the ratios mean something.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase, sql } from '../../src/store/database.ts';
import { startEmbeddedPostgres } from '../../src/store/embedded-postgres.ts';
import { flood, type Outcome, quantiles, steady } from './load.ts';
import { build, cpuSeconds, peakMemory, type Running, startGateway, startHelper } from './processes.ts';
import { makeRequests } from './requests.ts';
import { measureRuntime, runtimeKinds } from './runtime.ts';

const ROUNDS = 3;
const FLOOD = 6_000;
const dataDir = mkdtempSync(join(tmpdir(), 'tandem-bench-'));
const say = (text: string) => process.stdout.write(`${text}\n`);

build();
const postgres = await startEmbeddedPostgres(dataDir);
const redis = await startRedis();
const stubs = await startHelper('./stubs.ts');
const stubsUrl = `http://127.0.0.1:${stubs.port}`;
const postmaster = Number(readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
let databases = 0;

const parts: Record<string, () => Promise<void>> = {
  accept: benchAccept,
  latency: benchLatency,
  flood: benchFlood,
  steady: () => benchSteady({ rate: 50, seconds: 12, delay: 0 }),
  slow: () => benchSteady({ rate: 100, seconds: 12, delay: 1_000 }),
  runtime: benchRuntime,
};
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !Object.hasOwn(parts, name));
if (unknown.length > 0) {
  say(
    `There is no part named ${unknown.join(', ')}. Parts: ${Object.keys(parts).join(', ')} (all of them when none is named).`,
  );
  process.exit(2);
}

try {
  say(
    `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}. Every row of a table comes from the same run; only ratios travel.`,
  );
  for (const [name, part] of Object.entries(parts)) if (wanted.length === 0 || wanted.includes(name)) await part();
} finally {
  await stubs.stop();
  await redis?.stop();
  await postgres.stop();
  rmSync(dataDir, { recursive: true, force: true });
}

type Contender = { name: string; start: (roles: string) => Promise<Running>; isTandem: boolean };

function contenders(...yardsticks: Contender[]): Contender[] {
  const modes = redis ? [undefined, redis.url] : [undefined];
  return [
    ...yardsticks,
    ...modes.map((redisUrl) => ({
      name: `Tandem, wake-ups on ${redisUrl ? 'Redis' : 'PostgreSQL'}`,
      isTandem: true,
      start: async (roles: string) =>
        startGateway({ databaseUrl: await freshDatabase(), redisUrl, stubs: stubsUrl, roles }),
    })),
  ];
}

function floorContender(): Contender {
  return { name: 'floor: node:http + signature', isTandem: false, start: () => startHelper('./floor.ts') };
}

function expressContender(): Contender {
  return {
    name: 'Express, no queue, no store',
    isTandem: false,
    start: () => startHelper('./express-pipeline.ts', [stubsUrl]),
  };
}

async function benchAccept(): Promise<void> {
  say('\nAccept: webhooks per second, 64 connections; Tandem commits before it answers');
  const rows = await interleaved(contenders(floorContender()), 'web', async (running) => {
    await flood(running.port, makeRequests(4_000, { port: running.port, senders: 20_000, tag: 'warm' }), 64);
    return flood(running.port, makeRequests(60_000, { port: running.port, senders: 20_000, tag: 'load' }), 64, 4);
  });
  const floor = median(rows[0]?.results.map((result) => result.perSecond) ?? []);
  for (const { name, results } of rows) {
    const rate = median(results.map((result) => result.perSecond));
    say(
      row(
        name,
        `${rate.toFixed(0)}/s`,
        ...latencies(results),
        `${(rate / floor).toFixed(2)} × floor`,
        failures(results),
      ),
    );
  }
  say('  target: ≥ 0.50 × floor');
}

async function benchLatency(): Promise<void> {
  for (const rate of [200, 500]) {
    say(`\nAccept at ${rate} requests/s`);
    const rows = await interleaved(contenders(floorContender()), 'web', async (running) => {
      await flood(running.port, makeRequests(3_000, { port: running.port, senders: 20_000, tag: 'warm' }), 64);
      return steady(running.port, makeRequests(rate * 5, { port: running.port, senders: 20_000, tag: 'load' }), rate);
    });
    const floor = median(rows[0]?.results.map((result) => result.p99) ?? []);
    for (const { name, results } of rows) {
      const p99 = median(results.map((result) => result.p99));
      say(row(name, ...latencies(results), `p99 ${(p99 / floor).toFixed(2)} × floor`, failures(results)));
    }
    say('  target: p99 ≤ 3 × floor');
  }
}

async function benchRuntime(): Promise<void> {
  say('\nAgent runtime: its own time per turn, with 20 turns of history, 5 tools, 1,000 chunks of knowledge');
  for (const kind of runtimeKinds) {
    const { p50, p99 } = await measureRuntime(await freshDatabase(), kind);
    say(row(kind, `p50 ${p50.toFixed(1)} ms`, `p99 ${p99.toFixed(1)} ms`));
  }
  say('  target: p50 ≤ 15 ms');
}

async function benchFlood(): Promise<void> {
  say(
    `\nWhole pipeline: ${FLOOD} messages from as many senders, 64 connections, assistant of 0 ms; until the last one is sent`,
  );
  order({ kind: 'delay', ms: 0 });
  const rows = await interleaved(contenders(expressContender()), 'web,worker', async (running, contender) => {
    const warm = collect(500);
    await flood(running.port, makeRequests(500, { port: running.port, senders: 500, tag: 'warm' }), 64);
    await warm;
    const before = usage(running, contender.isTandem);
    const all = collect(FLOOD);
    const outcome = await flood(
      running.port,
      makeRequests(FLOOD, { port: running.port, senders: FLOOD, tag: 'load' }),
      64,
    );
    const sent = await all;
    const last = sent.reduce((latest, [, at]) => (at > latest ? at : latest), 0n);
    return {
      ...outcome,
      perSecond: FLOOD / (Number(last - outcome.startedAt) / 1e9),
      used: spent(before, usage(running, contender.isTandem), FLOOD),
    };
  });
  const yardstick = median(rows[0]?.results.map((result) => result.perSecond) ?? []);
  for (const { name, results } of rows) {
    const rate = median(results.map((result) => result.perSecond));
    say(
      row(
        name,
        `${rate.toFixed(0)} msg/s`,
        `${(rate / yardstick).toFixed(2)} × Express`,
        cost(results),
        failures(results),
      ),
    );
  }
  say('  target: ≥ 0.30 × Express, aim 0.90');
}

async function benchSteady({ rate, seconds, delay }: { rate: number; seconds: number; delay: number }): Promise<void> {
  say(`\nWebhook to send at ${rate} messages/s, assistant of ${delay} ms`);
  order({ kind: 'delay', ms: delay });
  const count = rate * seconds;
  const rows = await interleaved(contenders(expressContender()), 'web,worker', async (running, contender) => {
    const warm = collect(300);
    await flood(running.port, makeRequests(300, { port: running.port, senders: 300, tag: 'warm' }), 32);
    await warm;
    const before = usage(running, contender.isTandem);
    const all = collect(count);
    const outcome = await steady(
      running.port,
      makeRequests(count, { port: running.port, senders: count, tag: 'load' }),
      rate,
    );
    const sent = await all;
    const times = sent.map(([id, at]) => Number(at - (outcome.sentAt.get(id) as bigint)) / 1e6);
    const memory = peakMemory(running.child.pid as number);
    return { ...outcome, ...quantiles(times), memory, used: spent(before, usage(running, contender.isTandem), count) };
  });
  const yardstick = median(rows[0]?.results.map((result) => result.p50) ?? []);
  for (const { name, results } of rows) {
    const p50 = median(results.map((result) => result.p50));
    const memory = `${median(results.map((result) => result.memory)).toFixed(0)} MiB`;
    say(
      row(
        name,
        ...latencies(results),
        `p50 ${(p50 / yardstick).toFixed(2)} × Express`,
        memory,
        cost(results),
        failures(results),
      ),
    );
  }
  say(delay === 0 ? '  target: p50 ≤ 4 × Express' : '  target: p99 ≤ 1,100 ms, < 250 MB');
}

/** Runs the contenders in turn, A B C … A B C …, each on a fresh process, so that a slow minute hits all of them. */
async function interleaved<Result>(
  list: Contender[],
  roles: string,
  measure: (running: Running, contender: Contender) => Promise<Result>,
): Promise<{ name: string; results: Result[] }[]> {
  const rows = list.map(({ name }) => ({ name, results: [] as Result[] }));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, contender] of list.entries()) {
      const running = await contender.start(roles);
      rows[index]?.results.push(await measure(running, contender));
      await running.stop();
    }
  }
  return rows;
}

type Usage = { tandem: number; postgres: number };

function usage(running: Running, isTandem: boolean): Usage {
  return { tandem: cpuSeconds(running.child.pid as number), postgres: isTandem ? cpuSeconds(postmaster, true) : 0 };
}

function spent(before: Usage, after: Usage, messages: number): Usage {
  return {
    tandem: ((after.tandem - before.tandem) * 1_000) / messages,
    postgres: ((after.postgres - before.postgres) * 1_000) / messages,
  };
}

function cost(results: { used: Usage }[]): string {
  const of = (part: keyof Usage) => median(results.map((result) => result.used[part])).toFixed(2);
  return `CPU per 1,000: ${of('tandem')} s + PostgreSQL ${of('postgres')} s`;
}

function latencies(results: { p50: number; p99: number }[]): string[] {
  return [
    `p50 ${median(results.map((result) => result.p50)).toFixed(2)} ms`,
    `p99 ${median(results.map((result) => result.p99)).toFixed(2)} ms`,
  ];
}

function failures(results: Outcome[]): string {
  const failed = results.reduce((sum, result) => sum + result.failed, 0);
  return failed === 0 ? '' : `${failed} FAILED`;
}

function row(name: string, ...cells: string[]): string {
  return `  ${name.padEnd(32)} ${cells
    .filter((cell) => cell !== '')
    .map((cell) => cell.padEnd(16))
    .join(' ')}`.trimEnd();
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function order(message: object): void {
  stubs.child.send(message);
}

/** Resolves with what Twilio's stand-in was asked to send, once that many have come. */
function collect(count: number): Promise<[string, bigint][]> {
  const result = new Promise<[string, bigint][]>((resolve) => {
    stubs.child.once('message', (message: { sent: [string, string][] }) =>
      resolve(message.sent.map(([id, at]) => [id, BigInt(at)])),
    );
  });
  order({ kind: 'collect', count });
  return result;
}

async function freshDatabase(): Promise<string> {
  const name = `bench_${databases++}`;
  const db = openDatabase(postgres.url, () => undefined, 1);
  await db.query({ ...sql``, text: `create database ${name}`, name: name });
  await db.close();
  return postgres.url.replace('/tandem?', `/${name}?`);
}

async function startRedis(): Promise<{ url: string; stop(): Promise<unknown> } | undefined> {
  if (process.env.REDIS_URL) return { url: process.env.REDIS_URL, stop: async () => undefined };
  if (spawnSync('redis-server', ['--version']).status !== 0) {
    say('No redis-server on the PATH and no REDIS_URL: the Redis rows are left out.');
    return undefined;
  }
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  const child = spawn(
    'redis-server',
    ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
    { stdio: 'ignore' },
  );
  return {
    url: `redis://127.0.0.1:${port}`,
    stop: async () => {
      const over = new Promise((resolve) => child.once('exit', resolve));
      child.kill();
      await over;
    },
  };
}
