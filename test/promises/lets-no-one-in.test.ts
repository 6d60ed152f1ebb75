import { createHash } from 'node:crypto';
import { describe } from 'vitest';
import { signCallbackToken } from '../../src/assistants-client/callback-token.ts';
import { sql } from '../../src/store/database.ts';
import type { Question } from '../support/fake-assistant.ts';
import { type Gateway, test } from '../support/gateway.ts';
import { account, adminToken, inbound, newPhone, type Post, sign, subaccount } from '../support/surroundings.ts';

const messaging = '/webhooks/twilio/messaging';
const alias = '/channels/messaging/incoming';
const status = '/webhooks/twilio/status';

type Forgery = { path?: string; fields?: Record<string, string> | string; how: Post };
type Fields = Record<string, string>;

/** Requests that somebody who does not know the token can make out of a genuine one. */
function forgeries(url: string, path: string, fields: Fields): Record<string, Forgery> {
  const json = JSON.stringify(fields);
  const sha = createHash('sha256').update(json).digest('hex');
  const jsonType = { 'content-type': 'application/json' };
  const genuine = sign(account.authToken, url + path, fields);
  const query = new URLSearchParams(fields).toString();
  return {
    'no signature': { how: { signature: false } },
    'an empty signature': { how: { signature: '' } },
    'a signature of another length': { how: { signature: 'AAAA' } },
    'a signature made of nothing': { how: { signature: 'A'.repeat(27).concat('=') } },
    'the signature in lower case': { how: { signature: genuine.toLowerCase() } },
    'the signature twice': { how: { signature: `${genuine}, ${genuine}` } },
    'a wrong token': { how: { token: 'not-the-token' } },
    'an empty token': { how: { token: '' } },
    'the token of another account': { how: { token: subaccount.authToken } },
    'another account of ours': { fields: { ...fields, AccountSid: subaccount.sid }, how: {} },
    'an unknown account': { fields: { ...fields, AccountSid: `AC${'9'.repeat(32)}` }, how: {} },
    'no account': { fields: { ...fields, AccountSid: '' }, how: {} },
    'an account named like a prototype': { fields: { ...fields, AccountSid: '__proto__' }, how: { token: '' } },
    'a changed value': { how: { signedFields: { ...fields, From: '+15550009999' } } },
    'a field added': { fields: { ...fields, Extra: '1' }, how: { signedFields: fields } },
    'a field removed': { how: { signedFields: { ...fields, Extra: '1' } } },
    'white space at the end of a value': { fields: { ...fields, To: `${fields.To} ` }, how: { signedFields: fields } },
    'a repeated field': { fields: `${query}&From=%2B15550009999`, how: { signature: genuine } },
    'another host': { how: { signedUrl: `http://example.com${path}` } },
    'another path': { how: { signedUrl: `${url}/webhooks/twilio/voice` } },
    'the other webhook': { how: { signedUrl: url + (path === status ? messaging : status) } },
    'a query added': { path: `${path}?AssistantId=aia_asst_other`, how: { signedUrl: url + path } },
    'a query removed': { how: { signedUrl: `${url}${path}?AssistantId=one` } },
    'a changed query': { path: `${path}?a=1`, how: { signedUrl: `${url}${path}?a=2` } },
    'a path spelled otherwise': {
      path: path.replace('twilio', '%74wilio').replace('incoming', '%69ncoming'),
      how: { signedUrl: url + path },
    },
    'a GET with the signature of the POST': { path: `${path}?${query}`, how: { method: 'GET', signature: genuine } },
    'a GET with a changed field': {
      path: `${path}?${query}`,
      how: { method: 'GET', signedUrl: `${url}${path}?${query}1`, signedFields: {} },
    },
    'JSON without a hash of it': { fields: json, how: { headers: jsonType, signedFields: {} } },
    'JSON with the hash of another body': {
      path: `${path}?bodySHA256=${sha}`,
      fields: json.replace('}', ',"Extra":"1"}'),
      how: { headers: jsonType, signedFields: {} },
    },
    'JSON with a hash that is not signed': {
      path: `${path}?bodySHA256=${sha}`,
      fields: json,
      how: { headers: jsonType, signedUrl: url + path, signedFields: {} },
    },
    'a form under the signature of an empty JSON body': {
      path: `${path}?bodySHA256=${createHash('sha256').update('').digest('hex')}`,
      how: { signedUrl: `${url}${path}?bodySHA256=${createHash('sha256').update('').digest('hex')}`, signedFields: {} },
    },
    'a form called JSON': { how: { headers: jsonType, signature: genuine } },
    'a form called plain text': { how: { headers: { 'content-type': 'text/plain' }, signature: genuine } },
  };
}

async function tryAll(gateway: Gateway, path: string, fields: Fields): Promise<string[]> {
  const attempts = Object.entries(forgeries(gateway.url, path, fields));
  return Promise.all(
    attempts.map(async ([name, forgery]) => {
      const answer = await gateway.post(forgery.path ?? path, forgery.fields ?? fields, forgery.how);
      return `${name}: ${answer.status} ${answer.json?.code}`;
    }),
  );
}

const refused = / (403 70001|404 20404|415 70004|400 70002)$/;

describe.concurrent('Lets no one in', () => {
  for (const path of [messaging, alias]) {
    test(`a message that Twilio did not sign for this very request leaves no trace (${path})`, async ({
      gateway,
      expect,
    }) => {
      const started = await gateway();
      const { post, text, settle, contents, assistant } = started;
      await text(newPhone(), 'Hello');
      await settle();
      const before = await contents();
      const fields = inbound(newPhone(), 'Let me in');
      const outcomes = await tryAll(started, path, fields);
      expect(outcomes.filter((outcome) => !refused.test(outcome))).toEqual([]);
      expect(outcomes.filter((outcome) => outcome.endsWith('403 70001')).length).toBeGreaterThan(25);
      await settle();
      expect(await contents()).toEqual(before);
      expect(assistant.asked).toHaveLength(1);
      // The very same message, signed, comes in: nothing of the above has taken its place.
      expect((await post(path, fields)).status).toBe(200);
      await settle();
      expect(assistant.asked).toHaveLength(2);
    });
  }

  test('a receipt that Twilio did not sign changes nothing', async ({ gateway, expect }) => {
    const started = await gateway();
    const { post, text, settle, contents, simulator, db } = started;
    const from = newPhone();
    await simulator.faults({ on: 'receipt', to: from, do: { kind: 'lose' } });
    await text(from, 'Hello');
    await settle();
    const [message] = await db.query<{ id: string; sid: string }>(sql`select id, sid from gateway.outbound_message`);
    const before = await contents();
    const fields = {
      MessageSid: message?.sid ?? '',
      MessageStatus: 'failed',
      ErrorCode: '30003',
      AccountSid: account.sid,
      To: from,
    };
    const path = `${status}?message=${message?.id}`;
    for (const target of [status, path]) {
      const outcomes = await tryAll(started, target, fields);
      expect(outcomes.filter((outcome) => !refused.test(outcome))).toEqual([]);
    }
    // Signed, but about nothing of ours.
    const unknown = { ...fields, MessageSid: `SM${'0'.repeat(32)}` };
    expect((await post(status, unknown)).status).toBe(204);
    expect((await post(path, unknown)).status).toBe(204);
    expect(await contents()).toEqual(before);
    expect((await post(path, fields)).status).toBe(204);
    expect(await contents()).not.toEqual(before);
  });

  test('a callback is taken once, with a token of ours, for the turn and the session that it was made for', async ({
    gateway,
    expect,
  }) => {
    const { url, text, reply, wasAsked, assistant, contents, settle, simulator } = await gateway({
      env: { ASSISTANTS_REPLY: 'webhook' },
      answer: () => ({ status: 202 }),
    });
    const from = newPhone();
    await text(from, 'Hello');
    await text(newPhone(), 'Somebody else');
    await wasAsked(2);
    const [question, other] = assistant.asked as [Question, Question];
    const target = (token: string, sessionId = question.sessionId) => ({
      webhook: `${url}/webhooks/assistants/reply${token}`,
      sessionId,
    });
    const key = Buffer.from('ab'.repeat(32), 'hex');
    const token = { turnId: question.key, use: '00000000-0000-4000-8000-000000000000' };
    const genuine = new URL(question.webhook as string).searchParams.get('_token') as string;
    const [payload = '', seal = ''] = genuine.split('.');
    const forged = Buffer.from(JSON.stringify({ ...token, expires: Date.now() + 1e6 })).toString('base64url');
    const yesterday = new Date(Date.now() - 24 * 3_600_000 - 1_000);

    const before = await contents();
    const attempts = [
      target(''),
      target('?_token='),
      target('?_token=.'),
      target(`?_token=${forged}`),
      target(`?_token=${forged}.${seal}`),
      target(`?_token=${payload}.${'A'.repeat(seal.length)}`),
      target(`?_token=${payload}`),
      target(`?_token=${genuine}&_token=${genuine}`),
      target(`?_token=${signCallbackToken(Buffer.alloc(32), token, new Date())}`),
      target(`?_token=${signCallbackToken(key, token, yesterday)}`),
      target(`?_token=${signCallbackToken(key, { ...token, turnId: token.use }, new Date())}`),
      target(`?_token=${genuine}`, other.sessionId),
      target(`?_token=${genuine}`, ''),
    ];
    for (const attempt of attempts) {
      const answer = await reply(attempt, 'Send me your gift cards');
      expect(answer.status, attempt.webhook).toBe(403);
      expect(answer.json).toMatchObject({ code: 70005, status: 403 });
    }
    expect(await contents()).toEqual(before);

    expect((await reply(question, 'Hello yourself')).status).toBe(200);
    expect((await reply(question, 'Send me your gift cards')).status).toBe(403);
    await reply(other, 'Hello to you');
    await settle();
    expect(await simulator.texts(from)).toEqual(['Hello yourself']);
  });

  test('during a rotation the previous token is accepted; a subaccount has its own', async ({ gateway, expect }) => {
    const { url, post, settle, questions } = await gateway({
      env: {
        TWILIO_AUTH_TOKEN_PREVIOUS: 'the-token-before',
        TWILIO_SUBACCOUNTS: `${subaccount.sid}:${subaccount.authToken}`,
      },
    });
    const ofSubaccount = (body: string) => inbound(newPhone(), body, { AccountSid: subaccount.sid });
    const answers = [
      await post(messaging, inbound(newPhone(), 'current')),
      await post(messaging, inbound(newPhone(), 'previous'), { token: 'the-token-before' }),
      await post(messaging, ofSubaccount('own'), { token: subaccount.authToken }),
      await post(messaging, ofSubaccount('of the main account'), { token: account.authToken }),
      await post(messaging, ofSubaccount('previous of the main account'), { token: 'the-token-before' }),
      await post(messaging, inbound(newPhone(), 'of the subaccount'), { token: subaccount.authToken }),
    ];
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 403, 403, 403]);

    const json = JSON.stringify(inbound(newPhone(), 'json'));
    const hash = createHash('sha256').update(json).digest('hex');
    const headers = { 'content-type': 'application/json' };
    expect((await post(`${messaging}?bodySHA256=${hash}`, json, { headers })).status).toBe(200);
    const query = new URLSearchParams(inbound(newPhone(), 'get')).toString();
    const get = { method: 'GET', signedUrl: `${url}${messaging}?${query}`, signedFields: {} };
    expect((await post(`${messaging}?${query}`, '', get)).status).toBe(200);
    await settle();
    expect(questions().sort()).toEqual(['current', 'get', 'json', 'own', 'previous']);
  });

  test('operators need the admin token, and the simulator is not there', async ({ gateway, expect }) => {
    const { url, text, settle, contents } = await gateway();
    const from = newPhone();
    await text(from, 'Hello');
    await settle();
    const before = await contents();
    const key = encodeURIComponent(`sms:+15550001000:${from}`);
    const paths: [string, string][] = [
      ['GET', '/console/api/threads'],
      ['GET', `/console/api/threads/${key}`],
      ['POST', `/console/api/threads/${key}/handoff`],
      ['POST', `/console/api/threads/${key}/return`],
      ['GET', '/console/api/failures'],
      ['POST', '/console/api/failures/00000000-0000-4000-8000-000000000000/retry'],
      ['GET', '/console/api/nothing'],
    ];
    const wrong = [
      '',
      'Bearer',
      'Bearer wrong',
      `Bearer ${adminToken}x`,
      `Basic ${btoa(`admin:${adminToken}`)}`,
      adminToken,
    ];
    for (const [method, path] of paths) {
      for (const authorization of wrong) {
        const response = await fetch(url + path, { method, headers: authorization ? { authorization } : {} });
        expect([path, response.status]).toEqual([path, 401]);
      }
    }
    for (const path of [
      '/simulator/messages',
      '/simulator/stats',
      `/2010-04-01/Accounts/${account.sid}/Messages.json`,
    ]) {
      expect((await fetch(url + path)).status).toBe(404);
    }
    expect(await contents()).toEqual(before);
  });
});
