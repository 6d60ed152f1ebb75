import { describe } from 'vitest';
import { test } from '../support/gateway.ts';
import { newPhone, queues } from '../support/surroundings.ts';
import { gate, until } from '../support/until.ts';

describe.concurrent.each(queues)('In order, one at a time per thread, threads in parallel (%s)', (queue) => {
  test('messages that come one after the other are put to the assistant in that order', async ({ gateway, expect }) => {
    const { text, settle, simulator, questions } = await gateway({ queue });
    const from = newPhone();
    const words = Array.from({ length: 30 }, (_, n) => `word ${n}`);
    for (const word of words) await text(from, word);
    await settle();
    // Some may have been gathered into one question; none is out of place.
    expect(questions().join('\n').split('\n')).toEqual(words);
    expect((await simulator.texts(from)).map((said) => said.replace('You said: ', ''))).toEqual(questions());
  });

  test('what comes while an answer is being written is one later question', async ({ gateway, expect }) => {
    const door = gate();
    const { text, settle, simulator, wasAsked, questions } = await gateway({
      queue,
      answer: async ({ body }) => {
        if (body === 'first') await door.opened;
        return `Re: ${body}`;
      },
    });
    const from = newPhone();
    await text(from, 'first');
    await wasAsked(1);
    for (const body of ['second', 'third', 'fourth']) await text(from, body);
    expect(questions()).toEqual(['first']);
    door.open();
    await settle();
    expect(questions()).toEqual(['first', 'second\nthird\nfourth']);
    expect(await simulator.texts(from)).toEqual(['Re: first', 'Re: second\nthird\nfourth']);
  });

  test('never are two questions of one thread open at once', async ({ gateway, expect }) => {
    let open = 0;
    let most = 0;
    const { text, settle, simulator } = await gateway({
      queue,
      answer: async ({ body }) => {
        open += 1;
        most = Math.max(most, open);
        await new Promise(setImmediate);
        open -= 1;
        return body;
      },
    });
    const from = newPhone();
    const sent = Array.from({ length: 40 }, (_, n) => `message ${n}`);
    await Promise.all(sent.map((body) => text(from, body)));
    await settle();
    expect(most).toBe(1);
    const said = (await simulator.texts(from)).join('\n').split('\n');
    expect(said.sort()).toEqual(sent.sort());
  });

  test('an assistant that hangs in one thread delays no other', async ({ gateway, expect }) => {
    const stuck = newPhone();
    const { text, simulator, thread } = await gateway({
      queue,
      answer: ({ identity, body }) => (identity === `phone:${stuck}` ? new Promise(() => {}) : `Re: ${body}`),
    });
    await text(stuck, 'Are you there?');
    const others = Array.from({ length: 20 }, newPhone);
    await Promise.all(others.map((from) => text(from, 'Hello')));
    await Promise.all(
      others.map((from) => until('it is answered', async () => (await simulator.texts(from)).length === 1)),
    );
    expect((await thread(stuck)).turns).toMatchObject([{ state: 'asking', attempts: 1 }]);
  });

  test('a thread whose messages Twilio does not take delays no other', async ({ gateway, expect }) => {
    const { text, simulator, thread } = await gateway({ queue });
    const stuck = newPhone();
    const slow = newPhone();
    await simulator.faults(
      { on: 'create', to: stuck, do: { kind: 'status', status: 429, retryAfter: 300 } },
      { on: 'create', to: slow, do: { kind: 'slow', ms: 60_000 } },
    );
    await text(stuck, 'Hello');
    await text(slow, 'Hello');
    const others = Array.from({ length: 20 }, newPhone);
    await Promise.all(others.map((from) => text(from, 'Hello')));
    await Promise.all(
      others.map((from) => until('it is answered', async () => (await simulator.texts(from)).length === 1)),
    );
    await until('it waits as told', async () => (await thread(stuck)).messages[0]?.status === 'queued');
    expect(await simulator.texts(stuck)).toEqual([]);
  });

  test('the parts of answers leave in order, even when Twilio stumbles on the first', async ({ gateway, expect }) => {
    const long = (name: string) => Array.from({ length: 4 }, (_, n) => `${name}${n} ${'x'.repeat(1200)}`).join('\n\n');
    const { text, settle, simulator, wasAsked } = await gateway({ queue, answer: ({ body }) => long(body) });
    const from = newPhone();
    await simulator.faults({ on: 'create', to: from, times: 1, do: { kind: 'status', status: 429, retryAfter: 1 } });
    await text(from, 'A');
    await wasAsked(1);
    await text(from, 'B');
    await settle();
    const starts = (await simulator.texts(from)).map((part) => part.slice(0, 2));
    expect(starts).toEqual(['A0', 'A1', 'A2', 'A3', 'B0', 'B1', 'B2', 'B3']);
  });

  test('with a pause for more words a burst is one question, and no sweep has to find it', async ({
    gateway,
    expect,
  }) => {
    const { text, settle, questions, log } = await gateway({ queue, env: { TURN_DEBOUNCE: '300ms' } });
    const from = newPhone();
    for (const body of ['Hello', 'I have', 'a question']) await text(from, body);
    await settle();
    expect(questions()).toEqual(['Hello\nI have\na question']);
    // The sweep would find it too, but late.
    expect(log.filter(({ msg }) => msg === 'sweep.rescued')).toEqual([]);
  });
});
