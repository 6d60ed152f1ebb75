import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { inbound, ours } from '../support/surroundings.ts';
import { gate, until } from '../support/until.ts';
import { openChat } from './chats.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ env: { GROUP_MENTION: '@tandem' } });
});
beforeEach(async () => {
  gateway.assistant.answer(({ body }) => `You said: ${body}`);
  await gateway.simulator.faults();
});
afterAll(() => gateway.close());

const onCreate = { on: 'call', method: 'POST', resource: 'Conversations/Messages', times: 1 };

describe('What is promised of texts holds in Conversations', () => {
  test('once: whatever becomes of the call that sends it, an answer is one message', async () => {
    const faults = [
      { kind: 'status', status: 429, retryAfter: 0 },
      { kind: 'accept-then-reset' },
      { kind: 'accept-then-status', status: 500 },
    ];
    const chat = await openChat(gateway, 'WhatsApp');
    for (const [index, fault] of faults.entries()) {
      await gateway.simulator.faults({ ...onCreate, do: fault });
      await chat.write(`question ${index}`);
      await gateway.settle();
      expect(await chat.said(), JSON.stringify(fault)).toHaveLength(index + 1);
    }
    const sids = (await chat.thread()).messages.map(({ sid }: { sid: string }) => sid);
    expect(new Set(sids).size).toBe(faults.length);
  });

  test('never after stop: STOP drops the answer that is being written, and the number’s own thread knows', async () => {
    const door = gate();
    const asked = gateway.assistant.asked.length;
    gateway.assistant.answer(async ({ body }) => {
      if (body === 'Hello') await door.opened;
      return `Re: ${body}`;
    });
    const chat = await openChat(gateway, 'SMS');
    await chat.write('Hello');
    await gateway.wasAsked(asked + 1);
    await chat.write('stop');
    door.open();
    await gateway.settle();
    await chat.write('Are you there?');
    await gateway.settle();
    expect(await chat.said()).toEqual([]);
    expect(await chat.thread()).toMatchObject({ optedOut: true });
    // The same customer, past the Conversation.
    await gateway.post('/webhooks/twilio/messaging', inbound(chat.customer, 'Hi'));
    await gateway.settle();
    expect(await gateway.thread(chat.customer, ours)).toMatchObject({ optedOut: true });
    expect(await gateway.simulator.texts(chat.customer)).toEqual([]);

    await chat.write('START');
    await chat.write('Back');
    await gateway.settle();
    expect(await chat.said()).toEqual(['Re: Back']);
  });

  test('never after stop: a receipt that says 21610 is the same word', async () => {
    const chat = await openChat(gateway, 'SMS');
    await gateway.simulator.faults({
      on: 'receipt',
      to: chat.customer,
      do: { kind: 'status', status: 'undelivered', errorCode: 21610 },
    });
    await chat.write('Hello');
    await gateway.settle();
    await until('it is known', async () => (await chat.thread()).optedOut);
    await chat.write('Again');
    await gateway.settle();
    expect(await chat.said()).toHaveLength(1);
  });

  test('never after stop: on WhatsApp nobody but us honours it', async () => {
    const chat = await openChat(gateway, 'WhatsApp');
    await chat.write('STOP');
    await chat.write('Are you there?');
    await gateway.settle();
    expect(await chat.said()).toEqual([]);
    expect(await chat.thread()).toMatchObject({ optedOut: true });
  });

  test('in a web chat stop is a word like any other', async () => {
    for (const medium of ['web chat', 'Flex web chat'] as const) {
      const chat = await openChat(gateway, medium);
      await chat.write('stop');
      await gateway.settle();
      expect(await chat.said()).toEqual(['You said: stop']);
    }
  });

  test('a closed Conversation is over: what is written for it then fails visibly or is dropped', async () => {
    const door = gate();
    const asked = gateway.assistant.asked.length;
    gateway.assistant.answer(() => door.opened.then(() => 'Too late'));
    const chat = await openChat(gateway);
    await chat.write('Hello');
    await gateway.wasAsked(asked + 1);
    await chat.close();
    await gateway.simulator.quiet();
    door.open();
    await gateway.settle();
    expect(await chat.said()).toEqual([]);
    expect((await chat.thread()).turns).toMatchObject([{ state: 'dropped', reason: 'closed' }]);
  });

  test('a group is left alone, unless groups are answered: then by name', async () => {
    const chat = await openChat(gateway);
    await chat.join('a friend');
    await chat.writeAs('a friend', 'Shall we ask?');
    await chat.writeAs('a friend', 'Well, @Tandem, when do you open?');
    await chat.write('Thanks, friend');
    await chat.write('@tandem and on Sundays?');
    await gateway.settle();
    expect(await chat.said()).toEqual([
      'You said: a friend: Well, @Tandem, when do you open?',
      'You said: @tandem and on Sundays?',
    ]);
  });

  test('nothing lost: what was written while we were down is answered, in Conversations old and new', async () => {
    const old = await openChat(gateway, 'Flex web chat');
    await old.write('Hello');
    await gateway.settle();
    await gateway.stop();
    await old.write('Are you there?');
    await old.write('Hello?');
    const fresh = await openChat(gateway, 'SMS');
    await fresh.write('I am new');
    await gateway.start();
    await gateway.settle();
    expect(await old.said()).toEqual(['You said: Hello', 'You said: Are you there?\nHello?']);
    expect(await fresh.said()).toEqual(['You said: I am new']);
  });
});
