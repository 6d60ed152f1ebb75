import { request as send } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { account, adminToken, newPhone, threadKeyOf } from '../support/surroundings.ts';
import { consoleRoutes } from './routes.ts';

const viewerToken = 'the-token-of-the-viewers';
const question = 'Zitronenfalter are what I ask for';
const secret = 'Zitronenfalter';
const phone = newPhone();
const ownPage = { 'sec-fetch-site': 'same-origin', 'x-tandem-console': '1' };

let gateway: Gateway;
let operator: string;
let viewer: string;
/** What stands for a route's parameter, so that the route has something to answer. */
const parameters: Record<string, string> = {};

beforeAll(async () => {
  gateway = await startGateway({
    env: { VIEWER_TOKEN: viewerToken, PUBLIC_URL: '', TURN_ATTEMPTS: '1', LOG_LEVEL: 'silent' },
  });
  await gateway.text(phone, question);
  await gateway.settle();
  gateway.assistant.answer(() => ({ status: 400, body: { message: `${secret} is not known` } }));
  await gateway.text(phone, `${question} again`);
  await gateway.settle();
  operator = (await logIn(adminToken)).cookie;
  viewer = (await logIn(viewerToken)).cookie;
  parameters.key = threadKeyOf(phone);
  parameters.id = (await gateway.failures()).turns[0]?.id as string;
});
afterAll(() => gateway.close());

async function api(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: object,
): Promise<{ status: number; headers: Headers; text: string }> {
  const signal = AbortSignal.timeout(5_000);
  const response = await fetch(`${gateway.url}/console/api${path}`, {
    method,
    headers: { ...(body && { 'content-type': 'application/json' }), ...headers },
    ...(body && { body: JSON.stringify(body) }),
    signal,
  });
  if (!/event-stream/.test(response.headers.get('content-type') ?? '')) {
    return { status: response.status, headers: response.headers, text: await response.text() };
  }
  // A stream does not end: what comes at once is what it says of the present.
  const reader = response.body?.getReader();
  const first = await reader?.read();
  await reader?.cancel();
  return { status: response.status, headers: response.headers, text: new TextDecoder().decode(first?.value) };
}

async function logIn(token: string) {
  const { status, headers } = await api('POST', '/login', ownPage, { token });
  return { status, cookie: (headers.get('set-cookie') ?? '').split(';')[0] ?? '', set: headers.get('set-cookie') };
}

/** The path with something in place of its parameters. */
function filled(path: string, values: Record<string, string> = parameters): string {
  return path.replace(/:(\w+)/g, (_, name) =>
    encodeURIComponent(values[name] ?? '00000000-0000-4000-8000-000000000000'),
  );
}

/** The whole number as one string of digits, however it is written. */
function showsNumber(text: string): boolean {
  return text.replace(/[^\d]/g, '').includes(phone.slice(2));
}

describe('Every route of the console', () => {
  const routes = consoleRoutes();
  const acts = routes.filter(({ method }) => method !== 'GET');
  const reads = routes.filter(({ method }) => method === 'GET');

  it('is in the table', () => {
    expect(acts.length).toBeGreaterThan(2);
    expect(reads.length).toBeGreaterThan(2);
  });

  it.each(routes)('$method $path is closed to whoever has not logged in', async ({ method, path }) => {
    for (const cookie of ['', 'tandem_console=', 'tandem_console=e30.x', `${operator}x`, operator.replace('.', 'A.')]) {
      const answer = await api(method, filled(path), { cookie, ...ownPage });
      expect([cookie, answer.status]).toEqual([cookie, 401]);
    }
    const wrong = await api(method, filled(path), { authorization: `Bearer ${adminToken}x` });
    expect(wrong.status).toBe(401);
  });

  it.each(acts)('$method $path does nothing that another site set off', async ({ method, path }) => {
    const before = await gateway.contents();
    const others: Record<string, string>[] = [
      {},
      { origin: 'https://evil.example' },
      { origin: 'null', 'x-tandem-console': '1' },
      { origin: 'https://evil.example', 'x-tandem-console': '1' },
      { 'sec-fetch-site': 'cross-site', 'x-tandem-console': '1' },
      { 'sec-fetch-site': 'same-site', 'x-tandem-console': '1' },
      { 'sec-fetch-site': 'none' },
    ];
    for (const headers of others) {
      const answer = await api(method, filled(path), { cookie: operator, ...headers }, {});
      expect([headers, answer.status]).toEqual([headers, 403]);
    }
    expect(await gateway.contents()).toEqual(before);
  });

  it.each(acts)('$method $path is not for viewers', async ({ method, path }) => {
    const before = await gateway.contents();
    const logins: Record<string, string>[] = [
      { cookie: viewer, ...ownPage },
      { authorization: `Bearer ${viewerToken}` },
    ];
    for (const headers of logins) expect((await api(method, filled(path), headers, {})).status).toBe(403);
    expect(await gateway.contents()).toEqual(before);
  });

  it.each(reads)('$method $path tells a viewer no text and no number', async ({ method, path }) => {
    const { threads } = JSON.parse((await api('GET', '/threads', { cookie: viewer })).text);
    const answer = await api(method, filled(path, { ...parameters, key: threads[0].key }), { cookie: viewer });
    // What is neither JSON nor a stream of it is withheld as a whole.
    const { status, headers } = await api(method, filled(path), { cookie: operator });
    const readable = /json|event-stream/.test(headers.get('content-type') ?? '');
    expect(answer.status).toBe(readable ? status : 403);
    expect(answer.text).not.toContain(secret);
    expect(showsNumber(answer.text)).toBe(false);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('tells an operator both, so that there was something to hide', async () => {
    const answers = await Promise.all(reads.map(({ path }) => api('GET', filled(path), { cookie: operator })));
    expect(answers.some(({ text }) => text.includes(secret))).toBe(true);
    expect(answers.some(({ text }) => showsNumber(text))).toBe(true);
  });
});

describe('A viewer', () => {
  it('sees the health of every channel as an operator does', async () => {
    const seenBy = async (cookie: string) => JSON.parse((await api('GET', '/health', { cookie })).text);
    const [seen, whole] = await Promise.all([seenBy(viewer), seenBy(operator)]);
    expect(seen).toEqual(whole);
    expect(seen).toMatchObject({ channels: [{ name: 'sms', whole: { received: 2, answered: 1, failed: 1 } }] });
  });

  it('finds a thread by a name that is not its number', async () => {
    const { threads } = JSON.parse((await api('GET', '/threads', { cookie: viewer })).text);
    expect(threads[0].key).toMatch(/^ref_/);
    expect(threads[0].theirs).toBe(`+••••••${phone.slice(-2)}`);
    const thread = await api('GET', `/threads/${threads[0].key}`, { cookie: viewer });
    expect([thread.status, JSON.parse(thread.text).key]).toEqual([200, threads[0].key]);
  });

  it('follows a thread live, with the same things hidden', async () => {
    const { threads } = JSON.parse((await api('GET', '/threads', { cookie: viewer })).text);
    const { text } = await api('GET', `/live?thread=${threads[0].key}`, { cookie: viewer });
    const view = JSON.parse(/^event: view\ndata: (.*)$/m.exec(text)?.[1] ?? 'null');
    expect(view.data.entries.map(({ kind, body }: { kind: string; body?: string }) => [kind, body])).toContainEqual([
      'said',
      '•••',
    ]);
    expect(showsNumber(text)).toBe(false);
    for (const kind of ['threads', 'failures']) {
      const list = await api('GET', `/live?kind=${kind}`, { cookie: viewer });
      expect(list.text).toContain('ref_');
      expect(list.text).not.toContain(secret);
      expect(showsNumber(list.text)).toBe(false);
    }
  });

  it('cannot guess a number: not as a path, not as a search', async () => {
    const guesses = [
      `/threads/${encodeURIComponent(threadKeyOf(phone))}`,
      `/threads?number=${encodeURIComponent(phone)}`,
      `/threads?text=${secret}`,
      `/threads?q=${secret}`,
      `/threads?before=${encodeURIComponent(phone)}`,
    ];
    for (const path of guesses) expect([403, 404]).toContain((await api('GET', path, { cookie: viewer })).status);
  });
});

describe('An act of our own pages', () => {
  const missing = '/failures/00000000-0000-4000-8000-000000000000/dismiss';

  it.each<[string, Record<string, string>]>([
    ['a browser that says from where', { 'sec-fetch-site': 'same-origin' }],
    ['a browser over plain http, which says less', { origin: 'own' }],
    ['an old browser, or a script', { 'x-tandem-console': '1' }],
  ])('is taken from %s', async (_who, headers) => {
    const own = headers.origin ? { origin: gateway.url } : headers;
    expect((await api('POST', missing, { cookie: operator, ...own })).status).toBe(404);
  });
});

it('The bare address leads to the console', async () => {
  const { status, headers } = await fetch(gateway.url, { redirect: 'manual' });
  expect([status, headers.get('location')]).toEqual([302, '/console']);
});

it('What the API answers is kept nowhere and is nothing but what it says it is', async () => {
  const { headers } = await api('GET', '/threads', { cookie: operator });
  expect([headers.get('cache-control'), headers.get('x-content-type-options')]).toEqual(['no-store', 'nosniff']);
});

describe('The raw queue', () => {
  const page = async (method: string, headers: Record<string, string>) =>
    (await fetch(`${gateway.url}/console/queues`, { method, headers })).status;

  it('is for operators only, and not for other sites', async () => {
    expect(await page('GET', {})).toBe(401);
    expect(await page('GET', { cookie: viewer })).toBe(403);
    expect(await page('GET', { cookie: operator })).toBe(200);
    expect(await page('POST', { cookie: operator, origin: 'https://evil.example' })).toBe(403);
  });
});

describe('The login', () => {
  it('is a cookie that scripts cannot read, that stays on this site and in the console, and ends', async () => {
    const { status, set } = await logIn(adminToken);
    expect(status).toBe(200);
    for (const part of ['HttpOnly', 'SameSite=Strict', 'Path=/console', 'Max-Age=43200']) expect(set).toContain(part);
    expect(set).not.toContain('Secure'); // over http a browser would not keep it
  });

  it('tells who one is, and is over after logging out', async () => {
    const session = await api('GET', '/session', { cookie: viewer });
    expect(JSON.parse(session.text)).toEqual({ role: 'viewer', seesText: false, local: false });
    const answer = await api('POST', '/logout', { cookie: viewer, ...ownPage });
    expect(answer.status).toBe(204);
    expect(answer.headers.get('set-cookie')).toMatch(/^tandem_console=;.*Expires=Thu, 01 Jan 1970/);
  });

  it('is not taken from another site', async () => {
    const answer = await api('POST', '/login', { origin: 'https://evil.example' }, { token: adminToken });
    expect([answer.status, answer.headers.get('set-cookie')]).toEqual([403, null]);
  });

  it('also opens for scripts, with the token itself and nothing else', async () => {
    const path = `/threads/${encodeURIComponent(threadKeyOf(phone))}`;
    const answer = await api('POST', `${path}/return`, { authorization: `Bearer ${adminToken}` });
    expect(answer.status).toBeLessThan(300);
  });

  it('has a wait after ten wrong tokens, for the right one too', async () => {
    const wrong = () => api('POST', '/login', ownPage, { token: 'not-the-token-at-all' });
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 11; attempt += 1) statuses.push((await wrong()).status);
    expect(statuses).toEqual([...Array(10).fill(401), 429]);
    expect((await logIn(adminToken)).status).toBe(429);
    // What a client claims of its address is not believed while no proxy is trusted.
    const forged = await api('POST', '/login', { ...ownPage, 'x-forwarded-for': '203.0.113.9' }, { token: adminToken });
    expect([forged.status, Number(forged.headers.get('retry-after')) > 0]).toEqual([429, true]);
    // Whoever has logged in before is not locked out.
    expect((await api('GET', '/threads', { cookie: operator })).status).toBe(200);
  });
});

describe('With a public address by https, texts for viewers, and a proxy', () => {
  it('the cookie is Secure, viewers read, and addresses are counted apart', async () => {
    const other = await startGateway({
      env: {
        VIEWER_TOKEN: viewerToken,
        VIEWER_SEES_TEXT: 'true',
        TRUSTED_PROXIES: '1',
        PUBLIC_URL: 'https://tandem.example.com',
        LOG_LEVEL: 'silent',
      },
    });
    try {
      const logInFrom = (address: string, token: string) =>
        fetch(`${other.url}/console/api/login`, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'x-forwarded-for': `198.51.100.1, ${address}`,
            origin: 'https://tandem.example.com',
            'x-tandem-console': '1',
          },
          body: JSON.stringify({ token }),
        });
      for (let attempt = 0; attempt < 10; attempt += 1) await logInFrom('203.0.113.9', 'not-the-token-at-all');
      expect((await logInFrom('203.0.113.9', adminToken)).status).toBe(429);
      const answer = await logInFrom('203.0.113.8', viewerToken);
      expect([answer.status, answer.headers.get('set-cookie')]).toEqual([200, expect.stringContaining('Secure')]);

      const words = `Call me at ${phone}, ${secret}`;
      await other.post(
        '/webhooks/twilio/messaging',
        { MessageSid: `SM${'5'.repeat(32)}`, AccountSid: account.sid, From: phone, To: '+15550001000', Body: words },
        { signedUrl: 'https://tandem.example.com/webhooks/twilio/messaging' },
      );
      await other.settle();
      const read = async (path: string) => {
        const cookie = (answer.headers.get('set-cookie') ?? '').split(';')[0] as string;
        return (await fetch(`${other.url}/console/api${path}`, { headers: { cookie } })).text();
      };
      const { threads } = JSON.parse(await read('/threads'));
      const thread = await read(`/threads/${threads[0].key}`);
      expect(thread).toContain(secret);
      expect(showsNumber(thread)).toBe(false);
    } finally {
      await other.close();
    }
  });
});

describe('In local mode', () => {
  let local: Gateway;
  beforeAll(async () => {
    const off = Object.fromEntries(
      ['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN', 'TWILIO_API_BASE_URL', 'PUBLIC_URL', 'ADMIN_TOKEN'].map((name) => [
        name,
        '',
      ]),
    );
    local = await startGateway({
      env: { ...off, ASSISTANTS_BASE_URL: '', ASSISTANT_ID: '', VIEWER_TOKEN: viewerToken, LOG_LEVEL: 'silent' },
    });
  });
  afterAll(() => local.close());

  /** Unlike fetch, which says itself what its Host is. */
  function ask(method: string, path: string, headers: Record<string, string>): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      const request = send(`${local.url}/console/api${path}`, { method, headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      request.on('error', reject).end();
    });
  }

  it('the console is open on this machine', async () => {
    expect(await ask('GET', '/threads', {})).toBe(200);
    expect(await ask('POST', '/threads/none/handoff', ownPage)).toBe(404);
  });

  it.each([
    ['a name that leads here (DNS rebinding)', { host: 'evil.example:3000' }, 401],
    ['a tunnel that says where it comes from', { 'x-forwarded-for': '203.0.113.9' }, 401],
    ['a tunnel with the Host put right', { host: 'localhost:3000', 'x-forwarded-host': 'evil.example' }, 401],
    ['a page of another site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['a page of another site, in an old browser', { origin: 'https://evil.example' }, 403],
  ] as [string, Record<string, string>, number][])('but not to %s', async (_who, headers, status) => {
    expect(await ask('GET', '/threads', headers)).toBe(status);
    expect(await ask('POST', '/threads/none/handoff', { ...headers, 'x-tandem-console': '1' })).toBe(status);
  });

  it('and acts need our header, which other pages cannot send', async () => {
    expect(await ask('POST', '/threads/none/handoff', {})).toBe(403);
  });

  it('a viewer sees no texts behind the proxies either: not in the assistants, not in the simulator', async () => {
    const headers = { 'content-type': 'application/json', ...ownPage };
    const body = JSON.stringify({ from: phone, to: '+15550001000', body: question });
    const sent = await fetch(`${local.url}/console/api/simulator/texts`, { method: 'POST', headers, body });
    expect(sent.status).toBe(201);
    await local.settle();
    const read = async (path: string, token?: string) => {
      const answer = await fetch(`${local.url}/console/api${path}`, {
        headers: token ? { authorization: `Bearer ${token}` } : {},
      });
      return { status: answer.status, text: await answer.text() };
    };
    const { sessions } = JSON.parse((await read('/v1/Sessions')).text);
    const messages = `/v1/Sessions/${encodeURIComponent(sessions[0].id)}/Messages`;
    for (const path of ['/simulator/messages', '/v1/Sessions', '/v1/Assistants', messages]) {
      expect([path, (await read(path)).status]).toEqual([path, 200]);
      const seen = await read(path, viewerToken);
      expect([path, seen.status]).toEqual([path, path === messages ? 404 : 200]);
      expect(seen.text).not.toContain(secret);
      expect(showsNumber(seen.text)).toBe(false);
    }
    expect((await read(messages)).text).toContain(secret);
    expect((await read('/simulator/messages')).text).toContain(secret);
  });
});
