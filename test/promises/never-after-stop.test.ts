import { describe } from 'vitest';
import { test } from '../support/gateway.ts';
import { account, newPhone, ours, queues } from '../support/surroundings.ts';
import { gate, until } from '../support/until.ts';

const service = `MG${'3'.repeat(32)}`;

describe.concurrent('Never texts someone who said stop', () => {
  for (const queue of queues) {
    test(`a STOP while the answer is being written drops it (${queue})`, async ({ gateway, expect }) => {
      const door = gate();
      const { text, settle, simulator, wasAsked, thread, questions } = await gateway({
        queue,
        answer: async ({ body }) => {
          if (body === 'Hello') await door.opened;
          return `Re: ${body}`;
        },
      });
      const from = newPhone();
      await text(from, 'Hello');
      await wasAsked(1);
      await text(from, ' stop\n');
      door.open();
      await settle();
      expect(await simulator.texts(from)).toEqual([]);
      expect(await thread(from)).toMatchObject({
        optedOut: true,
        turns: [{ state: 'dropped' }, { reason: 'opt_out' }],
      });

      await text(from, 'Are you there?');
      await settle();
      expect(questions()).toEqual(['Hello']);
      await text(from, 'Start');
      await text(from, 'Again');
      await settle();
      expect(questions()).toEqual(['Hello', 'Again']);
      expect(await simulator.texts(from)).toEqual(['Re: Again']);
    });
  }

  test('what was said before a STOP and is not asked yet is not asked any more', async ({ gateway, expect }) => {
    const { text, settle, questions } = await gateway({ env: { TURN_DEBOUNCE: '500ms' } });
    const from = newPhone();
    await text(from, 'Hello');
    await text(from, 'STOP');
    await settle();
    expect(questions()).toEqual([]);
  });

  test('only a whole message is a stop word', async ({ gateway, expect }) => {
    const { text, settle, simulator } = await gateway();
    const from = newPhone();
    for (const body of ['please stop', 'STOP.', 'When do you end?']) {
      await text(from, body);
      await settle();
    }
    expect(await simulator.texts(from)).toHaveLength(3);
  });

  test('YES is an answer to whoever is in, and a START to whoever is out', async ({ gateway, expect }) => {
    const { text, settle, simulator, questions } = await gateway();
    const from = newPhone();
    for (const body of ['YES', 'STOP', 'YES', 'Hello']) {
      await text(from, body);
      await settle();
    }
    expect(questions()).toEqual(['YES', 'Hello']);
    expect(await simulator.texts(from)).toEqual(['You said: YES', 'You said: Hello']);
  });

  test('HELP is left to Twilio, which answers it', async ({ gateway, expect }) => {
    const { text, settle, questions, simulator } = await gateway();
    const from = newPhone();
    await text(from, 'HELP');
    await settle();
    expect(questions()).toEqual([]);
    expect(await simulator.texts(from)).toEqual([]);
  });

  test('with Advanced Opt-Out it is OptOutType that counts, whatever the words', async ({ gateway, expect }) => {
    const { text, settle, simulator, questions } = await gateway();
    const from = newPhone();
    await text(from, 'Arrêt', { optOutType: 'STOP' });
    await text(from, 'Hello');
    await settle();
    expect(questions()).toEqual([]);
    await text(from, 'Commencer', { optOutType: 'START' });
    await text(from, 'Hello again');
    await settle();
    expect(await simulator.texts(from)).toEqual(['You said: Hello again']);
  });

  test('on WhatsApp, where Twilio blocks nobody, STOP holds as well', async ({ gateway, expect }) => {
    const { text, settle, simulator, questions } = await gateway();
    const from = `whatsapp:${newPhone()}`;
    const to = `whatsapp:${ours}`;
    for (const body of ['Hello', 'STOP', 'Are you there?', 'HELP']) {
      await text(from, body, { to });
      await settle();
    }
    expect(questions()).toEqual(['Hello']);
    await text(from, 'START', { to });
    await text(from, 'HELP', { to });
    await settle();
    expect(await simulator.texts(from)).toEqual(['You said: Hello', 'You said: HELP']);
  });

  test('STOP to one number of a Messaging Service holds for its others, also for an answer being written', async ({
    gateway,
    expect,
  }) => {
    const door = gate();
    const { url, text, settle, simulator, wasAsked, questions } = await gateway({
      answer: async ({ body }) => {
        if (body === 'Hello') await door.opened;
        return `Re: ${body}`;
      },
    });
    const second = '+15550001001';
    for (const number of [ours, second]) {
      const smsUrl = `${url}/webhooks/twilio/messaging`;
      await simulator.number(number, { smsUrl, accountSid: account.sid, messagingServiceSid: service });
    }
    const from = newPhone();
    await text(from, 'Hello', { to: second });
    await wasAsked(1);
    await text(from, 'STOP');
    door.open();
    await settle();
    await text(from, 'Are you there?', { to: second });
    await settle();
    expect(questions()).toEqual(['Hello']);
    expect(await simulator.texts(from)).toEqual([]);
    await text(from, 'START');
    await text(from, 'Again', { to: second });
    await settle();
    expect(await simulator.texts(from)).toEqual(['Re: Again']);
  });

  test('without a service STOP holds for the number that it was sent to', async ({ gateway, expect }) => {
    const { text, settle, simulator } = await gateway();
    const from = newPhone();
    await text(from, 'STOP');
    await text(from, 'Hello', { to: '+15550001001' });
    await settle();
    expect(await simulator.texts(from)).toEqual(['You said: Hello']);
  });

  test('a 21610 from Twilio is a STOP that we have not heard: it is recorded and obeyed until START', async ({
    gateway,
    expect,
  }) => {
    const { text, settle, simulator, failures, thread, questions } = await gateway();
    const from = newPhone();
    await simulator.faults({ on: 'create', to: from, times: 1, do: { kind: 'status', status: 400, code: 21610 } });
    await text(from, 'Hello');
    await settle();
    expect((await failures()).messages).toMatchObject([{ status: 'failed', errorCode: 21610 }]);
    expect((await thread(from)).optedOut).toBe(true);
    await text(from, 'Are you there?');
    await settle();
    expect(questions()).toEqual(['Hello']);
    await text(from, 'UNSTOP');
    await text(from, 'Again');
    await settle();
    expect(await simulator.texts(from)).toEqual(['You said: Again']);
  });

  test('no apology, and no answer that an operator has retried, goes to somebody who said stop', async ({
    gateway,
    expect,
  }) => {
    const door = gate();
    const { text, settle, simulator, wasAsked, operate, failures, assistant } = await gateway({
      answer: ({ body }) => (body === 'first' ? { status: 404 } : door.opened.then(() => ({ status: 404 }))),
      env: { APOLOGY_TEXT: 'Sorry' },
    });
    const from = newPhone();
    await text(from, 'first');
    await settle();
    await text(from, 'second');
    await wasAsked(2);
    await text(from, 'STOP');
    door.open();
    await settle();
    assistant.answer(() => 'Hello yourself');
    for (const { id } of (await failures()).turns) await operate('POST', `/failures/${id}/retry`);
    await settle();
    expect(await simulator.texts(from)).toEqual(['Sorry']);
  });

  test('an answer in doubt that Twilio never took is not sent after a STOP', async ({ gateway, expect }) => {
    const { text, settle, simulator, thread } = await gateway();
    // On WhatsApp Twilio would take it: nobody but us obeys.
    const from = `whatsapp:${newPhone()}`;
    const to = `whatsapp:${ours}`;
    await simulator.faults({ on: 'create', to: from, times: 1, do: { kind: 'reset' } });
    await text(from, 'Hello', { to });
    const view = () => thread(from, to).catch(() => undefined);
    await until('it is in doubt', async () => (await view())?.messages[0]?.attempts === 1);
    await text(from, 'STOP', { to });
    await settle();
    expect(await simulator.texts(from)).toEqual([]);
    expect((await thread(from, to)).messages).toMatchObject([{ status: 'dropped' }]);
  });

  test('a STOP that Twilio posts late does not undo the START that came after it', async ({ gateway, expect }) => {
    const { text, settle, restart, simulator } = await gateway();
    const from = newPhone();
    await text(from, 'Hello');
    await settle();
    await simulator.faults({ on: 'webhook', from, times: 1, do: { kind: 'lose' } });
    await text(from, 'STOP');
    await simulator.faults();
    await until('a second has passed by Twilio’s clock', secondHand());
    await text(from, 'START');
    await settle();
    // Starting finds the STOP in Twilio's log, after the START.
    await restart();
    await settle();
    await text(from, 'Again');
    await settle();
    expect(await simulator.texts(from)).toEqual(['You said: Hello', 'You said: Again']);
  });
});

/** Twilio's log has whole seconds. */
function secondHand(): () => boolean {
  const before = Math.floor(Date.now() / 1_000);
  return () => Math.floor(Date.now() / 1_000) > before;
}
