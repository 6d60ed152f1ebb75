import { describe } from 'vitest';
import type { Question } from '../support/fake-assistant.ts';
import { test } from '../support/gateway.ts';
import { newPhone, queues } from '../support/surroundings.ts';
import { gate, until } from '../support/until.ts';

const apology = 'Please try again later.';

describe.concurrent('Never talks over a human', () => {
  for (const queue of queues) {
    test(`an answer that was being written when a human took over is dropped (${queue})`, async ({
      gateway,
      expect,
    }) => {
      const door = gate();
      const { text, settle, simulator, wasAsked, handOff, giveBack, thread, questions } = await gateway({
        queue,
        answer: async ({ body }) => {
          if (body === 'one') await door.opened;
          return `Re: ${body}`;
        },
      });
      const from = newPhone();
      await text(from, 'one');
      await wasAsked(1);
      await handOff(from);
      door.open();
      await settle();
      expect(await simulator.texts(from)).toEqual([]);
      expect((await thread(from)).turns).toMatchObject([{ state: 'dropped', reason: 'human' }]);

      // Silent from now on, and everything is kept for the transcript.
      await text(from, 'two');
      await text(from, 'three');
      await settle();
      expect(questions()).toEqual(['one']);
      const during = await thread(from);
      expect(during.handling).toBe('human');
      expect(during.events.map(({ body }) => body)).toEqual(['one', 'two', 'three']);
      expect(during.events.every(({ handledAt }) => handledAt !== null)).toBe(true);

      await giveBack(from);
      await settle();
      expect(questions()).toEqual(['one']);
      await text(from, 'four');
      await settle();
      expect(questions()).toEqual(['one', expect.stringMatching(/\[A human colleague .*\n\nfour$/s)]);
      expect(await simulator.texts(from)).toEqual([expect.stringMatching(/^Re: [\s\S]*four$/)]);
    });
  }

  test('the parts of an answer that have not left yet stay', async ({ gateway, expect }) => {
    const parts = ['one', 'two', 'three'].map((word) => word.padEnd(1_500, '.'));
    const { text, settle, simulator, handOff, thread } = await gateway({
      env: { SEND_TIMEOUT: '5s' },
      answer: () => parts.join('\n\n'),
    });
    const from = newPhone();
    await simulator.faults({ on: 'create', to: from, do: { kind: 'accept-then-hang', ms: 1_000 } });
    await text(from, 'Hello');
    await until('the first part has left', async () => (await simulator.texts(from)).length === 1);
    await handOff(from);
    await settle();
    expect(await simulator.texts(from)).toHaveLength(1);
    expect((await thread(from)).messages.map(({ status }) => status)).toEqual(['delivered', 'dropped', 'dropped']);
  });

  test('an answer in doubt that Twilio never took is not sent after all', async ({ gateway, expect }) => {
    const { text, settle, simulator, handOff, thread } = await gateway();
    const from = newPhone();
    await simulator.faults({ on: 'create', to: from, times: 1, do: { kind: 'reset' } });
    await text(from, 'Hello');
    await until('it is in doubt', async () => (await thread(from).catch(() => undefined))?.messages[0]?.attempts === 1);
    await handOff(from);
    await settle();
    expect(await simulator.texts(from)).toEqual([]);
    expect((await thread(from)).messages).toMatchObject([{ status: 'dropped' }]);
  });

  test('an answer that waits because Twilio asked to slow down is not sent after all', async ({ gateway, expect }) => {
    const { text, settle, simulator, handOff, thread } = await gateway();
    const from = newPhone();
    await simulator.faults({ on: 'create', to: from, do: { kind: 'status', status: 429, retryAfter: 60 } });
    await text(from, 'Hello');
    await until('it waits', async () => (await thread(from).catch(() => undefined))?.messages[0]?.status === 'queued');
    await handOff(from);
    await settle();
    expect(await simulator.texts(from)).toEqual([]);
    expect((await thread(from)).messages).toMatchObject([{ status: 'dropped' }]);
  });

  test('no apology is sent into the conversation of a human', async ({ gateway, expect }) => {
    const door = gate();
    const { text, settle, simulator, wasAsked, handOff } = await gateway({
      env: { APOLOGY_TEXT: apology },
      answer: () => door.opened.then(() => ({ status: 404 })),
    });
    const from = newPhone();
    await text(from, 'Hello');
    await wasAsked(1);
    await handOff(from);
    door.open();
    await settle();
    expect(await simulator.texts(from)).toEqual([]);
  });

  test('a question that waits for its next attempt is not asked again', async ({ gateway, expect }) => {
    const { text, settle, simulator, handOff, wasAsked, assistant } = await gateway({
      answer: () => ({ status: 503, headers: { 'retry-after': '1' } }),
    });
    const from = newPhone();
    await text(from, 'Hello');
    await wasAsked(1);
    await handOff(from);
    await settle();
    expect(assistant.asked).toHaveLength(1);
    expect(await simulator.texts(from)).toEqual([]);
  });

  test('an answer that a callback brings while a human is there is not sent', async ({ gateway, expect }) => {
    const { text, settle, simulator, handOff, wasAsked, assistant, reply, thread } = await gateway({
      env: { ASSISTANTS_REPLY: 'webhook' },
      answer: () => ({ status: 202 }),
    });
    const from = newPhone();
    await text(from, 'Hello');
    await wasAsked(1);
    await handOff(from);
    await reply(assistant.asked[0] as Question, 'Hello yourself');
    await settle();
    expect(await simulator.texts(from)).toEqual([]);
    expect((await thread(from)).turns[0]).toMatchObject({ state: 'dropped', reason: 'human' });
  });

  test('a failed turn that an operator retries is dropped while a human is there', async ({ gateway, expect }) => {
    const { text, settle, simulator, handOff, assistant, operate, failures } = await gateway({
      env: { APOLOGY_TEXT: apology },
      answer: () => ({ status: 404 }),
    });
    const from = newPhone();
    await text(from, 'Hello');
    await settle();
    await handOff(from);
    assistant.answer(() => 'Hello yourself');
    const [turn] = (await failures()).turns;
    await operate('POST', `/failures/${turn?.id}/retry`);
    await settle();
    expect(await simulator.texts(from)).toEqual([apology]);
    expect(assistant.asked).toHaveLength(1);
  });

  test('the handoff outlives a restart, and other threads do not notice', async ({ gateway, expect }) => {
    const { text, settle, simulator, handOff, restart } = await gateway();
    const from = newPhone();
    const other = newPhone();
    await text(from, 'one');
    await settle();
    await handOff(from);
    await restart();
    await text(from, 'two');
    await text(other, 'Hello');
    await settle();
    expect(await simulator.texts(from)).toEqual(['You said: one']);
    expect(await simulator.texts(other)).toEqual(['You said: Hello']);
  });

  test('taking over at any moment of a burst leaves no answer behind it', async ({ gateway, expect }) => {
    const { text, settle, simulator, handOff } = await gateway();
    const phones = Array.from({ length: 30 }, newPhone);
    await Promise.all(
      phones.map(async (from, n) => {
        await text(from, 'zero');
        const burst = Array.from({ length: 5 }, (_, m) => text(from, `word ${m}`));
        await Promise.all([...burst.slice(0, n % 5), handOff(from)]);
        const sent = await simulator.texts(from);
        await Promise.all(burst);
        await text(from, 'after');
        // What had been recorded as leaving may still leave, one message at most.
        expect((await simulator.texts(from)).length - sent.length).toBeLessThanOrEqual(1);
      }),
    );
    await settle();
    for (const from of phones) expect((await simulator.texts(from)).join()).not.toContain('after');
  });
});
