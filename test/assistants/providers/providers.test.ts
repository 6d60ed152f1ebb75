import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LoopResult, runLoop } from '../../../src/assistants/agent/agent-loop.ts';
import { createAskModels } from '../../../src/assistants/agent/ask-models.ts';
import type { ModelChoice } from '../../../src/assistants/model-settings.ts';
import type { ProviderKeys } from '../../../src/assistants/providers/language-model.ts';
import { ModelsFailedError } from '../../../src/assistants/providers/model-failure.ts';
import type { AgentTool, ToolCall } from '../../../src/assistants/tools/agent-tool.ts';
import { inputSchemaOf } from '../../../src/assistants/tools/input-schema.ts';
import { type Dialect, type FakeModels, startFakeModels } from './fake-models.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

const fakes = {} as Record<Dialect, FakeModels>;
beforeAll(async () => {
  for (const dialect of ['openai', 'anthropic', 'gemini'] as const) fakes[dialect] = await startFakeModels(dialect);
});
afterAll(async () => {
  for (const fake of Object.values(fakes)) await fake.close();
});

const called: unknown[] = [];
const weather: AgentTool = {
  name: 'weather',
  kind: 'webhook',
  description: 'You MUST use this for the weather.',
  inputSchema: inputSchemaOf(
    "{ city: string; /* ahead */ days?: number; unit?: 'c' | 'f'; at?: [number, number]; extra?: Record<string, string> }",
  ),
  call: async (args) => {
    called.push(args);
    return { ok: true, text: `Sunny in ${args.city}` };
  },
};

type Heard = { pieces: string[]; restarts: number; outcomes: { model: string; outcome: string }[]; tokens: number };

async function run(
  choices: ModelChoice[],
  options: { streaming?: boolean; ms?: number; keys?: ProviderKeys; tools?: AgentTool[]; signal?: AbortSignal } = {},
): Promise<{ result: LoopResult & { calls: ToolCall[] }; heard: Heard; ms: number }> {
  const heard: Heard = { pieces: [], restarts: 0, outcomes: [], tokens: 0 };
  const calls: ToolCall[] = [];
  const startedAt = performance.now();
  const ask = createAskModels(choices, {
    calls: { fetch, keys: options.keys ?? {} },
    onCall: ({ model, failure }) => heard.outcomes.push({ model, outcome: failure?.kind ?? 'answered' }),
    now: () => new Date(),
  });
  try {
    const result = await runLoop({
      ask: async (question) => {
        const step = await ask(question);
        heard.tokens += step.usage.inputTokens + step.usage.outputTokens;
        return step;
      },
      system: 'You are Harper.',
      messages: [
        { role: 'user', content: 'Hello' },
        { role: 'assistant', content: 'Hello!' },
        { role: 'user', content: 'How is the weather in Oslo?' },
      ],
      tools: options.tools ?? [weather],
      limits: { steps: 5, toolCalls: 5, tokens: 10_000 },
      signal: options.signal ?? new AbortController().signal,
      deadline: startedAt + (options.ms ?? 10_000),
      turnKey: 'turn-1',
      onText: options.streaming ? (piece) => heard.pieces.push(piece) : undefined,
      onRestart: () => {
        heard.pieces = [];
        heard.restarts += 1;
      },
      onToolCall: (call) => calls.push(call),
    });
    return { result: { ...result, calls }, heard, ms: performance.now() - startedAt };
  } catch (error) {
    throw Object.assign(error as Error, { heard, ms: performance.now() - startedAt });
  }
}

const failureOfRun = async (...args: Parameters<typeof run>) => {
  const error = await run(...args).then(
    () => undefined,
    (thrown) => thrown,
  );
  if (!(error instanceof ModelsFailedError)) throw error ?? new Error('there was an answer');
  return error as ModelsFailedError & { heard: Heard; ms: number };
};

const wires: [provider: string, dialect: Dialect, path: RegExp, key: (headers: Record<string, unknown>) => unknown][] =
  [
    ['openai/gpt-x', 'openai', /^\/v1\/chat\/completions$/, ({ authorization }) => authorization],
    ['groq/llama-x', 'openai', /^\/v1\/chat\/completions$/, ({ authorization }) => authorization],
    ['xai/grok-x', 'openai', /^\/v1\/chat\/completions$/, ({ authorization }) => authorization],
    ['custom/some/model:7b', 'openai', /^\/v1\/chat\/completions$/, ({ authorization }) => authorization],
    ['anthropic/claude-sonnet-4-5', 'anthropic', /^\/v1\/messages$/, (headers) => headers['x-api-key']],
    [
      'gemini/gemini-x',
      'gemini',
      /^\/v1\/models\/gemini-x:(?:generateContent|streamGenerateContent\?alt=sse)$/,
      (headers) => headers['x-goog-api-key'],
    ],
  ];

describe.each(wires)('%s', (model, dialect, path, keyIn) => {
  const choice = (more: Partial<ModelChoice> = {}): ModelChoice => ({
    model,
    baseUrl: fakes[dialect].url,
    apiKey: 'sk-own',
    ...more,
  });

  describe.each([false, true])('streaming %s', (streaming) => {
    it('answers in words, and says what it cost', async () => {
      const fake = fakes[dialect];
      fake.will({ text: 'Good day to you.', tokens: [120, 30] });
      const { result, heard } = await run([choice({ temperature: 0.3, maxTokens: 77 })], { streaming });
      expect(result).toMatchObject({ text: 'Good day to you.', model, steps: 1, calls: [] });
      expect(heard.tokens).toBe(150);
      expect(heard.pieces.join('')).toBe(streaming ? 'Good day to you.' : '');
      if (streaming) expect(heard.pieces.length).toBeGreaterThan(1);
      const [seen] = fake.seen;
      expect(seen?.path).toMatch(path);
      expect(seen?.streaming).toBe(streaming);
      expect(keyIn(seen?.headers ?? {})).toMatch(/^(?:Bearer )?sk-own$/);
      const sent = JSON.stringify(seen?.body);
      for (const part of [
        'You are Harper.',
        'How is the weather in Oslo?',
        '0.3',
        '77',
        'You MUST use this',
        '"ahead"',
        '"enum":["c","f"]',
      ]) {
        expect(sent).toContain(part);
      }
    });

    it('calls a tool, and is told what came of it', async () => {
      const fake = fakes[dialect];
      called.length = 0;
      fake.will(
        { text: 'Let me look.', calls: [{ name: 'weather', args: { city: 'Oslo', days: 2 } }] },
        { text: 'It is sunny.' },
      );
      const { result, heard } = await run([choice()], { streaming });
      expect(called).toEqual([{ city: 'Oslo', days: 2 }]);
      expect(result).toMatchObject({
        text: 'It is sunny.',
        steps: 2,
        calls: [{ name: 'weather', result: { ok: true } }],
      });
      expect(heard.pieces.join('')).toBe(streaming ? 'It is sunny.' : '');
      expect(JSON.stringify(fake.seen[1]?.body)).toContain('Sunny in Oslo');
    });

    it('calls several tools in one step', async () => {
      called.length = 0;
      fakes[dialect].will(
        {
          calls: [
            { name: 'weather', args: { city: 'Oslo' } },
            { name: 'weather', args: { city: 'Rome' } },
          ],
        },
        { text: 'Sunny everywhere.' },
      );
      const { result } = await run([choice()], { streaming });
      expect(called).toEqual([{ city: 'Oslo' }, { city: 'Rome' }]);
      expect(result.text).toBe('Sunny everywhere.');
    });

    it('may correct arguments that do not fit, and names that do not exist', async () => {
      const fake = fakes[dialect];
      called.length = 0;
      fake.will(
        { calls: [{ name: 'weather', args: { city: 7 } }] },
        { calls: [{ name: 'forecast', args: {} }] },
        { calls: [{ name: 'weather', args: { city: 'Oslo' } }] },
        { text: 'Sunny.' },
      );
      const { result } = await run([choice()], { streaming });
      expect(called).toEqual([{ city: 'Oslo' }]);
      expect(result.calls.map((call) => call.result.text)).toEqual([
        'Not called, because the arguments do not fit: city must be a string.',
        'There is no tool named forecast. There are: weather.',
        'Sunny in Oslo',
      ]);
      expect(JSON.stringify(fake.seen[1]?.body)).toContain('city must be a string');
      expect(JSON.stringify(fake.seen[2]?.body)).toContain('There is no tool named forecast');
    });

    it.each([
      [400, 'rejected'],
      [401, 'unauthorized'],
      [404, 'rejected'],
      [429, 'rate_limited'],
      [500, 'unavailable'],
      [503, 'unavailable'],
      [529, 'rate_limited'],
    ])('says what status %i means, and is not asked twice', async (status, kind) => {
      fakes[dialect].will({ status, headers: { 'retry-after': '7' } });
      const { failures, heard } = await failureOfRun([choice()], { streaming });
      expect(failures).toEqual([{ model, kind, status, retryAfterMs: 7_000 }]);
      expect(heard.outcomes).toEqual([{ model, outcome: kind }]);
      expect(fakes[dialect].seen).toHaveLength(1);
    });

    it.each(['{"choices": [', '<html>502</html>', '{"unexpected": true}', ''])(
      'counts %j as no answer',
      async (garbage) => {
        fakes[dialect].will({ garbage });
        const { failures } = await failureOfRun([choice()], { streaming });
        expect(['malformed', 'empty', 'unavailable']).toContain(failures[0]?.kind);
      },
    );

    it('counts an empty text as no answer', async () => {
      fakes[dialect].will({ text: ' ' });
      expect((await failureOfRun([choice()], { streaming })).failures[0]).toMatchObject({ kind: 'empty' });
    });

    it.each([100_000, 5_000_000])('counts a text of %i characters as no answer', async (length) => {
      fakes[dialect].will({ text: 'b'.repeat(length) });
      const { failures, heard } = await failureOfRun([choice()], { streaming });
      expect(['malformed', 'unavailable']).toContain(failures[0]?.kind);
      expect(heard.pieces).toEqual([]);
    });

    it('is given up when it hangs, and its connection closed', async () => {
      fakes[dialect].will({ hang: true, after: 'Once upon a time' });
      const { failures, ms } = await failureOfRun([choice()], { streaming, ms: 200 });
      expect(failures).toMatchObject([{ kind: 'timeout' }]);
      expect(ms).toBeLessThan(1_000);
      await expect.poll(() => fakes[dialect].abandoned).toBe(1);
    });

    it('is given up when it hangs, though garbage is collected meanwhile', async () => {
      fakes[dialect].will({ hang: true });
      const collecting = setInterval(collectGarbage, 20);
      try {
        expect((await failureOfRun([choice()], { streaming, ms: 200 })).failures).toMatchObject([{ kind: 'timeout' }]);
      } finally {
        clearInterval(collecting);
      }
    });

    it('is left when its connection breaks', async () => {
      fakes[dialect].will({ cut: true, after: 'Once upon a time' });
      const { failures, heard } = await failureOfRun([choice()], { streaming });
      expect(failures).toHaveLength(1);
      expect(heard.pieces).toEqual([]);
    });

    it('stops at once when nobody waits any more', async () => {
      fakes[dialect].will({ hang: true });
      const leaving = new AbortController();
      const running = run([choice()], { streaming, signal: leaving.signal });
      await expect.poll(() => fakes[dialect].seen.length).toBe(1);
      leaving.abort(new Error('hung up'));
      await expect(running).rejects.toThrow('hung up');
      await expect.poll(() => fakes[dialect].abandoned).toBe(1);
    });
  });

  it('takes arguments in pieces that are no JSON as a call to correct', async () => {
    if (dialect !== 'openai') return;
    called.length = 0;
    fakes[dialect].will({ calls: [{ name: 'weather', args: {}, rawArgs: '{"city": "Os' }] }, { text: 'Sorry.' });
    const { result } = await run([choice()]);
    expect(called).toEqual([]);
    expect(result.calls[0]?.result.text).toContain('they are no JSON object');
  });

  it('takes a key of the environment only to its own address', async () => {
    fakes[dialect].will({ text: 'Hello.' });
    const keys = {
      openai: 'sk-env',
      anthropic: 'sk-env',
      gemini: 'sk-env',
      groq: 'sk-env',
      xai: 'sk-env',
      custom: 'sk-env',
    };
    await run([choice({ apiKey: undefined })], { keys });
    expect(JSON.stringify(fakes[dialect].seen[0]?.headers)).not.toContain('sk-env');
  });
});

describe('fallbacks', () => {
  const openai = (): ModelChoice => ({ model: 'openai/first', baseUrl: fakes.openai.url, apiKey: 'k' });
  const anthropic = (): ModelChoice => ({ model: 'anthropic/second', baseUrl: fakes.anthropic.url, apiKey: 'k' });
  const gemini = (): ModelChoice => ({ model: 'gemini/third', baseUrl: fakes.gemini.url, apiKey: 'k' });

  it.each([false, true])('answer within the deadline when the first hangs (streaming %s)', async (streaming) => {
    fakes.openai.will({ hang: true, after: 'I shall' });
    fakes.anthropic.will({ text: 'Second here.' });
    const { result, heard, ms } = await run([openai(), anthropic()], { streaming, ms: 2_000 });
    expect(result).toMatchObject({ text: 'Second here.', model: 'anthropic/second' });
    expect(ms).toBeGreaterThanOrEqual(980);
    expect(ms).toBeLessThan(2_000);
    expect(heard.pieces.join('')).toBe(streaming ? 'Second here.' : '');
    expect(heard.outcomes).toEqual([
      { model: 'openai/first', outcome: 'timeout' },
      { model: 'anthropic/second', outcome: 'answered' },
    ]);
  });

  it('leave each of three its share when two hang', async () => {
    fakes.openai.will({ hang: true });
    fakes.anthropic.will({ hang: true });
    fakes.gemini.will({ text: 'Third here.' });
    const { result, ms } = await run([openai(), anthropic(), gemini()], { ms: 2_400 });
    expect(result.model).toBe('gemini/third');
    expect(ms).toBeGreaterThanOrEqual(1_580);
    expect(ms).toBeLessThan(2_400);
  });

  it.each([
    [{ status: 429, headers: { 'retry-after': '30' } }],
    [{ status: 500 }],
    [{ status: 401 }],
    [{ garbage: 'oops' }],
    [{ text: '' }],
    [{ cut: true }],
  ] as const)('answer at once when the first does not: %j', async (act) => {
    fakes.openai.will(act as Parameters<FakeModels['will']>[0]);
    fakes.gemini.will({ text: 'Third here.' });
    const { result, ms } = await run([openai(), gemini()]);
    expect(result.model).toBe('gemini/third');
    expect(ms).toBeLessThan(2_000);
  });

  it.each([false, true])('go on where the first failed, and call no tool again (streaming %s)', async (streaming) => {
    called.length = 0;
    fakes.openai.will({ calls: [{ name: 'weather', args: { city: 'Oslo' } }] }, { status: 503 });
    fakes.anthropic.will({ text: 'Sunny, says the tool.' });
    const { result, heard } = await run([openai(), anthropic()], { streaming });
    expect(called).toEqual([{ city: 'Oslo' }]);
    expect(result).toMatchObject({ text: 'Sunny, says the tool.', model: 'anthropic/second', steps: 2 });
    expect(JSON.stringify(fakes.anthropic.seen[0]?.body)).toContain('Sunny in Oslo');
    expect(heard.outcomes.map(({ outcome }) => outcome)).toEqual(['answered', 'unavailable', 'answered']);
  });

  it('do not go back to the one that failed', async () => {
    fakes.openai.will({ status: 503 }, { text: 'I am back.' });
    fakes.gemini.will({ calls: [{ name: 'weather', args: { city: 'Oslo' } }] }, { text: 'Sunny.' });
    const { result } = await run([openai(), gemini()]);
    expect(result.model).toBe('gemini/third');
    expect(fakes.openai.seen).toHaveLength(1);
  });

  it('tell of every failure when all fail', async () => {
    fakes.openai.will({ status: 503 });
    fakes.anthropic.will({ status: 429, headers: { 'retry-after': '12' } });
    const { failures, message } = await failureOfRun([openai(), anthropic()]);
    expect(failures).toEqual([
      { model: 'openai/first', kind: 'unavailable', status: 503 },
      { model: 'anthropic/second', kind: 'rate_limited', status: 429, retryAfterMs: 12_000 },
    ]);
    expect(message).toBe('No model answered: openai/first unavailable (503), anthropic/second rate_limited (429)');
  });
});
