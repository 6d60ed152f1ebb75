import { describe } from 'vitest';
import { test } from '../support/gateway.ts';
import { newPhone } from '../support/surroundings.ts';
import { until } from '../support/until.ts';

describe.concurrent('No double texts', () => {
  const doubts: [string, object][] = [
    ['takes the message and never answers', { kind: 'accept-then-hang' }],
    ['takes the message and breaks the connection', { kind: 'accept-then-reset' }],
    ['takes the message and answers 500', { kind: 'accept-then-status', status: 500 }],
    ['takes the message and answers 502 in HTML', { kind: 'accept-then-status', status: 502 }],
    ['breaks the connection before it takes the message', { kind: 'reset' }],
    ['answers 503 and takes nothing', { kind: 'status', status: 503 }],
    ['answers too late', { kind: 'slow', ms: 5_000 }],
  ];
  for (const [name, fault] of doubts) {
    test(`when Twilio ${name}, the customer gets one text`, async ({ gateway, expect }) => {
      const { text, settle, simulator, thread } = await gateway();
      const from = newPhone();
      await simulator.faults({ on: 'create', to: from, times: 1, do: fault });
      await text(from, 'Hello');
      await settle();
      expect(await simulator.texts(from)).toEqual(['You said: Hello']);
      await until('it is known as delivered', async () => (await thread(from)).messages[0]?.status === 'delivered');
    });

    test(`… nor when no receipt tells of it (Twilio ${name})`, async ({ gateway, expect }) => {
      const { text, settle, simulator, thread } = await gateway();
      const from = newPhone();
      await simulator.faults(
        { on: 'create', to: from, times: 1, do: fault },
        { on: 'receipt', to: from, do: { kind: 'lose' } },
      );
      await text(from, 'Hello');
      await settle();
      const sent = (await simulator.all()).filter(({ origin }) => origin === 'api');
      expect(sent.map(({ body }) => body)).toEqual(['You said: Hello']);
      // The one that the customer has is the one that we know.
      expect((await thread(from)).messages).toMatchObject([{ status: 'sent', sid: sent[0]?.sid }]);
    });
  }

  test('a log that is a little behind does not make it text again', async ({ gateway, expect }) => {
    const { text, settle, simulator } = await gateway();
    const from = newPhone();
    await simulator.faults(
      { on: 'create', to: from, times: 1, do: { kind: 'accept-then-reset' } },
      { on: 'receipt', to: from, do: { kind: 'lose' } },
      { on: 'list', to: from, do: { kind: 'stale', ms: 2_500 } },
    );
    await text(from, 'Hello');
    await settle();
    expect(await simulator.texts(from)).toEqual(['You said: Hello']);
  });

  test('a log that cannot be read is waited for', async ({ gateway, expect }) => {
    const { text, settle, simulator } = await gateway();
    const from = newPhone();
    await simulator.faults(
      { on: 'create', to: from, times: 1, do: { kind: 'accept-then-reset' } },
      { on: 'receipt', to: from, do: { kind: 'lose' } },
      { on: 'list', to: from, times: 3, do: { kind: 'status', status: 500 } },
    );
    await text(from, 'Hello');
    await settle();
    expect(await simulator.texts(from)).toEqual(['You said: Hello']);
  });

  test('two answers of the same text are two texts, also when the sending of one is in doubt', async ({
    gateway,
    expect,
  }) => {
    const { text, settle, simulator, thread } = await gateway({ answer: () => 'OK' });
    const from = newPhone();
    await text(from, 'one');
    await settle();
    await simulator.faults(
      { on: 'create', to: from, times: 1, do: { kind: 'accept-then-reset' } },
      { on: 'receipt', to: from, do: { kind: 'lose' } },
    );
    await text(from, 'two');
    await settle();
    await simulator.faults({ on: 'create', to: from, times: 1, do: { kind: 'reset' } });
    await text(from, 'three');
    await settle();
    expect(await simulator.texts(from)).toEqual(['OK', 'OK', 'OK']);
    const sids = (await thread(from)).messages.map(({ sid }) => sid);
    expect(new Set(sids).size).toBe(3);
    expect(sids).not.toContain(null);
  });

  test('a part in doubt holds the later parts back, and each leaves once', async ({ gateway, expect }) => {
    const parts = ['one', 'two', 'three'].map((word) => word.padEnd(1_500, '.'));
    const { text, settle, simulator } = await gateway({ answer: () => parts.join('\n\n') });
    const from = newPhone();
    await simulator.faults({ on: 'create', to: from, times: 2, do: { kind: 'accept-then-hang' } });
    await text(from, 'Hello');
    await settle();
    expect((await simulator.texts(from)).map((part) => part.replace(/\.+$/, ''))).toEqual(['one', 'two', 'three']);
  });

  test('a restart in the middle of a doubt ends it the same way', async ({ gateway, expect }) => {
    const { text, simulator, thread, restart, settle } = await gateway();
    const from = newPhone();
    await simulator.faults(
      { on: 'create', to: from, times: 1, do: { kind: 'accept-then-hang' } },
      { on: 'receipt', to: from, do: { kind: 'lose' } },
    );
    await text(from, 'Hello');
    await until('Twilio has it', async () => (await simulator.texts(from)).length === 1);
    await restart();
    await settle();
    expect(await simulator.texts(from)).toEqual(['You said: Hello']);
    expect((await thread(from)).messages).toMatchObject([{ status: 'sent' }]);
  });

  test('429 is waited for as told, and the text leaves once', async ({ gateway, expect }) => {
    const { text, settle, simulator, log } = await gateway();
    const from = newPhone();
    await simulator.faults({ on: 'create', to: from, times: 2, do: { kind: 'status', status: 429, retryAfter: 1 } });
    const startedAt = Date.now();
    await text(from, 'Hello');
    await settle();
    expect(await simulator.texts(from)).toEqual(['You said: Hello']);
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(1_990);
    expect(log.filter(({ msg }) => msg === 'message.retrying')).toHaveLength(2);
  });

  test('a refusal is final, told with its meaning, and takes the later parts with it', async ({ gateway, expect }) => {
    const { text, settle, simulator, failures } = await gateway({
      answer: ({ body }) => (body === 'long' ? `${'a'.repeat(1_500)}\n\n${'b'.repeat(1_500)}` : body),
    });
    const from = newPhone();
    await simulator.faults({ on: 'create', to: from, times: 1, do: { kind: 'status', status: 400, code: 21211 } });
    await text(from, 'long');
    await settle();
    await text(from, 'short');
    await settle();
    expect(await simulator.texts(from)).toEqual(['short']);
    const { messages } = await failures();
    expect(messages).toMatchObject([
      { status: 'failed', errorCode: 21211 },
      { status: 'failed', errorCode: 21211 },
    ]);
    expect(messages.map(({ error }) => error).join()).toMatch(/earlier part/);
  });

  test('receipts may overtake the answer to our call, come twice and in the wrong order', async ({
    gateway,
    expect,
  }) => {
    const { text, settle, simulator, thread } = await gateway();
    const from = `whatsapp:${newPhone()}`;
    const to = 'whatsapp:+15550001000';
    await simulator.faults(
      { on: 'create', to: from, times: 1, do: { kind: 'accept-then-hang', ms: 300 } },
      { on: 'receipt', to: from, do: { kind: 'out-of-order' } },
      { on: 'receipt', to: from, do: { kind: 'repeat', times: 3 } },
    );
    await text(from, 'Hello', { to });
    await settle();
    expect(await simulator.texts(from)).toEqual(['You said: Hello']);
    expect((await thread(from, to)).messages).toMatchObject([{ status: 'read', attempts: 1 }]);
  });

  test('a receipt that tells of a failure is shown with its meaning, and nothing is sent again', async ({
    gateway,
    expect,
  }) => {
    const { text, settle, simulator, failures } = await gateway();
    const from = newPhone();
    await simulator.faults({
      on: 'receipt',
      to: from,
      do: { kind: 'status', status: 'undelivered', errorCode: 30003 },
    });
    await text(from, 'Hello');
    await settle();
    expect(await simulator.texts(from)).toHaveLength(1);
    await until('it is shown', async () => (await failures()).messages.length === 1);
    expect((await failures()).messages).toMatchObject([{ status: 'undelivered', errorCode: 30003 }]);
  });

  test('an assistant whose answer got lost is asked under the same key, so that it answers the same', async ({
    gateway,
    expect,
  }) => {
    let written = 0;
    const { text, settle, simulator, assistant } = await gateway({
      env: { TURN_TIMEOUT: '400ms' },
      answer: async ({ nth }) => {
        if (nth === 1) await new Promise((resolve) => setTimeout(resolve, 600));
        written += 1;
        return `Answer ${written}`;
      },
    });
    const from = newPhone();
    await text(from, 'Hello');
    await settle();
    expect(assistant.asked.length).toBeGreaterThan(1);
    expect(new Set(assistant.asked.map(({ key }) => key)).size).toBe(1);
    expect(await simulator.texts(from)).toEqual(['Answer 1']);
    expect(written).toBe(1);
  });
});
