import { afterAll, beforeAll, expect, it } from 'vitest';
import { startFakeModels } from '../assistants/providers/fake-models.ts';
import { type GatewayProcess, ready, startProcess } from '../support/process.ts';
import { account, createSurroundings, newPhone, type Surroundings } from '../support/surroundings.ts';
import { until } from '../support/until.ts';
import { type Span, startCollector } from './collector.ts';

const words = 'Where is my Zitronenfalter?';

let surroundings: Surroundings;
let collector: Awaited<ReturnType<typeof startCollector>>;
const processes: GatewayProcess[] = [];

beforeAll(async () => {
  collector = await startCollector();
  surroundings = await createSurroundings();
  const traced = {
    ...surroundings.env,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_BSP_SCHEDULE_DELAY: '50',
    ALLOW_PRIVATE_ADDRESSES: 'true',
  };
  processes.push(startProcess({ ...traced, ROLES: 'web', OTEL_SERVICE_NAME: 'web' }));
  processes.push(startProcess({ ...traced, ROLES: 'worker', PORT: '0', OTEL_SERVICE_NAME: 'worker' }));
  await ready(surroundings.url);
}, 60_000);

afterAll(async () => {
  for (const process of processes) process.kill('SIGTERM');
  await Promise.all(processes.map(({ exited }) => exited));
  await surroundings.close();
  await collector.close();
});

const named = (name: string): Span | undefined => collector.spans.find((span) => span.name === name);

it('one message is one trace, from its webhook in one process to its receipt by way of another', async () => {
  const phone = newPhone();
  await surroundings.text(phone, words);
  const [accept, turn, ask, send, receipt] = await Promise.all(
    ['accept', 'turn', 'ask', 'send', 'receipt'].map((step) =>
      until(`a span of ${step}`, () => named(`tandem.${step}`)),
    ),
  );
  for (const span of [turn, ask, send, receipt]) expect(span?.traceId).toBe(accept?.traceId);
  expect(accept?.parentSpanId || undefined).toBeUndefined();
  expect([turn, send, receipt].map((span) => span?.parentSpanId)).toEqual(Array(3).fill(accept?.spanId));
  expect(ask?.parentSpanId).toBe(turn?.spanId);
  expect([accept, turn, ask, send, receipt].map((span) => span?.service)).toEqual([
    'web',
    'worker',
    'worker',
    'worker',
    'web',
  ]);
  expect(turn?.attributes).toMatchObject({ 'tandem.turn.outcome': 'answered', 'tandem.turn.attempt': 1 });

  // The assistants server may go on in the same trace.
  const { traceparent } = surroundings.assistant.asked[0]?.headers ?? {};
  expect(traceparent).toBe(`00-${accept?.traceId}-${ask?.spanId}-01`);

  expect(collector.wire()).not.toContain('Zitronenfalter');
  expect(collector.wire()).not.toContain(phone.slice(2, -2));
});

it('an assistants server goes on in the trace of whoever asks it, down to its model', async () => {
  const models = await startFakeModels('openai');
  models.will({ text: 'Nine to six.', tokens: [12, 4] });
  const post = async (path: string, body: object, headers: Record<string, string> = {}) => {
    const authorization = `Basic ${btoa(`${account.sid}:${account.authToken}`)}`;
    const answer = await fetch(surroundings.url + path, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    return (await answer.json()) as { id: string; body: string };
  };
  const { id } = await post('/v1/Assistants', {
    name: 'Harper',
    model: 'custom/small',
    model_settings: { base_url: models.url },
  });
  const traceId = 'ab'.repeat(16);
  const answer = await post(
    `/v1/Assistants/${id}/Messages`,
    { identity: 'phone:+15551230001', session_id: 'test', body: words },
    { traceparent: `00-${traceId}-${'cd'.repeat(8)}-01` },
  );
  expect(answer.body).toBe('Nine to six.');
  const server = await until('a span of the answer', () => named('tandem.answer'));
  const called = await until('a span of the model', () => named('tandem.model'));
  expect([server.traceId, server.parentSpanId, called.traceId]).toEqual([traceId, 'cd'.repeat(8), traceId]);
  expect(called.parentSpanId).toBe(server.spanId);
  expect(called.attributes).toMatchObject({ 'gen_ai.request.model': 'custom/small', 'gen_ai.usage.input_tokens': 12 });
  expect(collector.wire()).not.toContain('Zitronenfalter');
  await models.close();
});

it('an attempt that failed is a span with its code, and the next attempt is another one in the same trace', async () => {
  let failures = 1;
  surroundings.assistant.answer(() => {
    failures -= 1;
    return failures < 0 ? 'Here it is.' : { status: 500, body: { message: words } };
  });
  collector.spans.length = 0;
  await surroundings.text(newPhone(), words);
  const turns = await until('two attempts', () => {
    const spans = collector.spans.filter(({ name }) => name === 'tandem.turn');
    return spans.length === 2 ? spans : undefined;
  });
  expect(turns.map(({ attributes, status }) => [attributes['tandem.turn.outcome'], status?.message])).toEqual([
    ['retrying', 'assistant_error'],
    ['answered', undefined],
  ]);
  expect(new Set(turns.map(({ traceId }) => traceId)).size).toBe(1);
  expect(collector.wire()).not.toContain('Zitronenfalter');
});

it('a start without an endpoint does not load OpenTelemetry', async () => {
  // What is loaded is asked of the loader of a process of its own.
  const loaded = await modulesOf({});
  expect(loaded.some((url) => url.includes('@opentelemetry/sdk-node'))).toBe(false);
  const traced = await modulesOf({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  expect(traced.some((url) => url.includes('@opentelemetry/sdk-node'))).toBe(true);
});

/** CommonJS modules that are loaded once the gateway's settings are read and its tracing is decided. */
async function modulesOf(env: Record<string, string>): Promise<string[]> {
  const { execFile } = await import('node:child_process');
  const { promisify } = await import('node:util');
  const program = `
    const { readEnvironment } = await import('./src/config/env.ts');
    const { wantsTraces, startTracingSdk } = await import('./src/observability/tracing-sdk.ts');
    if (wantsTraces(readEnvironment(process.env))) await startTracingSdk();
    await import('./src/observability/tracing.ts');
    const { createRequire } = await import('node:module');
    console.log(JSON.stringify(Object.keys(createRequire(process.cwd() + '/x.js').cache)));
    process.exit(0);`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', program],
    {
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    },
  );
  return JSON.parse(stdout);
}
