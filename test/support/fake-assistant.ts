import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request to the Messages API, as it came over the wire. */
export type Question = {
  assistantId: string;
  /** The Idempotency-Key. */
  key: string;
  /** 1 when the key is new, 2 when it is asked again, and so on. */
  nth: number;
  headers: IncomingMessage['headers'];
  identity: string;
  sessionId: string;
  body: string;
  webhook: string | undefined;
};

/** The text of an answer, or a whole response: `body` is sent as it is when it is a string, else as JSON. */
export type Reply = string | { status?: number; headers?: Record<string, string>; body?: unknown };
export type Script = (question: Question) => Reply | Promise<Reply>;

/** Says back what it was told. */
export const echo: Script = ({ body }) => `You said: ${body}`;
/** Takes the question and says nothing. */
export const hang: Script = () => new Promise(() => {});

export type FakeAssistant = {
  url: string;
  /** Every request, in the order of arrival, repeated ones included. */
  asked: Question[];
  /** Answers from now on. */
  answer(script: Script): void;
  close(): Promise<void>;
};

/**
 * A server of assistants that does what its script says. As the API asks of it, a key that was answered with 200 once is
 * answered with the same text again, without the script.
 */
export async function startFakeAssistant(first: Script): Promise<FakeAssistant> {
  const asked: Question[] = [];
  const written = new Map<string, string>();
  let script = first;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, assistantId = ''] = /^\/v1\/Assistants\/([^/]+)\/Messages$/.exec(request.url ?? '') ?? [];
    const sent = JSON.parse(await textOf(request));
    const key = String(request.headers['idempotency-key']);
    const question: Question = {
      assistantId,
      key,
      nth: asked.filter((earlier) => earlier.key === key).length + 1,
      headers: request.headers,
      identity: sent.identity,
      sessionId: sent.session_id,
      body: sent.body,
      webhook: sent.webhook,
    };
    asked.push(question);
    const reply = written.get(key) ?? (await script(question));
    if (typeof reply === 'string') written.set(key, reply);
    const { status = 200, headers = {}, body } = typeof reply === 'string' ? answered(question, reply) : reply;
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body ?? {}));
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error) => response.writeHead(500).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    answer(next) {
      script = next;
    },
    async close() {
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
    },
  };
}

function answered({ sessionId }: Question, text: string): Exclude<Reply, string> {
  return {
    body: { status: 'Success', flagged: false, aborted: false, session_id: sessionId, body: text, error: null },
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
