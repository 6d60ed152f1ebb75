import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { Agent, request } from 'undici';
import { describe } from 'vitest';
import { sql } from '../../src/store/database.ts';
import type { Question } from '../support/fake-assistant.ts';
import { test } from '../support/gateway.ts';
import { type Answer, account, inbound, newPhone, sign } from '../support/surroundings.ts';
import { until } from '../support/until.ts';

const path = '/webhooks/twilio/messaging';
const json = { 'content-type': 'application/json' };

/** The URL and the body of a webhook in JSON, as Twilio signs it: with a hash in the query. */
function inJson(body: string): [string, string, { headers: Record<string, string> }] {
  return [`${path}?bodySHA256=${createHash('sha256').update(body).digest('hex')}`, body, { headers: json }];
}

function isOfCatalogue({ status, headers, json }: Pick<Answer, 'status' | 'headers' | 'json'>): boolean {
  return (
    headers.get('content-type')?.startsWith('application/json') === true &&
    Object.keys(json).sort().join() === 'code,message,more_info,status' &&
    json.status === status &&
    Number.isInteger(json.code) &&
    json.message.length > 0
  );
}

describe.concurrent('Bad input is refused with an error of the catalogue', () => {
  test('a webhook that is no message', async ({ gateway, expect }) => {
    const { post, rows, text, settle } = await gateway();
    const good = inbound(newPhone(), 'Hello');
    const without = (name: string) => Object.fromEntries(Object.entries(good).filter(([key]) => key !== name));
    const long = '9'.repeat(5_000);
    const cases: [string, number, () => Promise<Answer>][] = [
      ['no MessageSid', 400, () => post(path, without('MessageSid'))],
      ['no From', 400, () => post(path, without('From'))],
      ['no To', 400, () => post(path, without('To'))],
      ['a SID of another kind', 400, () => post(path, { ...good, MessageSid: `CA${'0'.repeat(32)}` })],
      ['a SID that is too long', 400, () => post(path, { ...good, MessageSid: `${good.MessageSid}0` })],
      ['SQL in the SID', 400, () => post(path, { ...good, MessageSid: "SM' or 1=1 --" })],
      ['an address of a channel that is not ours', 400, () => post(path, { ...good, From: 'messenger:1234' })],
      ['an address that is too long', 400, () => post(path, { ...good, From: `+${long}` })],
      ['an own address that is too long', 400, () => post(path, { ...good, To: `+${long}` })],
      ['an address with a NUL', 400, () => post(path, { ...good, From: '+1555\u0000123' })],
      ['a Messaging Service that is none', 400, () => post(path, { ...good, MessagingServiceSid: long, Body: 'STOP' })],
      ['more than 64 KiB', 413, () => post(path, { ...good, Body: 'x'.repeat(70_000) })],
      ['plain text', 415, () => post(path, 'Hello', { headers: { 'content-type': 'text/plain' } })],
      ['no content type', 415, () => post(path, 'Hello', { headers: { 'content-type': '' } })],
      [
        'several parts',
        415,
        () => post(path, 'Hello', { headers: { 'content-type': 'multipart/form-data; boundary=x' } }),
      ],
      ['percent-encoding that is broken', 400, () => post(path, 'Body=%E0%A4%A')],
      ['percent-encoding that is no UTF-8', 400, () => post(path, 'Body=%ff%fe')],
      ['a surrogate in percent-encoding', 400, () => post(path, 'Body=%ED%A0%80')],
      ['more than 1,000 fields', 400, () => post(path, 'a=1&'.repeat(1_001))],
      ['a broken query', 400, () => post(`${path}?a=%zz`, good)],
      ['JSON that is cut off', 400, () => post(path, '{"Body": "Hel', { headers: json })],
      ['JSON that is no object', 400, () => post(path, '["Body"]', { headers: json })],
      [
        'JSON that is nested deeper than the stack',
        400,
        () => post(path, `{"a":${'['.repeat(30_000)}${']'.repeat(30_000)}}`, { headers: json }),
      ],
      ['another method', 405, () => post(path, good, { method: 'PUT' })],
      [
        'a receipt without a status',
        400,
        () => post('/webhooks/twilio/status', { MessageSid: 'SM1', AccountSid: account.sid }),
      ],
      [
        'a receipt without a SID',
        400,
        () => post('/webhooks/twilio/status', { MessageStatus: 'sent', AccountSid: account.sid }),
      ],
      ['another path', 404, () => post('/webhooks/twilio/nothing', good)],
      ['the path and a slash', 404, () => post(`${path}/`, good)],
    ];
    for (const [name, status, ask] of cases) {
      const answer = await ask();
      expect([name, answer.status, answer.text]).toEqual([name, status, answer.text]);
      expect([name, isOfCatalogue(answer)]).toEqual([name, true]);
    }
    expect(await rows()).toMatchObject({ inbound_event: 0, thread: 0, consent: 0, number: 0 });
    await text(newPhone(), 'Are you alive?');
    await settle();
    expect(await rows()).toMatchObject({ inbound_event: 1, outbound_message: 1 });
  });

  test('a body that is announced too large is refused before it is sent', async ({ gateway, expect }) => {
    const { url } = await gateway();
    const answer = await raw(url, [
      `POST ${path} HTTP/1.1`,
      'Host: x',
      'Content-Type: application/x-www-form-urlencoded',
      'Content-Length: 100000000',
      '',
      '',
    ]);
    expect(answer).toMatch(/^HTTP\/1\.1 413 .*"code":70003/s);
    expect(answer.toLowerCase()).toContain('connection: close');
  });

  test('a callback that is no answer', async ({ gateway, expect }) => {
    const { text, wasAsked, assistant, reply, settle, simulator, contents, thread } = await gateway({
      env: { ASSISTANTS_REPLY: 'webhook' },
      answer: () => ({ status: 202 }),
    });
    const from = newPhone();
    await text(from, 'Hello');
    await wasAsked(1);
    await until('the callback is awaited', async () => (await thread(from)).turns[0]?.state === 'waiting');
    const [question] = assistant.asked as [Question];
    const before = await contents();
    const send = async (body: string, type: string) =>
      fetch(question.webhook as string, { method: 'POST', body, headers: { 'content-type': type } });
    const form = 'application/x-www-form-urlencoded';
    const cases: [string, number, () => Promise<Response>][] = [
      ['no fields', 400, () => send('', form)],
      ['no status', 400, () => send(`SessionId=${question.sessionId}`, form)],
      ['another type', 400, () => send('Status=Success', 'text/plain')],
      ['broken JSON', 400, () => send('{', 'application/json')],
      ['an array', 400, () => send('[]', 'application/json')],
      ['a list for a text', 400, () => send(`Status=Success&SessionId=${question.sessionId}&Body=a&Body=b`, form)],
      ['another encoding', 415, () => send('Status=Success', `${form}; charset=utf-7`)],
      ['too much', 413, () => send(`Status=Success&SessionId=x&Body=${'x'.repeat(300_000)}`, form)],
    ];
    for (const [name, status, ask] of cases) {
      const response = await ask();
      expect([name, response.status]).toEqual([name, status]);
      const answer = { status: response.status, headers: response.headers, json: await response.json() };
      expect([name, isOfCatalogue(answer)]).toEqual([name, true]);
    }
    expect(await contents()).toEqual(before);
    // None of them has used the token up.
    expect((await reply(question, 'Hello \u0000 yourself', { Error: '\u0000' })).status).toBe(200);
    await settle();
    expect(await simulator.texts(from)).toEqual(['Hello \ufffd yourself']);
  });
});

describe.concurrent('Strange input that Twilio did sign is not lost', () => {
  test('texts that PostgreSQL or UTF-8 cannot hold are kept with a mark in the place of what cannot be', async ({
    gateway,
    expect,
  }) => {
    const { post, settle, simulator, questions, log, text } = await gateway();
    const sent = async (body: string, more: Record<string, string> = {}) => {
      const from = newPhone();
      const { status } = await post(path, inbound(from, body, more));
      expect([body.slice(0, 20), status]).toEqual([body.slice(0, 20), 200]);
      await settle();
      return (await simulator.texts(from)).join('');
    };
    expect(await sent('a\u0000b')).toBe('You said: a\ufffdb');
    expect(await sent('x', { 'Na\u0000me': 'y\u0000' })).toBe('You said: x');
    expect(await sent('\\u0000 \\\\u0000 \u0001\u001f')).toContain('\\u0000');
    expect(await sent('', { NumMedia: '1000000000', MediaUrl0: 'https://example.com/a' })).toContain('a file');
    expect(await sent('x', { NumMedia: '-1' })).toBe('You said: x');
    expect(await sent('x', { NumMedia: 'NaN', OptOutType: '__proto__' })).toBe('You said: x');
    expect(await sent('x', { __proto__: 'a', constructor: 'b', toString: 'c' })).toBe('You said: x');
    expect((await sent('😀'.repeat(1_600))).replaceAll(' ', '')).toBe(`Yousaid:${'😀'.repeat(1_600)}`);
    expect(await sent(`👩‍👩‍👧‍👦${'e\u0301'.repeat(500)}`)).toContain('👩‍👩‍👧‍👦');

    for (const body of ['"\\ud83d"', '"\\ude00\\ud83d"', '"\\u0000"', '{"nested": ["\\ud800"]}', 'null', '1e400']) {
      const fields = JSON.stringify(inbound(newPhone(), '')).replace('"Body":""', `"Body":${body}`);
      const answer = await post(...inJson(fields));
      expect([body, answer.status, answer.text]).toEqual([body, 200, answer.text]);
    }
    await settle();
    expect(questions()).toHaveLength(9 + 6);
    // A message like that must not close the gateway to the others either.
    const from = newPhone();
    await text(from, 'a\u0000b');
    await text(from, 'Hello');
    await until('both are answered', async () => (await simulator.texts(from)).join().includes('Hello'));
    expect(log.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('receipts with strange fields are taken', async ({ gateway, expect }) => {
    const { post, text, settle, db, simulator } = await gateway();
    const from = newPhone();
    await simulator.faults({ on: 'receipt', do: { kind: 'lose' } });
    await text(from, 'Hello');
    await settle();
    const [message] = await db.query<{ id: string; sid: string }>(sql`select id, sid from gateway.outbound_message`);
    const receipt = { MessageSid: message?.sid ?? '', AccountSid: account.sid, To: from };
    const receipts: Record<string, string>[] = [
      { MessageStatus: 'sent', ErrorCode: '99999999999999' },
      { MessageStatus: 'queued', Weird: '\u0000', __proto__: 'x' },
      { MessageStatus: 'hasOwnProperty' },
      { MessageStatus: 'delivered', ErrorCode: 'none' },
    ];
    for (const fields of receipts) {
      const answer = await post(`/webhooks/twilio/status?message=${message?.id}`, { ...receipt, ...fields });
      expect([fields, answer.status]).toEqual([fields, 204]);
    }
    const [row] = await db.query(sql`select status, error_code from gateway.outbound_message`);
    expect(row).toEqual({ status: 'delivered', error_code: null });
  });

  test('an answer that PostgreSQL cannot hold is sent with a mark in the place of what it cannot', async ({
    gateway,
    expect,
  }) => {
    const { text, settle, simulator, assistant } = await gateway({
      answer: () => ({ body: '{"status": "Success", "body": "a\\u0000b \\ud83d c", "error": null}' }),
    });
    const from = newPhone();
    await text(from, 'Hello');
    await settle();
    expect(await simulator.texts(from)).toEqual(['a\ufffdb \ufffd c']);
    expect(assistant.asked).toHaveLength(1);
  });
});

describe('Whatever comes in', () => {
  test('10,000 random requests get a 2xx or an error of the catalogue, and a row only for a message', async ({
    gateway,
    expect,
  }) => {
    // Without workers, which have more to do with what is accepted than is wanted here.
    const { url, rows, text, log } = await gateway({ env: { LOG_LEVEL: 'error', ROLES: 'web' } });
    const seed = Math.floor(Math.random() * 2 ** 32);
    const dice = random(seed);
    const agent = new Agent({ connections: 24 });
    const wrong: unknown[] = [];
    const accepted = new Set<string>();
    let left = 10_000;
    async function send(): Promise<void> {
      while (left-- > 0) {
        const { target, sid, ...options } = randomRequest(dice, url);
        const { statusCode, headers, body } = await request(url + target, { ...options, dispatcher: agent });
        const text = await body.text();
        if (statusCode === 200) {
          if (sid) accepted.add(sid);
          if (text.endsWith('<Response/>')) continue;
        }
        if (statusCode === 204 && text === '') continue;
        const answer = {
          status: statusCode,
          headers: new Headers({ 'content-type': String(headers['content-type']) }),
        };
        const fine = statusCode >= 400 && statusCode < 500 && isOfCatalogue({ ...answer, json: JSON.parse(text) });
        if (!fine) wrong.push({ seed, statusCode, text, target, options });
      }
    }
    await Promise.all(Array.from({ length: 24 }, send));
    await agent.close();
    expect(wrong.slice(0, 3)).toEqual([]);
    expect(log.filter(({ level }) => level === 'error')).toEqual([]);
    expect((await rows()).inbound_event, `seed ${seed}`).toBe(accepted.size);
    expect(accepted.size).toBeGreaterThan(100);
    expect((await text(newPhone(), 'Are you alive?')).webhook.status).toBe(200);
  }, 60_000);
});

type Dice = { below(limit: number): number; pick<Item>(items: readonly Item[]): Item; text(): string };

function random(seed: number): Dice {
  let state = seed;
  const below = (limit: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  const pick = <Item>(items: readonly Item[]) => items[below(items.length)] as Item;
  const snippets = [
    '',
    ' ',
    'STOP',
    'START',
    'Hello',
    '\u0000',
    '\ufffd',
    '😀',
    '%',
    '&=',
    "'; drop table",
    '__proto__',
    '[]',
    '{"a":1}',
    '\r\n',
    '+15551234567',
    'whatsapp:+15551234567',
    'rcs:x',
    ':',
    'null',
    '-1',
    '1e9',
    'x'.repeat(3_000),
  ];
  return { below, pick, text: () => Array.from({ length: below(4) }, () => pick(snippets)).join('') };
}

const names = [
  'MessageSid',
  'SmsSid',
  'AccountSid',
  'From',
  'To',
  'Body',
  'NumMedia',
  'MediaUrl0',
  'MessagingServiceSid',
  'OptOutType',
  'MessageStatus',
  'ErrorCode',
  'Latitude',
  'Longitude',
  '__proto__',
  'constructor',
  'toString',
  '',
] as const;

/** A message with a few things wrong with it, or plain noise; signed by a token, or not at all. */
function randomRequest(dice: Dice, url: string) {
  const path = dice.pick(['/webhooks/twilio/messaging', '/channels/messaging/incoming', '/webhooks/twilio/status']);
  const target =
    path + dice.pick(['', '', '?AssistantId=x', `?message=${dice.text().replace(/[^\w]/g, '')}`, '?a=%00']);
  const noise = dice.below(5) === 0;
  const fields: Record<string, string> = noise ? {} : inbound(`+1555${dice.below(1e7)}`, dice.text());
  for (let n = dice.below(4); n > 0; n--)
    Object.defineProperty(fields, dice.pick(names), {
      value: dice.text(),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  const asJson = dice.below(6) === 0;
  const form = asJson ? JSON.stringify(fields) : new URLSearchParams(fields).toString();
  const body = dice.below(8) === 0 ? form.slice(dice.below(form.length)) : form;
  const hash = asJson
    ? `${target.includes('?') ? '&' : '?'}bodySHA256=${createHash('sha256').update(body).digest('hex')}`
    : '';
  const signature = sign(account.authToken, url + target + hash, asJson ? {} : fields);
  const signed = dice.below(3) > 0;
  const sid = signed && !/status/.test(target) ? fields.MessageSid : undefined;
  return {
    target: target + hash,
    sid: fields.MessageStatus === undefined ? sid : undefined,
    method: 'POST' as const,
    headers: {
      'content-type': asJson
        ? 'application/json'
        : dice.below(50) === 0
          ? dice.pick(['', 'text/plain', 'a/b; c'])
          : 'application/x-www-form-urlencoded',
      ...(signed && { 'x-twilio-signature': signature }),
    },
    body,
  };
}

/** Sends lines as they are and gives back all that comes until the server hangs up. */
function raw(url: string, lines: string[]): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(lines.join('\r\n')));
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('end', () => resolve(answer));
    socket.on('error', reject);
  });
}
