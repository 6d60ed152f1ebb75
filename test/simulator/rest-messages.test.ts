import { describe, expect, it } from 'vitest';
import { departures, officialApi } from './openapi.ts';
import { account, clientOf, ours, phone, serviceSid, simulator } from './support.ts';

const auth = `Basic ${Buffer.from(`${account.sid}:${account.authToken}`).toString('base64')}`;
const base = `/2010-04-01/Accounts/${account.sid}`;

describe('creating a message', () => {
  it('answers 201 with the message that Twilio would answer with', async () => {
    const { client, quiet } = await simulator();
    const created = await client.messages.create({ to: phone, from: ours, body: 'Olá' });
    expect(created).toMatchObject({
      accountSid: account.sid,
      apiVersion: '2010-04-01',
      body: 'Olá',
      direction: 'outbound-api',
      errorCode: null,
      from: ours,
      numMedia: '0',
      numSegments: '1',
      status: 'queued',
      to: phone,
      dateSent: null,
    });
    expect(created.sid).toMatch(/^SM[0-9a-f]{32}$/);
    expect(created.dateCreated.getTime()).toBeGreaterThan(Date.now() - 10_000);
    await quiet();
    const fetched = await client.messages(created.sid).fetch();
    expect(fetched.status).toBe('delivered');
    expect(fetched.dateSent).toBeInstanceOf(Date);
  });

  it.each([
    [21604, 'no To', { to: '', from: ours, body: 'x' }],
    [21603, 'no From', { to: phone, body: 'x' }],
    [21619, 'nothing to send', { to: phone, from: ours }],
    [21619, 'a blank body', { to: phone, from: ours, body: ' ' }],
    [21617, 'more than 1600 characters', { to: phone, from: ours, body: 'x'.repeat(1601) }],
    [21211, 'a To that is no number', { to: '12', from: ours, body: 'x' }],
    [21211, 'a To on an unknown channel', { to: 'signal:+15551230001', from: ours, body: 'x' }],
    [21212, 'a From that is no sender', { to: phone, from: 'not a number at all', body: 'x' }],
    [21266, 'From equal to To', { to: ours, from: ours, body: 'x' }],
    [21910, 'two channels', { to: `whatsapp:${phone}`, from: ours, body: 'x' }],
    [21609, 'a relative StatusCallback', { to: phone, from: ours, body: 'x', statusCallback: '/relative' }],
    [21620, 'a file as media', { to: phone, from: ours, mediaUrl: ['file:///etc/passwd'] }],
    [21623, 'eleven media', { to: phone, from: ours, mediaUrl: Array(11).fill('https://example.com/a.jpg') }],
    [21654, 'variables without content', { to: phone, from: ours, body: 'x', contentVariables: '{}' }],
    [21655, 'a malformed ContentSid', { to: phone, from: ours, contentSid: 'HX1' }],
    [
      21656,
      'variables that are no JSON',
      { to: phone, from: ours, contentSid: `HX${'1'.repeat(32)}`, contentVariables: '{' },
    ],
    [21701, 'an unknown Messaging Service', { to: phone, messagingServiceSid: serviceSid, body: 'x' }],
    [
      35118,
      'a schedule without a service',
      { to: phone, from: ours, body: 'x', scheduleType: 'fixed' as const, sendAt: new Date() },
    ],
  ])('refuses with %i: %s', async (code, _what, parameters) => {
    const { client, messages } = await simulator();
    await expect(client.messages.create(parameters as never)).rejects.toMatchObject({
      code,
      moreInfo: `https://www.twilio.com/docs/errors/${code}`,
    });
    expect(await messages()).toEqual([]);
  });

  it('refuses a number that belongs to another account', async () => {
    const { client, send } = await simulator();
    await send('PUT', `/simulator/numbers/${encodeURIComponent(ours)}`, {
      smsUrl: 'http://127.0.0.1:1/',
      accountSid: `AC${'9'.repeat(32)}`,
    });
    await expect(client.messages.create({ to: phone, from: ours, body: 'x' })).rejects.toMatchObject({ code: 21606 });
  });

  it('has a Messaging Service choose the sender after it answered', async () => {
    const { client, send, quiet, messages } = await simulator();
    await send('PUT', `/simulator/numbers/${encodeURIComponent(ours)}`, {
      smsUrl: 'http://127.0.0.1:1/',
      messagingServiceSid: serviceSid,
    });
    const created = await client.messages.create({ to: phone, messagingServiceSid: serviceSid, body: 'x' });
    expect(created).toMatchObject({
      from: null,
      status: 'accepted',
      numSegments: '0',
      messagingServiceSid: serviceSid,
    });
    await quiet();
    const [message] = await messages();
    expect(message?.from).toBe(ours);
    expect(message?.history.map(({ status }) => status)).toEqual(['accepted', 'queued', 'sent', 'delivered']);
    await expect(
      client.messages.create({ to: `whatsapp:${phone}`, messagingServiceSid: serviceSid, body: 'x' }),
    ).rejects.toMatchObject({ code: 21703 });
  });

  it('counts segments as GSM-7 where it can and as UCS-2 where it must', async () => {
    const { client } = await simulator();
    const segments = async (body: string) =>
      (await client.messages.create({ to: phone, from: ours, body })).numSegments;
    expect(await segments('x'.repeat(160))).toBe('1');
    expect(await segments('x'.repeat(161))).toBe('2');
    expect(await segments('€'.repeat(80))).toBe('1');
    expect(await segments('€'.repeat(81))).toBe('2');
    expect(await segments('ж'.repeat(70))).toBe('1');
    expect(await segments('ж'.repeat(71))).toBe('2');
    expect(await segments('😀'.repeat(36))).toBe('2');
  });
});

describe('changing a message', () => {
  it('redacts, deletes, and cancels only what is scheduled', async () => {
    const { client, send, messages } = await simulator();
    await send('PUT', `/simulator/numbers/${encodeURIComponent(ours)}`, {
      smsUrl: 'http://127.0.0.1:1/',
      messagingServiceSid: serviceSid,
    });
    const { sid } = await client.messages.create({ to: phone, from: ours, body: 'a secret' });
    expect((await client.messages(sid).update({ body: '' })).body).toBe('');
    await expect(client.messages(sid).update({ status: 'canceled' })).rejects.toMatchObject({ code: 30409 });
    expect(await client.messages(sid).remove()).toBe(true);
    await expect(client.messages(sid).fetch()).rejects.toMatchObject({ status: 404, code: 20404 });

    const scheduled = await client.messages.create({
      to: phone,
      messagingServiceSid: serviceSid,
      body: 'later',
      scheduleType: 'fixed',
      sendAt: new Date(Date.now() + 20 * 24 * 60 * 60 * 1000),
    });
    expect(scheduled.status).toBe('scheduled');
    expect((await client.messages(scheduled.sid).update({ status: 'canceled' })).status).toBe('canceled');
    expect((await client.messages.list()).map((message) => message.sid)).toEqual([scheduled.sid]);
    expect((await messages()).map((message) => message.deleted)).toEqual([true, false]);
  });
});

describe('listing messages', () => {
  it('pages through everything, newest first, each message once', async () => {
    const { client } = await simulator();
    const sids: string[] = [];
    for (let n = 0; n < 7; n += 1) {
      sids.unshift((await client.messages.create({ to: phone, from: ours, body: `${n}` })).sid);
    }
    await client.messages.create({ to: '+15551239999', from: ours, body: 'another phone' });
    const listed = await client.messages.list({ to: phone, from: ours, pageSize: 3 });
    expect(listed.map((message) => message.sid)).toEqual(sids);

    const first = await client.messages.page({ to: phone, pageSize: 3 });
    expect(first.instances.map((message) => message.sid)).toEqual(sids.slice(0, 3));
    expect(first.previousPageUrl).toBeUndefined();
    const second = await first.nextPage();
    const third = await second?.nextPage();
    expect(third?.instances.map((message) => message.sid)).toEqual(sids.slice(6));
    expect(third?.nextPageUrl).toBeUndefined();
    const back = await third?.previousPage();
    expect(back?.instances.map((message) => message.sid)).toEqual(sids.slice(3, 6));
  });

  it('does not shift while new messages arrive between two pages', async () => {
    const { client } = await simulator();
    const create = async (body: string) => (await client.messages.create({ to: phone, from: ours, body })).sid;
    const [a, b, c, d] = [await create('a'), await create('b'), await create('c'), await create('d')];
    const first = await client.messages.page({ pageSize: 2 });
    await create('e');
    const second = await first.nextPage();
    expect(first.instances.map((message) => message.sid)).toEqual([d, c]);
    expect(second?.instances.map((message) => message.sid)).toEqual([b, a]);
  });

  it('filters by the day or the moment a message was sent, in GMT', async () => {
    let clock = new Date('2026-03-01T23:59:59.500Z');
    const { client, text } = await simulator({ now: () => clock });
    await text({ body: 'late on the first' });
    clock = new Date('2026-03-02T00:00:00.200Z');
    await text({ body: 'early on the second' });
    const bodies = async (filter: object) => (await client.messages.list(filter)).map((message) => message.body);
    const [first, second] = ['late on the first', 'early on the second'];
    expect(await bodies({ dateSent: new Date('2026-03-01T12:00:00Z') })).toEqual([first]);
    expect(await bodies({ dateSentAfter: new Date('2026-03-02T00:00:00Z') })).toEqual([second]);
    expect(await bodies({ dateSentBefore: new Date('2026-03-01T23:59:59Z') })).toEqual([first]);
    expect(await bodies({ dateSentAfter: new Date('2026-03-01T23:59:59Z') })).toEqual([second, first]);
    expect(await bodies({ dateSentAfter: '2026-03-02' })).toEqual([second]);
    expect(await bodies({ dateSentBefore: '2026-03-01' })).toEqual([first]);
  });

  it('answers host-relative page addresses and refuses pages over 1000', async () => {
    const { url, client } = await simulator();
    await client.messages.create({ to: phone, from: ours, body: '1' });
    await client.messages.create({ to: phone, from: ours, body: '2' });
    const get = (query: string) => fetch(`${url}${base}/Messages.json?${query}`, { headers: { authorization: auth } });
    const page = (await (await get('PageSize=1')).json()) as Record<string, unknown>;
    expect(page).toMatchObject({ page: 0, page_size: 1, start: 0, end: 0, previous_page_uri: null });
    expect(page.next_page_uri).toMatch(new RegExp(`^${base}/Messages\\.json\\?PageSize=1&Page=1&PageToken=PASM`));
    expect((await get('PageSize=1001')).status).toBe(400);
    expect((await get('PageToken=PAnothing')).status).toBe(400);
  });
});

describe('who may call', () => {
  it('lets in the auth token and API keys of the account, and nobody else', async () => {
    const apiKeys = [{ sid: `SK${'c'.repeat(32)}`, secret: 'key-secret' }];
    const other = { sid: `AC${'d'.repeat(32)}`, authToken: 'other-token' };
    const { url } = await simulator({ accounts: [{ ...account, apiKeys }, other] });
    await expect(clientOf(url).messages.list()).resolves.toEqual([]);
    await expect(clientOf(url, apiKeys[0]?.sid, 'key-secret').messages.list()).resolves.toEqual([]);
    const refused = { status: 401, code: 20003 };
    await expect(clientOf(url, account.sid, 'wrong').messages.list()).rejects.toMatchObject(refused);
    await expect(clientOf(url, apiKeys[0]?.sid, 'wrong').messages.list()).rejects.toMatchObject(refused);
    await expect(clientOf(url, other.sid, other.authToken).messages.list()).rejects.toMatchObject(refused);
    const anonymous = await fetch(`${url}${base}/Messages.json`);
    expect(anonymous.status).toBe(401);
    expect(anonymous.headers.get('twilio-request-id')).toMatch(/^RQ[0-9a-f]{32}$/);
    expect(await anonymous.json()).toEqual({
      code: 20003,
      message: 'Authenticate',
      more_info: 'https://www.twilio.com/docs/errors/20003',
      status: 401,
    });
  });
});

describe('the account', () => {
  it('is shown to whoever has its token', async () => {
    const { client, url } = await simulator();
    expect(await client.api.v2010.accounts(account.sid).fetch()).toMatchObject({ sid: account.sid, status: 'active' });
    const wrong = clientOf(url, account.sid, 'wrong').api.v2010.accounts(account.sid);
    await expect(wrong.fetch()).rejects.toMatchObject({ status: 401 });
  });
});

describe.skipIf(officialApi === undefined)('against the official description (skipped where it is absent)', () => {
  it('shows messages and media with exactly the fields and forms of the description', async () => {
    const { url, client, text, quiet } = await simulator();
    const { sid } = await text({ body: 'Look', media: [{ contentType: 'image/png', data: 'AAAA' }] });
    await client.messages.create({ to: phone, from: ours, body: 'Hi', mediaUrl: ['https://example.com/a.png'] });
    const schemas = officialApi?.components.schemas ?? {};
    const get = async (path: string) =>
      (await fetch(`${url}${base}${path}`, { headers: { authorization: auth } })).json() as Promise<
        Record<string, unknown[]>
      >;
    const check = async () => {
      for (const message of (await get('/Messages.json')).messages ?? []) {
        expect(departures(message, schemas['api.v2010.account.message'] ?? {})).toEqual([]);
      }
    };
    await check();
    await quiet();
    await check();
    const media = (await get(`/Messages/${sid}/Media.json`)).media_list ?? [];
    expect(media).toHaveLength(1);
    expect(departures(media[0], schemas['api.v2010.account.message.media'] ?? {})).toEqual([]);
  });
});
