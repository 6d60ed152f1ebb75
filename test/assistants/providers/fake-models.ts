import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a fake model does with one request. */
export type Act =
  | {
      text?: string;
      calls?: { name: string; args: unknown; rawArgs?: string }[];
      tokens?: [input: number, output: number];
    }
  | { status: number; headers?: Record<string, string>; body?: string }
  /** A body with status 200 that is no answer. */
  | { garbage: string }
  /** Says nothing and keeps the line open; `after` words of a stream, if it is one. */
  | { hang: true; after?: string }
  /** Breaks the connection, after some words of a stream. */
  | { cut: true; after?: string };

export type Seen = {
  path: string;
  headers: IncomingMessage['headers'];
  body: Record<string, unknown>;
  streaming: boolean;
};

export type Dialect = 'openai' | 'anthropic' | 'gemini';

export type FakeModels = {
  url: string;
  seen: Seen[];
  /** Connections that the other side closed before it had an answer. */
  abandoned: number;
  /** What the next requests get; the last act is repeated. */
  will(...acts: (Act | ((seen: Seen) => Act | Promise<Act>))[]): void;
  close(): Promise<void>;
};

/** A server that speaks one of the three wire formats that model providers have. */
export async function startFakeModels(dialect: Dialect): Promise<FakeModels> {
  let script: (Act | ((seen: Seen) => Act | Promise<Act>))[] = [{ text: 'Hello.' }];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const body = JSON.parse(text);
    const path = request.url as string;
    const streaming = body.stream === true || path.includes(':streamGenerateContent');
    const seen = { path, headers: request.headers, body, streaming };
    fake.seen.push(seen);
    response.on('close', () => {
      if (!response.writableFinished) fake.abandoned += 1;
    });
    const next = (script.length > 1 ? script.shift() : script[0]) as Act | ((seen: Seen) => Act | Promise<Act>);
    perform(typeof next === 'function' ? await next(seen) : next, response, streaming, body.model);
  });

  function perform(act: Act, response: ServerResponse, streaming: boolean, model?: string): void {
    if ('status' in act) {
      response.writeHead(act.status, { 'Content-Type': 'application/json', ...act.headers });
      response.end(act.body ?? errorBodies[dialect](act.status));
    } else if ('garbage' in act) {
      response.writeHead(200, { 'Content-Type': streaming ? 'text/event-stream' : 'application/json' });
      response.end(act.garbage);
    } else if ('hang' in act || 'cut' in act) {
      if (streaming && act.after !== undefined) {
        response.writeHead(200, { 'Content-Type': 'text/event-stream' });
        response.write(dialects[dialect].stream({ text: act.after }).slice(0, -1).join(''));
      }
      if ('cut' in act) setImmediate(() => response.destroy());
    } else if (streaming) {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      for (const event of dialects[dialect].stream(act, model)) response.write(event);
      response.end();
    } else {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(dialects[dialect].whole(act)));
    }
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const fake: FakeModels = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    seen: [],
    abandoned: 0,
    will(...acts) {
      script = acts;
      fake.seen.length = 0;
      fake.abandoned = 0;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return fake;
}

type Answer = Extract<Act, { text?: string; calls?: unknown }>;

const argsOf = ({ args, rawArgs }: { args: unknown; rawArgs?: string }) => rawArgs ?? JSON.stringify(args);
const sse = (data: unknown, event?: string) => `${event ? `event: ${event}\n` : ''}data: ${JSON.stringify(data)}\n\n`;
/** Words, each with the space before it. */
const words = (text: string) => text.match(/\s*\S{1,1000}\s*/g) ?? [];

const errorBodies: Record<Dialect, (status: number) => string> = {
  openai: (status) =>
    JSON.stringify({ error: { message: `status ${status}`, type: 'error', param: null, code: null } }),
  anthropic: (status) => JSON.stringify({ type: 'error', error: { type: 'api_error', message: `status ${status}` } }),
  gemini: (status) => JSON.stringify({ error: { code: status, message: `status ${status}`, status: 'UNAVAILABLE' } }),
};

const dialects: Record<Dialect, { whole(answer: Answer): unknown; stream(answer: Answer, model?: string): string[] }> =
  {
    openai: {
      whole: ({ text, calls, tokens = [11, 7] }) => ({
        id: 'chatcmpl-1',
        object: 'chat.completion',
        created: 1_770_000_000,
        model: 'fake',
        choices: [
          {
            index: 0,
            message: {
              role: 'assistant',
              content: text ?? null,
              tool_calls: calls?.map((call, index) => ({
                id: `call_${index}_${call.name}`,
                type: 'function',
                function: { name: call.name, arguments: argsOf(call) },
              })),
            },
            finish_reason: calls ? 'tool_calls' : 'stop',
          },
        ],
        usage: { prompt_tokens: tokens[0], completion_tokens: tokens[1], total_tokens: tokens[0] + tokens[1] },
      }),
      stream: ({ text = '', calls = [], tokens = [11, 7] }, model) => {
        const chunk = (delta: object, finish_reason: string | null = null) =>
          sse({
            id: 'chatcmpl-1',
            object: 'chat.completion.chunk',
            created: 1_770_000_000,
            model: 'fake',
            choices: [{ index: 0, delta, finish_reason }],
          });
        return [
          chunk({ role: 'assistant', content: '' }),
          ...words(text).map((content) => chunk({ content })),
          ...calls.flatMap((call, index) => {
            const args = argsOf(call);
            const id = `call_${index}_${call.name}`;
            if (model?.startsWith('grok')) {
              // xAI sends a call in one piece.
              return [
                chunk({
                  tool_calls: [{ index, id, type: 'function', function: { name: call.name, arguments: args } }],
                }),
              ];
            }
            const half = Math.ceil(args.length / 2);
            return [
              chunk({
                tool_calls: [
                  {
                    index,
                    id: `call_${index}_${call.name}`,
                    type: 'function',
                    function: { name: call.name, arguments: '' },
                  },
                ],
              }),
              chunk({ tool_calls: [{ index, function: { arguments: args.slice(0, half) } }] }),
              chunk({ tool_calls: [{ index, function: { arguments: args.slice(half) } }] }),
            ];
          }),
          chunk({}, calls.length > 0 ? 'tool_calls' : 'stop'),
          // Groq tells its usage so, the others as in the chunk after it.
          sse({
            id: 'chatcmpl-1',
            choices: [],
            x_groq: { id: 'req_1', usage: { prompt_tokens: tokens[0], completion_tokens: tokens[1], total_tokens: 0 } },
          }),
          sse({
            id: 'chatcmpl-1',
            object: 'chat.completion.chunk',
            created: 1_770_000_000,
            model: 'fake',
            choices: [],
            usage: { prompt_tokens: tokens[0], completion_tokens: tokens[1], total_tokens: tokens[0] + tokens[1] },
          }),
          'data: [DONE]\n\n',
        ];
      },
    },
    anthropic: {
      whole: ({ text, calls = [], tokens = [11, 7] }) => ({
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        model: 'fake',
        content: [
          ...(text === undefined ? [] : [{ type: 'text', text }]),
          ...calls.map((call, index) => ({
            type: 'tool_use',
            id: `toolu_${index}_${call.name}`,
            name: call.name,
            input: call.rawArgs ?? call.args,
          })),
        ],
        stop_reason: calls.length > 0 ? 'tool_use' : 'end_turn',
        stop_sequence: null,
        usage: { input_tokens: tokens[0], output_tokens: tokens[1] },
      }),
      stream: ({ text = '', calls = [], tokens = [11, 7] }) => {
        const event = (type: string, data: object) => sse({ type, ...data }, type);
        const blocks = [
          ...(text === ''
            ? []
            : [
                {
                  start: { type: 'text', text: '' },
                  deltas: words(text).map((each) => ({ type: 'text_delta', text: each })),
                },
              ]),
          ...calls.map((call, index) => {
            const args = argsOf(call);
            return {
              start: { type: 'tool_use', id: `toolu_${index}_${call.name}`, name: call.name, input: {} },
              deltas: [args.slice(0, 3), args.slice(3)].map((partial_json) => ({
                type: 'input_json_delta',
                partial_json,
              })),
            };
          }),
        ];
        return [
          event('message_start', {
            message: {
              id: 'msg_1',
              type: 'message',
              role: 'assistant',
              model: 'fake',
              content: [],
              stop_reason: null,
              stop_sequence: null,
              usage: { input_tokens: tokens[0], output_tokens: 1 },
            },
          }),
          ...blocks.flatMap(({ start, deltas }, index) => [
            event('content_block_start', { index, content_block: start }),
            ...deltas.map((delta) => event('content_block_delta', { index, delta })),
            event('content_block_stop', { index }),
          ]),
          event('message_delta', {
            delta: { stop_reason: calls.length > 0 ? 'tool_use' : 'end_turn', stop_sequence: null },
            usage: { output_tokens: tokens[1] },
          }),
          event('message_stop', {}),
        ];
      },
    },
    gemini: {
      whole: (answer) => geminiChunk(answer, 'STOP'),
      stream: ({ text = '', calls, tokens }) => [
        ...words(text).map((each) => sse(geminiChunk({ text: each, tokens }))),
        sse(geminiChunk({ calls, tokens }, 'STOP')),
        '\n',
      ],
    },
  };

function geminiChunk({ text, calls = [], tokens = [11, 7] }: Answer, finishReason?: string) {
  return {
    candidates: [
      {
        content: {
          role: 'model',
          parts: [
            ...(text === undefined ? [] : [{ text }]),
            ...calls.map(({ name, args, rawArgs }) => ({ functionCall: { name, args: rawArgs ?? args } })),
          ],
        },
        ...(finishReason ? { finishReason } : {}),
        index: 0,
      },
    ],
    usageMetadata: {
      promptTokenCount: tokens[0],
      candidatesTokenCount: tokens[1],
      totalTokenCount: tokens[0] + tokens[1],
    },
    modelVersion: 'fake',
  };
}
