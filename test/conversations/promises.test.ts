import { describe } from 'vitest';
import { channels, openLine } from '../handoff/lines.ts';
import { hang } from '../support/fake-assistant.ts';
import { test } from '../support/gateway.ts';
import { ready, startProcess } from '../support/process.ts';
import { createSurroundings, inbound, ours } from '../support/surroundings.ts';
import { gate, until } from '../support/until.ts';
import { openChat } from './chats.ts';

const onCreate = { on: 'call', method: 'POST', resource: 'Conversations/Messages', times: 1 };

describe.concurrent('What is promised of texts holds in Conversations', () => {
  test('once: whatever becomes of the call that sends it, an answer is one message', async ({ gateway, expect }) => {
    const started = await gateway({ answer: () => 'OK' });
    const faults = [
      { kind: 'status', status: 429, retryAfter: 0 },
      { kind: 'accept-then-reset' },
      { kind: 'accept-then-status', status: 500 },
    ];
    const chat = await openChat(started, 'WhatsApp');
    for (const [index, fault] of faults.entries()) {
      await started.simulator.faults({ ...onCreate, do: fault });
      await chat.write(`question ${index}`);
      await started.settle();
      expect(await chat.said(), JSON.stringify(fault)).toHaveLength(index + 1);
    }
    const sids = (await chat.thread()).messages.map(({ sid }: { sid: string }) => sid);
    expect(new Set(sids).size).toBe(faults.length);
  });

  test('nothing lost: what a kill interrupts ends once, be it a turn or a sending', async ({ expect }) => {
    const surroundings = await createSurroundings({
      answer: (question) => (question.body === 'Hello' && question.nth === 1 ? hang(question) : `Re: ${question.body}`),
    });
    const { simulator, url, env } = surroundings;
    const killed = startProcess(env);
    await ready(url);
    const lines = await Promise.all(channels.map((channel) => openLine(surroundings, channel)));
    await Promise.all(lines.map((line) => line.write('Hello')));
    await surroundings.wasAsked(lines.length);
    await simulator.faults({ ...onCreate, do: { kind: 'accept-then-hang' } });
    const sending = await openChat(surroundings, 'SMS');
    await sending.write('Hi');
    await until('Twilio has it', async () => (await sending.said()).length === 1);
    killed.kill('SIGKILL');
    await killed.exited;
    await simulator.faults({ ...onCreate, do: { kind: 'slow', ms: 0 } });

    const next = startProcess(env);
    await ready(url);
    for (const { thread } of [...lines, sending]) {
      await until('it is settled', async () => (await thread()).settled);
    }
    for (const line of lines) expect(await line.said(), line.key).toEqual(['Re: Hello']);
    expect(await sending.said()).toEqual(['Re: Hi']);
    expect((await sending.thread()).messages).toMatchObject([{ attempts: 1, sid: expect.stringMatching(/^IM/) }]);
    next.kill('SIGTERM');
    await next.exited;
    await surroundings.close();
  });

  test('nothing lost: what was written while we were down is answered, in Conversations old and new', async ({
    gateway,
    expect,
  }) => {
    const started = await gateway();
    const old = await openChat(started, 'Flex web chat');
    await old.write('Hello');
    await started.settle();
    await started.stop();
    await old.write('Are you there?');
    await old.write('Hello?');
    const fresh = await openChat(started, 'SMS');
    await fresh.write('I am new');
    await started.start();
    await started.settle();
    expect(await old.said()).toEqual(['You said: Hello', 'You said: Are you there?\nHello?']);
    expect(await fresh.said()).toEqual(['You said: I am new']);
  });

  test('never after stop: STOP drops the answer that is being written, and the number’s own thread knows', async ({
    gateway,
    expect,
  }) => {
    const door = gate();
    const started = await gateway({
      answer: async ({ body }) => {
        if (body === 'Hello') await door.opened;
        return `Re: ${body}`;
      },
    });
    const chat = await openChat(started, 'SMS');
    await chat.write('Hello');
    await started.wasAsked(1);
    await chat.write('stop');
    door.open();
    await started.settle();
    await chat.write('Are you there?');
    await started.settle();
    expect(await chat.said()).toEqual([]);
    expect(await chat.thread()).toMatchObject({ optedOut: true });
    // The same customer, past the Conversation.
    await started.post('/webhooks/twilio/messaging', inbound(chat.customer, 'Hi'));
    await started.settle();
    expect(await started.thread(chat.customer, ours)).toMatchObject({ optedOut: true });
    expect(await started.simulator.texts(chat.customer)).toEqual([]);

    await chat.write('START');
    await chat.write('Back');
    await started.settle();
    expect(await chat.said()).toEqual(['Re: Back']);
  });

  test('never after stop: a receipt that says 21610 is the same word', async ({ gateway, expect }) => {
    const started = await gateway();
    const chat = await openChat(started, 'SMS');
    await started.simulator.faults({
      on: 'receipt',
      to: chat.customer,
      do: { kind: 'status', status: 'undelivered', errorCode: 21610 },
    });
    await chat.write('Hello');
    await started.settle();
    await until('it is known', async () => (await chat.thread()).optedOut);
    await chat.write('Again');
    await started.settle();
    expect(await chat.said()).toHaveLength(1);
  });

  test('never after stop: on WhatsApp nobody but us honours it', async ({ gateway, expect }) => {
    const started = await gateway();
    const chat = await openChat(started, 'WhatsApp');
    await chat.write('STOP');
    await chat.write('Are you there?');
    await started.settle();
    expect(await chat.said()).toEqual([]);
    expect(await chat.thread()).toMatchObject({ optedOut: true });
  });

  test('in a web chat stop is a word like any other', async ({ gateway, expect }) => {
    const started = await gateway();
    for (const medium of ['web chat', 'Flex web chat'] as const) {
      const chat = await openChat(started, medium);
      await chat.write('stop');
      await started.settle();
      expect(await chat.said()).toEqual(['You said: stop']);
    }
  });

  test('a closed Conversation is over: what is written for it then fails visibly or is dropped', async ({
    gateway,
    expect,
  }) => {
    const door = gate();
    const started = await gateway({ answer: () => door.opened.then(() => 'Too late') });
    const chat = await openChat(started);
    await chat.write('Hello');
    await started.wasAsked(1);
    await chat.close();
    await started.simulator.quiet();
    door.open();
    await started.settle();
    expect(await chat.said()).toEqual([]);
    expect((await chat.thread()).turns).toMatchObject([{ state: 'dropped', reason: 'closed' }]);
  });

  test('a group is left alone, unless groups are answered: then by name', async ({ gateway, expect }) => {
    const started = await gateway({ env: { GROUP_MENTION: '@tandem' } });
    const chat = await openChat(started);
    await chat.join('a friend');
    await chat.writeAs('a friend', 'Shall we ask?');
    await chat.writeAs('a friend', 'Well, @Tandem, when do you open?');
    await chat.write('Thanks, friend');
    await chat.write('@tandem and on Sundays?');
    await started.settle();
    expect(await chat.said()).toEqual([
      'You said: a friend: Well, @Tandem, when do you open?',
      'You said: @tandem and on Sundays?',
    ]);
  });
});
