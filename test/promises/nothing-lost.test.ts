import { describe } from 'vitest';
import type { Question, Reply } from '../support/fake-assistant.ts';
import { test } from '../support/gateway.ts';
import { interruptible } from '../support/interruptible.ts';
import { newPhone, queues } from '../support/surroundings.ts';
import { gate, until } from '../support/until.ts';

const apology = 'Please try again later.';

/** Fails as often as told, then answers. */
function failing(times: number, failure: Reply): (question: Question) => Reply {
  return ({ nth, body }) => (nth <= times ? failure : `Re: ${body}`);
}

describe.concurrent('Nothing is lost when the assistant fails', () => {
  const failures: [string, Reply][] = [
    ['HTTP 500', { status: 500 }],
    ['HTTP 429 that asks for a second', { status: 429, headers: { 'retry-after': '1' } }],
    ['a body that is no JSON', { body: '<html>' }],
    ['JSON of another shape', { body: { status: 7, body: ['no', 'text'] } }],
    ['an empty answer', { body: { status: 'Success', body: '  ' } }],
    ['a failure that it reports itself', { body: { status: 'Failed', error: 'out of tokens' } }],
    ['a 202 that nobody asked for', { status: 202 }],
  ];
  for (const [name, failure] of failures) {
    test(`after ${name} it is asked again under the same key`, async ({ gateway, expect }) => {
      const { text, settle, simulator, assistant, thread } = await gateway({ answer: failing(1, failure) });
      const from = newPhone();
      await text(from, 'Hello');
      await settle();
      expect(await simulator.texts(from)).toEqual(['Re: Hello']);
      expect(assistant.asked.map(({ nth }) => nth)).toEqual([1, 2]);
      expect((await thread(from)).turns).toMatchObject([{ state: 'answered', attempts: 2 }]);
    });
  }

  test('an assistant that does not answer in time is asked again under the same key', async ({ gateway, expect }) => {
    const { text, settle, simulator, assistant } = await gateway({
      env: { TURN_TIMEOUT: '300ms' },
      answer: ({ nth }) => (nth === 1 ? new Promise(() => {}) : 'Here I am'),
    });
    const from = newPhone();
    await text(from, 'Hello');
    await settle();
    expect(await simulator.texts(from)).toEqual(['Here I am']);
    expect(assistant.asked.map(({ nth }) => nth)).toEqual([1, 2]);
  });

  test('Retry-After is waited for, and later words wait with it', async ({ gateway, expect }) => {
    const asks: number[] = [];
    const { text, settle, simulator } = await gateway({
      answer: ({ nth, body }) => {
        asks.push(Date.now());
        return nth === 1 && body === 'one' ? { status: 503, headers: { 'retry-after': '2' } } : `Re: ${body}`;
      },
    });
    const from = newPhone();
    await text(from, 'one');
    await until('the first attempt has failed', () => asks.length === 1);
    await text(from, 'two');
    await settle();
    expect(await simulator.texts(from)).toEqual(['Re: one', 'Re: two']);
    expect((asks[1] as number) - (asks[0] as number)).toBeGreaterThanOrEqual(1_990);
  });

  test('after the last attempt the customer is told, the operator sees why, and the thread goes on', async ({
    gateway,
    expect,
  }) => {
    const { text, settle, simulator, assistant, failures } = await gateway({
      env: { TURN_ATTEMPTS: '2', APOLOGY_TEXT: apology },
      answer: ({ body }) => (body === 'bad' ? { status: 500 } : `Re: ${body}`),
    });
    const from = newPhone();
    await text(from, 'bad');
    await settle();
    await text(from, 'good');
    await settle();
    expect(await simulator.texts(from)).toEqual([apology, 'Re: good']);
    expect(assistant.asked).toHaveLength(3);
    expect((await failures()).turns).toMatchObject([
      { errorCode: 'assistant_error', error: 'The assistants server answered HTTP 500.', attempts: 2 },
    ]);
  });

  test('an assistant that does not exist fails at once, and its turn is answered when an operator retries it', async ({
    gateway,
    expect,
  }) => {
    const { text, settle, simulator, assistant, failures, operate } = await gateway({
      env: { APOLOGY_TEXT: apology },
      answer: () => ({ status: 404 }),
    });
    const from = newPhone();
    await text(from, 'Hello');
    await settle();
    expect(await simulator.texts(from)).toEqual([apology]);
    expect(assistant.asked).toHaveLength(1);
    const { turns } = await failures();
    expect(turns).toMatchObject([{ errorCode: 'unknown_assistant', attempts: 1 }]);

    assistant.answer(({ body }) => `Re: ${body}`);
    await Promise.all([1, 2, 3].map(() => operate('POST', `/failures/${turns[0]?.id}/retry`).catch(() => {})));
    await settle();
    expect(await simulator.texts(from)).toEqual([apology, 'Re: Hello']);
    expect((await failures()).turns).toEqual([]);
  });

  test('an answer that never comes to the callback is asked for again, and one that comes late is not sent', async ({
    gateway,
    expect,
  }) => {
    const { text, settle, simulator, assistant, reply, wasAsked, thread } = await gateway({
      env: { ASSISTANTS_REPLY: 'webhook', TURN_TIMEOUT: '500ms' },
      answer: ({ nth }) => (nth === 1 ? { status: 202 } : 'In time'),
    });
    const from = newPhone();
    await text(from, 'Hello');
    await wasAsked(2);
    await settle();
    const late = await reply(assistant.asked[0] as Question, 'Too late');
    expect(late.status).toBe(200);
    await settle();
    expect(await simulator.texts(from)).toEqual(['In time']);
    expect((await thread(from)).turns.map(({ state, reason }) => [state, reason])).toEqual([
      ['answered', null],
      ['silent', 'late_reply'],
    ]);
  });
});

describe.concurrent.each(queues)('Nothing is lost when Tandem or its servers are away (%s)', (queue) => {
  test('a turn that is open when the gateway stops is finished after the restart, under the same key', async ({
    gateway,
    expect,
  }) => {
    const door = gate();
    const { text, simulator, assistant, wasAsked, stop, start, settle } = await gateway({
      queue,
      answer: ({ nth, body }) => (nth === 1 ? new Promise(() => {}) : door.opened.then(() => `Re: ${body}`)),
    });
    const from = newPhone();
    await text(from, 'Hello');
    await wasAsked(1);
    await stop();
    expect(await simulator.texts(from)).toEqual([]);
    await start();
    await wasAsked(2);
    door.open();
    await settle();
    expect(await simulator.texts(from)).toEqual(['Re: Hello']);
    expect(assistant.asked[1]?.nth).toBe(2);
  });

  test('what Twilio received while the gateway was down is answered at the start, before what comes later', async ({
    gateway,
    expect,
  }) => {
    const { text, simulator, settle, stop, start, questions, thread } = await gateway({ queue });
    const from = newPhone();
    const other = newPhone();
    await text(from, 'zero');
    await settle();
    await stop();
    for (const body of ['one', 'two', 'three']) await text(from, body);
    await text(other, 'Anybody there?');
    await start();
    await text(from, 'four');
    await settle();
    expect(
      questions()
        .filter((body) => body !== 'Anybody there?')
        .join('\n'),
    ).toBe('zero\none\ntwo\nthree\nfour');
    expect(await simulator.texts(other)).toEqual(['You said: Anybody there?']);
    expect((await thread(from)).events.map(({ source }) => source)).toEqual([
      'webhook',
      ...Array(3).fill('backfill'),
      'webhook',
    ]);
  });

  test('a STOP that arrived while the gateway was down is obeyed before anything is answered', async ({
    gateway,
    expect,
  }) => {
    const { text, simulator, settle, stop, start, questions } = await gateway({ queue });
    const from = newPhone();
    await text(from, 'zero');
    await settle();
    await stop();
    await text(from, 'one');
    await text(from, 'STOP');
    await start();
    await settle();
    expect(questions()).toEqual(['zero']);
    expect(await simulator.texts(from)).toEqual(['You said: zero']);
  });

  test('what was refused while PostgreSQL was away is fetched when it is back, and answered in order', async ({
    gateway,
    expect,
  }) => {
    const way = interruptible();
    const { text, simulator, questions } = await gateway({ queue, databaseUrl: way.url });
    const from = newPhone();
    await text(from, 'zero');
    await until('it is answered', async () => (await simulator.texts(from)).length === 1);
    way.cut();
    expect((await text(from, 'one')).webhook.status).toBe(503);
    expect((await text(from, 'two')).webhook.status).toBe(503);
    way.mend();
    await until('a webhook is accepted again', async () => (await text(from, 'three')).webhook.status === 200);
    await until('all is answered', async () => (await simulator.texts(from)).join().includes('three'));
    expect(questions().join('\n')).toMatch(/^zero\none\ntwo\nthree/);
  });

  test('the very first message of a number, refused while PostgreSQL was away, is answered when it is back', async ({
    gateway,
    expect,
  }) => {
    const way = interruptible();
    const { text, simulator, questions } = await gateway({ queue, databaseUrl: way.url });
    const from = newPhone();
    way.cut();
    expect((await text(from, 'one')).webhook.status).toBe(503);
    way.mend();
    await until('it is answered', async () => (await simulator.texts(from)).length === 1);
    expect(questions()).toEqual(['one']);
  });
});

describe.concurrent('Nothing is lost with a message that cannot be stored', () => {
  test('the others are answered all the same, and the gateway starts', async ({ gateway, expect }) => {
    const { text, simulator, settle, restart, log, failCommitsOf } = await gateway();
    await text(newPhone(), 'zero');
    await settle();
    await failCommitsOf('poison');
    const from = newPhone();
    expect((await text(from, 'poison')).webhook.status).toBe(500);
    await text(from, 'one');
    await until('the next message is answered', async () => (await simulator.texts(from)).length === 1);
    await restart();
    await text(from, 'two');
    await until('it is answered after a restart too', async () => (await simulator.texts(from)).length === 2);
    expect(await simulator.texts(from)).toEqual(['You said: one', 'You said: two']);
    expect(log.map(({ msg }) => msg)).toContain('backfill.unstorable');
  });
});
