import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientOf } from '../simulator/support.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { account, newPhone, ours } from '../support/surroundings.ts';
import { gate, until } from '../support/until.ts';
import { type Chat, openChat } from './chats.ts';

const path = '/webhooks/twilio/conversations';
let gateway: Gateway;
let messages = 0;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

/** `onMessageAdded` as Twilio posts it. */
function added(chat: Chat, index: number, body: string, more: Record<string, string> = {}): Record<string, string> {
  messages += 1;
  return {
    AccountSid: account.sid,
    EventType: 'onMessageAdded',
    Source: 'SDK',
    ChatServiceSid: chat.serviceSid,
    ConversationSid: chat.sid,
    MessageSid: `IM${String(messages).padStart(32, '0')}`,
    Index: String(index),
    DateCreated: new Date().toISOString(),
    Author: chat.customer,
    Body: body,
    ParticipantSid: `MB${'0'.repeat(32)}`,
    Attributes: '{}',
    ...more,
  };
}

describe('Messages of a Conversation are taken in the order of their Index', () => {
  test('a message that overtakes another one waits for it', async () => {
    const chat = await openChat(gateway);
    const [zero, one, two] = [0, 1, 2].map((index) => added(chat, index, `message ${index}`));
    expect((await gateway.post(path, two as Record<string, string>)).status).toBe(204);
    await gateway.post(path, one as Record<string, string>);
    await gateway.post('/channels/conversations/messageAdded', zero as Record<string, string>);
    await gateway.settle();
    expect(gateway.questions()).toContain('message 0\nmessage 1\nmessage 2');
  });

  test('one whose webhook never came is fetched before what came after it is answered', async () => {
    const chat = await openChat(gateway);
    await chat.write('first');
    await gateway.settle();
    await gateway.simulator.faults({ on: 'webhook', event: 'onMessageAdded', times: 1, do: { kind: 'lose' } });
    await chat.write('lost on the way');
    await chat.write('and then this');
    await gateway.settle();
    expect(gateway.questions()).toContain('lost on the way\nand then this');
    expect(await chat.said()).toEqual(['You said: first', 'You said: lost on the way\nand then this']);
    expect((await chat.thread()).events).toMatchObject([
      { body: 'first', source: 'webhook' },
      { body: 'lost on the way', source: 'backfill' },
      { body: 'and then this', source: 'webhook' },
    ]);
  });

  test('what Twilio says of a Conversation is waited for while Twilio is away', async () => {
    const chat = await openChat(gateway);
    const broken = { kind: 'status', status: 500 };
    await gateway.simulator.faults({ on: 'call', method: 'GET', resource: 'Conversations', times: 2, do: broken });
    await chat.write('Hello');
    await gateway.settle();
    expect(await chat.said()).toEqual(['You said: Hello']);
  });
});

test('a Conversation that Twilio does not know any more is left', async () => {
  const chat = await openChat(gateway);
  const gone = { kind: 'status', status: 404, code: 20404 };
  await gateway.simulator.faults({ on: 'call', method: 'GET', resource: 'Conversations', times: 1, do: gone });
  await chat.write('Hello');
  await gateway.settle();
  expect(await chat.said()).toEqual([]);
  expect((await chat.thread()).turns).toMatchObject([{ state: 'silent', reason: 'closed' }]);
});

describe('Only what the customer says, and wants said, is a question', () => {
  test('an agent is never answered, and nobody is while one is there', async () => {
    const chat = await openChat(gateway, 'SMS');
    await chat.write('before');
    await gateway.settle();
    await chat.join('agent_ann');
    await chat.writeAs('agent_ann', 'Hello, Ann here');
    await chat.write('Hello Ann');
    await gateway.settle();
    expect(await chat.said()).toEqual(['You said: before']);
    await chat.leave('agent_ann');
    await gateway.settle();
    await chat.write('after');
    await gateway.settle();
    expect(await chat.said()).toEqual(['You said: before', 'You said: after']);
    const { events } = await chat.thread();
    expect(events.map(({ body }: { body: string }) => body)).toContain('Hello, Ann here');
  });

  test('an answer that is still being written when an agent joins is dropped', async () => {
    const door = gate();
    gateway.assistant.answer(async ({ body }) => {
      if (body === 'slow') await door.opened;
      return `You said: ${body}`;
    });
    const chat = await openChat(gateway, 'Flex web chat');
    await chat.write('slow');
    await until('it is asked', () => gateway.questions().includes('slow'));
    await chat.join('agent_bob');
    await gateway.simulator.quiet();
    door.open();
    await gateway.settle();
    expect(await chat.said()).toEqual([]);
    expect((await chat.thread()).turns).toMatchObject([{ state: 'dropped', reason: 'human' }]);
  });

  test('what a back office writes through the API is no question, whoever it says it is', async () => {
    const chat = await openChat(gateway);
    const how = { xTwilioWebhookEnabled: 'true' } as const;
    await chat.twilio.messages.create({ ...how, author: 'system', body: 'Order 17 was shipped' });
    await chat.twilio.messages.create({ ...how, author: 'Tandem', body: 'Somebody’s other bot' });
    await gateway.settle();
    expect(await chat.said()).toHaveLength(2);
    expect((await chat.thread()).turns).toMatchObject([{ state: 'silent', reason: 'imported' }]);
  });

  test('our own messages do not come back to us, even when webhooks tell of them', async () => {
    const chat = await openChat(gateway);
    await chat.write('Hello');
    await gateway.settle();
    const [own] = await chat.twilio.messages.list({ order: 'desc', limit: 1 });
    if (!own) throw new Error('nothing was said');
    const before = await gateway.contents();
    const echo = added(chat, 1, 'You said: Hello', { MessageSid: own.sid, Attributes: own.attributes });
    expect((await gateway.post(path, echo)).status).toBe(204);
    const named = added(chat, 2, 'I am the bot', { Author: 'Tandem' });
    expect((await gateway.post(`${path}?AssistantIdentity=Tandem`, named)).status).toBe(204);
    expect(await gateway.contents()).toEqual(before);
  });

  test('a message that is deleted before it was asked is not asked; one that is edited is asked as it is now', async () => {
    const door = gate();
    gateway.assistant.answer(async ({ body }) => {
      if (body === 'wait') await door.opened;
      return `You said: ${body}`;
    });
    const chat = await openChat(gateway);
    await chat.write('wait');
    await until('it is asked', () => gateway.questions().includes('wait'));
    const secret = await chat.write('my password is 1234');
    const typo = await chat.write('whne are you open?');
    await chat.remove(secret.sid);
    await chat.edit(typo.sid, 'when are you open?');
    await gateway.simulator.quiet();
    door.open();
    await gateway.settle();
    expect(await chat.said()).toEqual(['You said: wait', 'You said: when are you open?']);
    expect(JSON.stringify(await chat.thread())).not.toContain('1234');
  });

  test('a Conversation that Studio has is left to it', async () => {
    const chat = await openChat(gateway);
    const flows = await fetch(`${gateway.simulator.url}/simulator/flex`).then(
      (response) => response.json() as Promise<{ accounts: { flowSid: string }[] }>,
    );
    const [first] = flows.accounts;
    const hook = await chat.twilio.webhooks.create({
      target: 'studio',
      'configuration.flowSid': String(first?.flowSid),
    });
    await chat.write('Hello');
    await gateway.settle();
    expect(gateway.assistant.asked.filter(({ sessionId }) => sessionId.includes(chat.sid))).toEqual([]);
    await chat.twilio.webhooks(hook.sid).remove();
    await chat.write('Now');
    await gateway.settle();
    expect(gateway.assistant.asked.filter(({ sessionId }) => sessionId.includes(chat.sid))).toHaveLength(1);
  });

  test('what cannot be read is refused and leaves no trace', async () => {
    const chat = await openChat(gateway);
    const before = await gateway.contents();
    const good = added(chat, 0, 'Hello');
    const unsigned = await gateway.post(path, good, { signature: false });
    expect(unsigned.status).toBe(403);
    const wrongs: Record<string, string>[] = [
      { Index: '-1' },
      { ConversationSid: 'CH1' },
      { ChatServiceSid: '' },
      { MessageSid: 'SM1' },
    ];
    for (const wrong of wrongs) {
      expect((await gateway.post(path, { ...good, ...wrong })).status).toBe(400);
    }
    // Questions before the fact, and events about users, are none of ours.
    for (const EventType of ['onMessageAdd', 'onUserUpdated', 'onSomethingNew', '']) {
      expect((await gateway.post(path, { ...good, EventType })).status).toBe(204);
    }
    expect(await gateway.contents()).toEqual(before);
  });
});

test('the Conversation’s own assistant is asked, else that of the webhook’s URL', async () => {
  const chosen = 'aia_asst_00000000-0000-4000-8000-00000000000a';
  const chat = await openChat(gateway, 'web chat', { assistantSid: chosen, shop: 7 });
  await chat.write('Hello');
  await gateway.settle();
  const other = await openChat(gateway);
  await gateway.post(`${path}?AssistantId=aia_other&AssistantIdentity=Tandem`, added(other, 0, 'Hello'));
  await gateway.settle();
  const asked = (one: Chat) =>
    gateway.assistant.asked.find(({ sessionId }) => sessionId.includes(one.sid))?.assistantId;
  expect([asked(chat), asked(other)]).toEqual([chosen, 'aia_other']);
  expect((await other.seen()).messages.map(({ author }) => author)).toContain('Tandem');
});

test('writing shows in the attributes of a chat, beside what others keep there', async () => {
  const door = gate();
  gateway.assistant.answer(() => door.opened.then(() => 'Done'));
  const chat = await openChat(gateway, 'web chat', { cart: [1, 2], name: 'Ö' });
  const attributes = async () => JSON.parse((await chat.twilio.fetch()).attributes);
  await chat.write('Hello');
  await until('it shows', async () => (await attributes()).assistantIsTyping === true);
  await chat.twilio.update({ attributes: JSON.stringify({ ...(await attributes()), cart: [3] }) });
  door.open();
  await gateway.settle();
  await until('it is over', async () => (await attributes()).assistantIsTyping === false);
  expect(await attributes()).toEqual({ cart: [3], name: 'Ö', assistantIsTyping: false });
});

test('a phone’s texts that a Conversation took, of whatever service, are not answered a second time from Twilio’s log', async () => {
  const chat = await openChat(gateway, 'SMS');
  await gateway.text(newPhone(), 'So that the number is known');
  await chat.write('Hello');
  const elsewhere = newPhone();
  const { v1 } = clientOf(gateway.simulator.url, account.sid, account.authToken).conversations;
  const service = await v1.services.create({ friendlyName: 'Not the default' });
  const conversation = await v1.services(service.sid).conversations.create();
  await v1
    .services(service.sid)
    .conversations(conversation.sid)
    .participants.create({ 'messagingBinding.address': elsewhere, 'messagingBinding.proxyAddress': ours });
  await gateway.text(elsewhere, 'Hello');
  await gateway.settle();
  await gateway.restart();
  await gateway.settle();
  expect(await chat.said()).toHaveLength(1);
  for (const phone of [chat.customer, elsewhere]) expect(await gateway.simulator.texts(phone)).toEqual([]);
});
