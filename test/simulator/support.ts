import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import twilio from 'twilio';
import type { RequestOptions } from 'twilio/lib/base/RequestClient.js';
import { onTestFinished } from 'vitest';
import { type SimulatorOptions, startSimulator } from '../../src/simulator/server.ts';
import type { Exchange } from './openapi.ts';

export const account = { sid: `AC${'a'.repeat(32)}`, authToken: 'token-of-the-account' };
export const ours = '+15550001000';
export const phone = '+15551230001';
export const serviceSid = `MG${'b'.repeat(32)}`;

/** A simulator that ends with the test. */
export async function simulator(options: Partial<SimulatorOptions> = {}) {
  const started = await startSimulator({ accounts: [account], receiptDelay: 1, ...options });
  onTestFinished(() => started.close());
  return { url: started.url, client: clientOf(started.url), ...controls(started.url) };
}

/** What official clients asked in this file, and were answered. */
export const exchanges: Exchange[] = [];

/** The official client, its origin replaced: the path alone tells which product is meant. */
export function clientOf(url: string, user = account.sid, password = account.authToken, timeout = 5000) {
  const http = new twilio.RequestClient({ timeout });
  const send = http.request.bind(http);
  http.request = async <TData>(options: RequestOptions<TData>) => {
    const { host, pathname, search } = new URL(options.uri);
    const response = await send({ ...options, uri: url + pathname + search });
    const body: unknown = response.body;
    exchanges.push({
      host,
      method: options.method.toUpperCase(),
      path: pathname,
      parameters: Object.keys(options.data ?? {}),
      status: response.statusCode,
      body: typeof body === 'string' && body.startsWith('{') ? JSON.parse(body) : body,
    });
    return response;
  };
  return twilio(user, password, { accountSid: account.sid, httpClient: http });
}

/** What the witness says of a message, as far as the tests ask. */
type Witnessed = {
  sequence: number;
  sid: string;
  direction: string;
  origin: string;
  from: string | null;
  to: string;
  body: string;
  status: string;
  errorCode: number | null;
  history: { status: string }[];
  deleted: boolean;
};

function controls(url: string) {
  async function send(method: string, path: string, body?: unknown) {
    const response = await fetch(url + path, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
  }
  const read = async (path: string) => (await send('GET', path)).body;
  return {
    send,
    read,
    text: async (body: object): Promise<TextAnswer> => {
      const answer = await send('POST', '/simulator/texts', { from: phone, to: ours, ...body });
      if (answer.status !== 201) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
      return answer.body;
    },
    faults: async (rules: unknown) => {
      const answer = await send('PUT', '/simulator/faults', rules);
      if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    },
    messages: async (query = ''): Promise<Witnessed[]> => (await read(`/simulator/messages?${query}`)).messages,
    quiet: () => until(async () => (await read('/simulator/stats')).underWay === 0),
  };
}

type TextAnswer = {
  sid: string;
  conversationSid?: string;
  sequence: number;
  webhook: { status: number | null; attempts: number; errorCode: number | null };
};

export type Received = {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  fields: Record<string, string>;
};

/** A webhook target that remembers every request, signature checked by Twilio's own library. */
export async function receiver(answer: (response: ServerResponse, request: Received) => void = emptyTwiml) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const seen = {
        method: request.method ?? '',
        url: `http://${request.headers.host}${request.url}`,
        headers: request.headers,
        fields: Object.fromEntries(new URLSearchParams(body)),
      };
      received.push(seen);
      answer(response, seen);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhook`,
    received,
    signed: (request: Received, token = account.authToken) =>
      twilio.validateRequest(token, String(request.headers['x-twilio-signature']), request.url, request.fields),
  };
}

function emptyTwiml(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/xml' }).end('<Response/>');
}

/** An address where nothing listens. */
export async function nowhere(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}/`;
}

async function until(condition: () => Promise<boolean> | boolean, timeoutMs = 5000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('The condition did not come true in time');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
