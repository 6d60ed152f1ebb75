import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { erasedResource } from '../../../src/assistants/api/schemas.ts';
import { sql } from '../../../src/store/database.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { account, newPhone } from '../../support/surroundings.ts';
import { gate, until } from '../../support/until.ts';
import { startFakeModels } from '../providers/fake-models.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({
    env: { ASSISTANTS_BASE_URL: '', ASSISTANT_ID: '', ALLOW_PRIVATE_ADDRESSES: 'true' },
  });
  const customer_ai = { perception_engine_enabled: true, personalization_engine_enabled: true };
  await api('POST', '/v1/Assistants', { name: 'Harper', customer_ai });
});
afterAll(() => gateway.close());

async function api(method: string, path: string, body?: object) {
  const response = await fetch(gateway.url + path, {
    method,
    headers: {
      authorization: `Basic ${btoa(`${account.sid}:${account.authToken}`)}`,
      'content-type': 'application/json',
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return { status: response.status, json: (await response.json()) as { id: string; erased: object } };
}
const erase = (identity: string) => api('DELETE', `/v1/Profiles/${encodeURIComponent(identity)}`);

/** Every table in which a text turns up, whole rows read as text. */
async function tablesThatHold(text: string): Promise<string[]> {
  const tables = await gateway.db.query<{ name: string }>(sql`
    select table_schema || '.' || table_name as name from information_schema.tables
    where table_schema in ('gateway', 'assistants') and table_type = 'BASE TABLE' order by 1`);
  const holders = [];
  for (const { name } of tables) {
    const [row] = await gateway.db.query({
      text: `select 1 from ${name} as t where t::text like '%' || $1 || '%' limit 1`,
      values: [text],
      name: '',
    });
    if (row) holders.push(name);
  }
  return holders;
}

async function talk(from: string, ...texts: string[]) {
  for (const text of texts) await gateway.text(from, text);
  await gateway.settle();
  await until(
    'the name is known',
    async () => (await api('GET', `/v1/Profiles/phone%3A${encodeURIComponent(from)}`)).status === 200,
  );
}

describe('erasing an identity', () => {
  it('leaves no word and no number of theirs in any table but the wish to be left alone; others keep theirs', async () => {
    const [gone, stays] = [newPhone(), newPhone()];
    await talk(gone, 'My name is Ada Lovelace and my secret is xyzzy.');
    await talk(stays, 'My name is Grace.');
    await gateway.text(gone, 'STOP');
    await gateway.settle();
    expect((await tablesThatHold('xyzzy')).length).toBeGreaterThanOrEqual(2);

    const { status, json } = await erase(`phone:${gone}`);
    expect(status).toBe(200);
    expect(erasedResource.parse(json)).toEqual({
      identity: `phone:${gone}`,
      erased: {
        traits: expect.any(Number),
        sessions: 1,
        messages: 2,
        threads: 1,
        inbound: 2,
        outbound: expect.any(Number),
      },
    });
    expect(await tablesThatHold('xyzzy')).toEqual([]);
    expect(await tablesThatHold('Lovelace')).toEqual([]);
    expect(await tablesThatHold(gone)).toEqual(['gateway.consent']);
    expect((await api('GET', `/v1/Profiles/phone%3A${encodeURIComponent(stays)}`)).status).toBe(200);
    expect((await tablesThatHold(stays)).length).toBeGreaterThan(2);
  });

  it('does not bring messages back, nor texts to who said stop, when Twilio repeats itself', async () => {
    const from = newPhone();
    const fields = {
      ...{ From: from, To: '+15550001000', Body: 'My name is Ada.', NumMedia: '0' },
      AccountSid: account.sid,
      MessageSid: `SM${'e'.repeat(32)}`,
    };
    await gateway.post('/webhooks/twilio/messaging', fields);
    await gateway.settle();
    await erase(`phone:${from}`);
    await gateway.post('/webhooks/twilio/messaging', fields);
    await gateway.settle();
    expect(await tablesThatHold(from)).toEqual([]);
  });

  it('waits until no human has a thread of theirs', async () => {
    const from = newPhone();
    await talk(from, 'My name is Ada.');
    const { key } = await gateway.db
      .query<{ key: string }>(sql`
        update gateway.thread set handling = 'human', handling_since = now() where theirs = ${from} returning key`)
      .then(([row]) => row as { key: string });
    expect((await erase(`phone:${from}`)).status).toBe(409);
    expect((await tablesThatHold(from)).length).toBeGreaterThan(2);
    await gateway.db.query(sql`update gateway.thread set handling = 'assistant' where key = ${key}`);
    expect((await erase(`phone:${from}`)).status).toBe(200);
  });

  it('is found by a new message to be a stranger', async () => {
    const from = newPhone();
    await talk(from, 'My name is Ada.');
    await erase(`phone:${from}`);
    await gateway.text(from, 'Hello');
    await gateway.settle();
    expect((await gateway.thread(from)).messages).toHaveLength(1);
    expect((await api('GET', `/v1/Profiles/phone%3A${encodeURIComponent(from)}`)).status).toBe(404);
  });

  it('may be repeated, finds nothing of a stranger, and of no other account', async () => {
    const nothing = { traits: 0, sessions: 0, messages: 0, threads: 0, inbound: 0, outbound: 0 };
    expect((await erase('phone:+15559999999')).json.erased).toEqual(nothing);
    const from = newPhone();
    await talk(from, 'My name is Ada.');
    await gateway.db.query(sql`update gateway.thread set account_sid = 'ACother' where theirs = ${from}`);
    expect((await erase(`phone:${from}`)).json.erased).toMatchObject({ threads: 0, sessions: 1 });
  });
});

it('an answer that is under way when its user is erased is not stored, and leaves nothing behind', async () => {
  const model = await startFakeModels('openai');
  const settings = { base_url: model.url, api_key: 'k' };
  const { json } = await api('POST', '/v1/Assistants', {
    name: 'Slow',
    model: 'openai/slow',
    model_settings: settings,
  });
  const say = (body: string) =>
    api('POST', `/v1/Assistants/${json.id}/Messages`, { identity: 'user_id:slow', session_id: 'slow', body });
  await say('Hello');
  const { opened, open } = gate();
  model.will(async () => {
    await opened;
    return { text: 'Late.' };
  });
  const saying = say('My name is Ada Xyzzy.');
  await until('the model is asked', () => model.seen.length === 1);
  expect((await erase('user_id:slow')).json.erased).toMatchObject({ sessions: 1, messages: 2 });
  open();
  expect((await saying).status).toBe(429);
  expect(await tablesThatHold('Xyzzy')).toEqual([]);
  await model.close();
});
