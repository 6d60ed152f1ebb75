import { describe, expect, it } from 'vitest';
import { account, ours, phone, type Received, receiver, simulator } from './support.ts';

const aloud = { xTwilioWebhookEnabled: 'true' } as const;
const common = ['AccountSid', 'ChatServiceSid', 'EventType', 'RetryCount', 'Source'];
const message = ['Attributes', 'Author', 'Body', 'ConversationSid', 'DateCreated', 'Index', 'MessageSid'];
const participant = [
  'Attributes',
  'ConversationSid',
  'DateCreated',
  'MessagingBinding.Type',
  'ParticipantSid',
  'RoleSid',
];
const conversation = ['Attributes', 'ConversationSid', 'DateCreated', 'DateUpdated', 'FriendlyName', 'State'];

/** A simulator whose account tells everything to a target that answers 204. */
async function told() {
  const gateway = await receiver((response) => response.writeHead(204).end());
  const started = await simulator({ defaultEventWebhooks: { conversations: gateway.url } });
  return {
    ...started,
    gateway,
    conversations: started.client.conversations.v1.conversations,
    ...seenBy(gateway.received),
  };
}

function seenBy(received: Received[]) {
  const of = (event: string) => received.filter(({ fields }) => fields.EventType === event);
  return {
    events: () => received.map(({ fields }) => fields.EventType),
    count: (event: string) => of(event).length,
    only: (event: string): Record<string, string> => {
      expect(of(event)).toHaveLength(1);
      return of(event)[0]?.fields ?? {};
    },
  };
}

describe('webhooks of conversations', () => {
  it('have the fields of the table, rightly signed, for every event', async () => {
    const { conversations, client, gateway, only, quiet } = await told();
    const { sid } = await conversations.create({ friendlyName: 'Ann', ...aloud });
    const { participants, messages } = conversations(sid);
    const binding = { 'messagingBinding.address': phone, 'messagingBinding.proxyAddress': ours };
    const at = await participants.create({ ...binding, ...aloud });
    await participants(at.sid).update({ lastReadMessageIndex: 0, ...aloud });
    const posted = await messages.create({ author: phone, body: 'hi', ...aloud });
    await messages(posted.sid).update({ body: 'hello', ...aloud });
    await messages(posted.sid).remove(aloud);
    await participants(at.sid).remove(aloud);
    await conversations(sid).update({ friendlyName: 'Anna', ...aloud });
    await conversations(sid).update({ state: 'closed', ...aloud });
    await conversations(sid).remove(aloud);
    await quiet();
    const fieldsOf = (event: string) =>
      Object.keys(only(event))
        .filter((name) => !common.includes(name))
        .sort();
    const bound = [...participant, 'MessagingBinding.Address', 'MessagingBinding.ProxyAddress'].sort();
    expect(Object.keys(only('onMessageAdded'))).toEqual(expect.arrayContaining(common));
    expect(fieldsOf('onMessageAdded')).toEqual([...message, 'ParticipantSid'].sort());
    expect(fieldsOf('onMessageUpdated')).toEqual([...message, 'DateUpdated', 'ParticipantSid'].sort());
    expect(fieldsOf('onMessageRemoved')).toEqual([...message, 'DateRemoved', 'DateUpdated', 'ParticipantSid'].sort());
    expect(fieldsOf('onParticipantAdded')).toEqual(bound);
    expect(fieldsOf('onParticipantUpdated')).toEqual([...bound, 'DateUpdated', 'LastReadMessageIndex'].sort());
    expect(fieldsOf('onParticipantRemoved')).toEqual([...bound, 'DateRemoved', 'DateUpdated'].sort());
    expect(fieldsOf('onConversationAdded')).toEqual(conversation);
    expect(fieldsOf('onConversationUpdated')).toEqual(conversation);
    expect(fieldsOf('onConversationRemoved')).toEqual([...conversation, 'DateRemoved'].sort());
    expect(only('onConversationStateUpdated')).toMatchObject({ StateFrom: 'active', StateTo: 'closed', Reason: 'API' });
    expect(only('onMessageAdded')).toMatchObject({
      AccountSid: account.sid,
      ChatServiceSid: (await client.conversations.v1.configuration().fetch()).defaultChatServiceSid,
      ConversationSid: sid,
      MessageSid: posted.sid,
      Index: '0',
      Author: phone,
      Body: 'hi',
      Attributes: '{}',
      Source: 'API',
    });
    expect(only('onParticipantAdded')['MessagingBinding.Type']).toBe('SMS');
    for (const request of gateway.received) expect(gateway.signed(request)).toBe(true);
  });

  it('tell of REST calls only when those say so, of phones, browsers and receipts always', async () => {
    const { conversations, gateway, events, only, count, text, send, quiet } = await told();
    const { sid } = await conversations.create({});
    await conversations(sid).participants.create({
      'messagingBinding.address': phone,
      'messagingBinding.proxyAddress': ours,
    });
    await conversations(sid).messages.create({ author: 'bot', body: 'quiet' });
    await quiet();
    expect(new Set(events())).toEqual(new Set(['onDeliveryUpdated']));
    expect(gateway.received.map(({ fields }) => fields.Status)).toEqual(['sent', 'delivered']);
    expect(gateway.received[0]?.fields).toMatchObject({
      ConversationSid: sid,
      ChannelMessageSid: expect.stringMatching(/^SM/),
      DeliveryReceiptSid: expect.stringMatching(/^DY/),
      ErrorCode: '0',
    });
    await text({ body: 'from a phone' });
    expect(only('onMessageAdded')).toMatchObject({ Source: 'SMS', Author: phone, Body: 'from a phone' });
    const chat = await send('POST', '/simulator/conversations', { identity: 'ann' });
    await send('POST', `/simulator/conversations/${chat.body.sid}/messages`, { author: 'ann', body: 'from a browser' });
    expect(count('onMessageAdded')).toBe(2);
    expect(gateway.received.at(-1)?.fields).toMatchObject({ Source: 'SDK', ClientIdentity: 'ann' });
  });

  it('of one conversation hear its filters only; a trigger hears its keywords; both may hear what was before', async () => {
    const { client } = await simulator();
    const { conversations } = client.conversations.v1;
    const [scoped, trigger, late] = [await receiver(), await receiver(), await receiver()];
    const { sid } = await conversations.create({});
    const { webhooks, messages, participants } = conversations(sid);
    await webhooks.create({
      target: 'webhook',
      'configuration.url': scoped.url,
      'configuration.filters': ['onMessageAdded'],
    });
    await webhooks.create({
      target: 'trigger',
      'configuration.url': trigger.url,
      'configuration.triggers': ['human'],
    });
    await participants.create({ identity: 'ann', ...aloud });
    for (const body of ['hello', 'a HUMAN please', 'thanks']) await messages.create({ author: 'ann', body, ...aloud });
    await webhooks.create({
      target: 'webhook',
      'configuration.url': late.url,
      'configuration.filters': ['onMessageAdded'],
      'configuration.replayAfter': 0,
    });
    const bodies = (received: Received[]) => received.map(({ fields }) => fields.Body).sort();
    await expect.poll(() => bodies(scoped.received)).toEqual(['a HUMAN please', 'hello', 'thanks']);
    expect(bodies(trigger.received)).toEqual(['a HUMAN please']);
    await expect.poll(() => bodies(late.received)).toEqual(['a HUMAN please', 'thanks']);
    expect(scoped.received[0]?.fields.WebhookSid).toMatch(/^WH/);
  });

  it('come before as well: they may change a message, or refuse it', async () => {
    const pre = await receiver((response, { fields }) => {
      if (fields.Body?.includes('bad')) response.writeHead(403).end();
      else response.writeHead(200, { 'content-type': 'application/json' }).end('{"body":"changed"}');
    });
    const { client } = await simulator();
    await client.conversations.v1.configuration
      .webhooks()
      .update({ preWebhookUrl: pre.url, filters: ['onMessageAdd'] });
    const { sid } = await client.conversations.v1.conversations.create({});
    const { messages } = client.conversations.v1.conversations(sid);
    expect((await messages.create({ body: 'as it was', ...aloud })).body).toBe('changed');
    await expect(messages.create({ body: 'bad', ...aloud })).rejects.toMatchObject({ status: 400 });
    expect((await messages.create({ body: 'bad, but said quietly' })).body).toBe('bad, but said quietly');
    expect(await messages.list()).toHaveLength(2);
  });

  it('are tried once', async () => {
    const { conversations, faults, gateway, quiet } = await told();
    await faults([{ on: 'webhook', event: 'onConversationAdded', times: 1, do: { kind: 'reset' } }]);
    await conversations.create(aloud);
    await quiet();
    expect(gateway.received).toEqual([]);
  });
});

describe('faults of webhooks', () => {
  it('lose, repeat and delay the event they name', async () => {
    const { conversations, faults, gateway, quiet } = await told();
    const { sid } = await conversations.create({});
    const say = (body: string) => conversations(sid).messages.create({ body, ...aloud });
    await faults([
      { on: 'webhook', event: 'onMessageAdded', times: 1, do: { kind: 'lose' } },
      { on: 'webhook', event: 'onParticipantAdded', do: { kind: 'lose' } },
    ]);
    await say('lost');
    await faults([{ on: 'webhook', event: 'onMessageAdded', times: 1, do: { kind: 'duplicate' } }]);
    await say('twice');
    await quiet();
    await faults([{ on: 'webhook', event: 'onMessageAdded', times: 1, do: { kind: 'out-of-order' } }]);
    await say('first');
    await say('second');
    await quiet();
    expect(gateway.received.map(({ fields }) => fields.Body)).toEqual(['twice', 'twice', 'second', 'first']);
  });
});

describe('faults of calls', () => {
  const on = { on: 'call', method: 'POST', resource: 'Conversations/Messages', times: 1 };

  it.each([
    ['429', { kind: 'status', status: 429, retryAfter: 1 }, 0],
    ['500', { kind: 'status', status: 500 }, 0],
    ['a reset', { kind: 'reset' }, 0],
    ['a reset after it was taken', { kind: 'accept-then-reset' }, 1],
    ['an error after it was taken', { kind: 'accept-then-status', status: 500 }, 1],
  ])('%s', async (_name, fault, taken) => {
    const { conversations, faults } = await told();
    const { sid } = await conversations.create({});
    await faults([{ ...on, do: fault }]);
    await expect(conversations(sid).messages.create({ body: 'x' })).rejects.toThrow();
    expect(await conversations(sid).messages.list()).toHaveLength(taken);
  });

  it('a list that lags behind', async () => {
    let clock = new Date('2026-01-01T00:00:00Z');
    const { client, faults } = await simulator({ now: () => clock });
    const { conversations } = client.conversations.v1;
    const { sid } = await conversations.create({});
    await conversations(sid).messages.create({ body: 'x' });
    await faults([{ on: 'call', resource: 'Conversations/Messages', do: { kind: 'stale', ms: 5000 } }]);
    expect(await conversations(sid).messages.list()).toEqual([]);
    clock = new Date('2026-01-01T00:00:05Z');
    expect(await conversations(sid).messages.list()).toHaveLength(1);
  });

  it('of receipts: lost, repeated, failed', async () => {
    const { conversations, faults, gateway, quiet } = await told();
    const { sid } = await conversations.create({});
    await conversations(sid).participants.create({
      'messagingBinding.address': phone,
      'messagingBinding.proxyAddress': ours,
    });
    await faults([
      { on: 'receipt', do: { kind: 'repeat' } },
      { on: 'receipt', do: { kind: 'status', status: 'failed' } },
    ]);
    await conversations(sid).messages.create({ body: 'x' });
    await quiet();
    expect(gateway.received.map(({ fields }) => [fields.Status, fields.ErrorCode])).toEqual([
      ['failed', '30008'],
      ['failed', '30008'],
    ]);
  });
});

describe('a text to an address that belongs to a conversation', () => {
  it('goes into the conversation, files and all, and not to the number’s webhook', async () => {
    const sms = await receiver();
    const { client, text, messages } = await simulator({ defaultWebhook: sms.url });
    const { conversations } = client.conversations.v1;
    const { sid } = await conversations.create({});
    const at = await conversations(sid).participants.create({
      'messagingBinding.address': phone,
      'messagingBinding.proxyAddress': ours,
    });
    const answer = await text({ body: 'hi', media: [{ contentType: 'image/png', data: 'AQID' }] });
    expect(answer).toMatchObject({ conversationSid: sid });
    expect(await conversations(sid).messages.list()).toMatchObject([
      { author: phone, body: 'hi', participantSid: at.sid, media: [{ content_type: 'image/png', size: 3 }] },
    ]);
    expect(sms.received).toEqual([]);
    expect(await messages()).toMatchObject([{ direction: 'inbound', conversation: { sid } }]);
    await conversations(sid).update({ state: 'closed' });
    await text({ body: 'after' });
    expect(sms.received.map(({ fields }) => fields.Body)).toEqual(['after']);
  });

  it('opens a conversation where the address says so, with its webhook', async () => {
    const hook = await receiver();
    const { client, text, quiet, gateway, only, events } = await told();
    await client.conversations.v1.addressConfigurations.create({
      type: 'sms',
      address: ours,
      'autoCreation.enabled': true,
      'autoCreation.type': 'webhook',
      'autoCreation.webhookUrl': hook.url,
      'autoCreation.webhookFilters': ['onMessageAdded'],
    });
    const { conversationSid } = await text({ body: 'hi' });
    await quiet();
    expect(events().sort()).toEqual(['onConversationAdded', 'onMessageAdded', 'onParticipantAdded']);
    expect(only('onConversationAdded')).toMatchObject({
      ConversationSid: conversationSid,
      MessageBody: 'hi',
      'MessagingBinding.Address': phone,
      'MessagingBinding.ProxyAddress': ours,
    });
    expect(hook.received.map(({ fields }) => fields.EventType)).toEqual(['onMessageAdded']);
    expect((await text({ body: 'again' })).conversationSid).toBe(conversationSid);
    expect(gateway.received.at(-1)?.fields).toMatchObject({ Index: '1', Body: 'again' });
  });
});
