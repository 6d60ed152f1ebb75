import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent, MockAgent } from 'undici';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createGuardedDispatcher } from '../../src/http/outbound-guard.ts';
import { createFetchMedia } from '../../src/media/fetch-media.ts';
import { createLogger } from '../../src/observability/logger.ts';
import { startGateway } from '../support/gateway.ts';
import { account, newPhone } from '../support/surroundings.ts';

const media = (path: string, contentType = 'image/png') => [{ url: `https://api.twilio.com${path}`, contentType }];
const picture = Buffer.from('a picture');
const basic = `Basic ${Buffer.from(`${account.sid}:${account.authToken}`).toString('base64')}`;
const accounts = new Map([
  [account.sid, { accountSid: account.sid, authTokens: [], username: account.sid, password: account.authToken }],
]);

let answer: (request: IncomingMessage, response: ServerResponse) => void;
let asked: { url: string; authorization: string | undefined }[] = [];
const server = createServer((request, response) => {
  asked.push({ url: request.url ?? '', authorization: request.headers.authorization });
  answer(request, response);
});
const twilio = new Agent();
let baseUrl: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await twilio.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
beforeEach(() => {
  asked = [];
  answer = (_, response) => response.writeHead(200, { 'content-type': 'image/png' }).end(picture);
});

function fetchMedia(items: { url: string; contentType: string }[], guarded: Agent | MockAgent, signal?: AbortSignal) {
  const log = createLogger('error', { write() {} });
  const fetching = createFetchMedia({ accounts, baseUrl, twilio, guarded, log });
  return fetching(account.sid, items, signal ?? new AbortController().signal);
}

describe('What a customer sent is fetched from Twilio', () => {
  const guarded = createGuardedDispatcher({ allowPrivate: false });
  afterAll(() => guarded.destroy());

  test('with our credentials for Twilio, and without them for where Twilio sends us', async () => {
    const cdn = new MockAgent();
    cdn.disableNetConnect();
    let seen: unknown;
    cdn
      .get('https://cdn.example')
      .intercept({ path: '/file?signed=1' })
      .reply((request) => {
        seen = request.headers;
        return { statusCode: 200, data: picture, responseOptions: { headers: { 'content-type': 'image/jpeg' } } };
      });
    answer = (_, response) => response.writeHead(307, { location: 'https://cdn.example/file?signed=1' }).end();
    const [file] = await fetchMedia(media('/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1'), cdn);
    expect(file).toMatchObject({ contentType: 'image/jpeg' });
    expect(Buffer.from(file?.data ?? []).toString()).toBe('a picture');
    expect(asked).toEqual([{ url: '/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1', authorization: basic }]);
    expect(JSON.stringify(seen ?? {}).toLowerCase()).not.toContain('authorization');
    await cdn.close();
  });

  test('from the file service of Conversations by the address that it gives', async () => {
    const path = `/v1/Services/IS${'a'.repeat(32)}/Media/ME${'b'.repeat(32)}`;
    answer = ({ url }, response) => {
      if (url === '/direct') return response.writeHead(200, { 'content-type': 'image/gif' }).end(picture);
      response.end(JSON.stringify({ links: { content_direct_temporary: `${baseUrl}/direct` } }));
    };
    const files = await fetchMedia([{ url: `https://mcs.us1.twilio.com${path}`, contentType: 'image/gif' }], guarded);
    expect(files).toMatchObject([{ contentType: 'image/gif' }]);
    expect(asked).toEqual([
      { url: path, authorization: basic },
      { url: '/direct', authorization: undefined },
    ]);
  });

  test.each([
    ['another host', 'https://evil.example/file'],
    ['a host that only looks like Twilio', 'https://twilio.com.evil.example/file'],
    ['Twilio without https', 'http://api.twilio.com/file'],
    ['this machine', 'http://127.0.0.1:1/file'],
    ['a file', 'file:///etc/passwd'],
    ['no URL', 'nonsense'],
  ])('and from nowhere else: not from %s', async (_, url) => {
    expect(await fetchMedia([{ url, contentType: 'image/png' }], guarded)).toEqual([]);
    expect(asked).toEqual([]);
  });

  test.each([
    ['a private network', 'https://127.0.0.1:1/file'],
    ['where there is no https', 'http://cdn.example/file'],
    ['nowhere', ''],
  ])('and not when it leads to %s', async (_, location) => {
    answer = (_request, response) => response.writeHead(302, { location }).end();
    expect(await fetchMedia(media('/Media/ME1'), guarded)).toEqual([]);
  });

  test.each(['text/html', 'image/svg+xml', 'application/javascript', 'application/octet-stream', ''])(
    'unless it is of a kind that nobody should be shown: %s',
    async (contentType) => {
      expect(await fetchMedia(media('/Media/ME1', contentType), guarded)).toEqual([]);
      expect(asked).toEqual([]);
    },
  );

  test('within limits: one that is too large, or gone, or slow does not keep the others', async () => {
    const stop = new AbortController();
    answer = ({ url }, response) => {
      if (url === '/large') return void response.writeHead(200).end(Buffer.alloc(17 * 1024 * 1024));
      if (url === '/gone') return void response.writeHead(404).end();
      if (url === '/slow') return void setTimeout(() => stop.abort(), 50);
      response.writeHead(200, { 'content-type': 'image/png; charset=binary' }).end(picture);
    };
    const items = ['/large', '/gone', '/good'].flatMap((path) => media(path));
    expect(await fetchMedia(items, guarded)).toMatchObject([{ contentType: 'image/png' }]);
    expect(await fetchMedia(media('/slow'), guarded, stop.signal)).toEqual([]);
  });
});

test('it reaches the assistant with the words', async () => {
  const gateway = await startGateway({ env: { ASSISTANTS_BASE_URL: '', ASSISTANT_ID: '' } });
  const call = async (method: string, path: string, body?: object) => {
    const response = await fetch(`${gateway.url}/v1${path}`, {
      method,
      headers: { authorization: basic, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    return (await response.json()) as Record<string, never>;
  };
  await call('POST', '/Assistants', { name: 'Harper', personality_prompt: 'Be kind.' });
  const from = newPhone();
  const file = { contentType: 'image/png', data: picture.toString('base64') };
  await gateway.text(from, 'What is this?', { media: [file, { ...file, contentType: 'text/html' }] });
  await gateway.settle();
  const { sessionId } = await gateway.thread(from);
  const { messages } = await call('GET', `/Sessions/${encodeURIComponent(String(sessionId))}/Messages`);
  const [question] = messages as unknown as {
    role: string;
    content: { content: string };
    meta: { attachments: unknown };
  }[];
  expect(question?.meta.attachments).toMatchObject([{ content_type: 'image/png' }]);
  expect(JSON.stringify(question?.content)).toContain('a file of type text/html');
  await gateway.close();
});
