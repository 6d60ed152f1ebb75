import { describe } from 'vitest';
import { sql } from '../../src/store/database.ts';
import { test } from '../support/gateway.ts';
import { inbound, newPhone, queues } from '../support/surroundings.ts';
import { gate, until } from '../support/until.ts';

const path = '/webhooks/twilio/messaging';

describe.concurrent('A repeated webhook changes nothing', () => {
  for (const queue of queues) {
    test(`twenty at the same moment are one message (${queue})`, async ({ gateway, expect }) => {
      const { post, rows, settle, questions, simulator } = await gateway({ queue });
      const from = newPhone();
      const fields = inbound(from, 'Hello');
      const answers = await Promise.all(Array.from({ length: 20 }, () => post(path, fields)));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      await settle();
      expect(questions()).toEqual(['Hello']);
      expect(await simulator.texts(from)).toEqual(['You said: Hello']);
      expect(await rows()).toMatchObject({ inbound_event: 1, turn: 1, outbound_message: 1 });
    });
  }

  test('the first of them counts, whatever the later ones say and wherever they come in', async ({
    gateway,
    expect,
  }) => {
    const { post, settle, simulator, db } = await gateway();
    const from = newPhone();
    const fields = inbound(from, 'Hello');
    await post(path, fields);
    await settle();
    await post(path, { ...fields, Body: 'Something else' });
    await post('/channels/messaging/incoming', { ...fields, Body: 'STOP' });
    await post(path, { ...fields, From: newPhone() });
    await post(`${path}?AssistantId=another`, fields);
    await settle();
    expect(await simulator.texts(from)).toEqual(['You said: Hello']);
    const stored = await db.query<{ body: string }>(sql`select event ->> 'body' as body from gateway.inbound_event`);
    expect(stored).toEqual([{ body: 'Hello' }]);
    expect(await db.query(sql`select key from gateway.thread`)).toHaveLength(1);
    expect(await db.query(sql`select scope from gateway.consent`)).toEqual([]);
  });

  test('a repetition after a restart is still one', async ({ gateway, expect }) => {
    const { post, settle, restart, rows, questions } = await gateway();
    const fields = inbound(newPhone(), 'Hello');
    await post(path, fields);
    await settle();
    const before = await rows();
    await restart();
    expect((await post(path, fields)).status).toBe(200);
    await settle();
    expect(await rows()).toEqual(before);
    expect(questions()).toEqual(['Hello']);
  });

  test('a repetition while the answer is being written does not ask again', async ({ gateway, expect }) => {
    const door = gate();
    const { post, settle, assistant, wasAsked, simulator } = await gateway({
      answer: () => door.opened.then(() => 'At last'),
    });
    const from = newPhone();
    const fields = inbound(from, 'Hello');
    await post(path, fields);
    await wasAsked(1);
    await Promise.all(Array.from({ length: 5 }, () => post(path, fields)));
    door.open();
    await settle();
    expect(assistant.asked).toHaveLength(1);
    expect(await simulator.texts(from)).toEqual(['At last']);
  });

  test('what Twilio posts twice and its log shows besides is answered once', async ({ gateway, expect }) => {
    const { text, settle, restart, simulator } = await gateway();
    const from = newPhone();
    await simulator.faults({ on: 'webhook', do: { kind: 'duplicate', times: 4 } });
    await text(from, 'Hello', { copies: 3 });
    await settle();
    // Starting reads Twilio's log, where the message stands too.
    await restart();
    await settle();
    expect(await simulator.texts(from)).toEqual(['You said: Hello']);
  });

  test('an answer delivered to the callback twice is sent once', async ({ gateway, expect }) => {
    const { text, settle, reply, assistant, wasAsked, simulator } = await gateway({
      env: { ASSISTANTS_REPLY: 'webhook' },
      answer: () => ({ status: 202 }),
    });
    const from = newPhone();
    await text(from, 'Hello');
    await wasAsked(1);
    const [question] = assistant.asked;
    if (!question) throw new Error('not asked');
    const answers = await Promise.all(['Yes', 'Yes', 'No'].map((body) => reply(question, body)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 403, 403]);
    await settle();
    await until('the answer has left', async () => (await simulator.texts(from)).length > 0);
    expect(await simulator.texts(from)).toHaveLength(1);
  });
});
