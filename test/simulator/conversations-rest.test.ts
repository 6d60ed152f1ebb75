import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { departuresOf, type Exchange, officialConversations } from './openapi.ts';
import { account, clientOf, exchanges, ours, phone, receiver, simulator } from './support.ts';

const conversationsHost = 'conversations.twilio.com';

describe('conversations', () => {
  it('are created, found by either name, changed, listed and deleted', async () => {
    const { client } = await simulator();
    const { conversations } = client.conversations.v1;
    const created = await conversations.create({ friendlyName: 'Ann', uniqueName: 'ann-1', attributes: '{"a":1}' });
    expect(created).toMatchObject({ state: 'active', uniqueName: 'ann-1', attributes: '{"a":1}', timers: {} });
    expect((await conversations('ann-1').fetch()).sid).toBe(created.sid);
    const changed = await conversations(created.sid).update({ attributes: '{"b":2}', 'timers.closed': 'PT10M' });
    expect(changed).toMatchObject({ attributes: '{"b":2}', friendlyName: 'Ann' });
    expect(changed.timers.date_closed).toMatch(/Z$/);
    await conversations.create({});
    expect(await conversations.list()).toHaveLength(2);
    await conversations(created.sid).update({ state: 'inactive' });
    expect((await conversations.list({ state: 'inactive' })).map(({ sid }) => sid)).toEqual([created.sid]);
    expect(await conversations.list({ startDate: '2000-01-01', endDate: '2000-01-02' })).toEqual([]);
    expect(await conversations(created.sid).remove()).toBe(true);
    await expect(conversations('ann-1').fetch()).rejects.toMatchObject({ status: 404, code: 20404 });
  });

  it('share no unique name, take only JSON as attributes, and stay closed', async () => {
    const { client } = await simulator();
    const { conversations } = client.conversations.v1;
    const { sid } = await conversations.create({ uniqueName: 'one' });
    await expect(conversations.create({ uniqueName: 'one' })).rejects.toMatchObject({ status: 409, code: 50353 });
    await expect(conversations(sid).update({ attributes: '{' })).rejects.toMatchObject({ status: 400 });
    await expect(conversations(sid).update({ 'timers.inactive': 'PT1S' })).rejects.toMatchObject({ status: 400 });
    await conversations(sid).update({ state: 'closed' });
    await expect(conversations(sid).update({ state: 'active' })).rejects.toMatchObject({ status: 400 });
    await expect(conversations(sid).messages.create({ body: 'x' })).rejects.toMatchObject({ status: 400 });
  });

  it('go to sleep and close by themselves, unless somebody writes', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const { client } = await simulator();
    const { conversations } = client.conversations.v1;
    const { sid } = await conversations.create({ 'timers.inactive': 'PT1M', 'timers.closed': 'PT10M' });
    const stateAfter = async (seconds: number) => {
      await vi.advanceTimersByTimeAsync(seconds * 1000);
      return (await conversations(sid).fetch()).state;
    };
    expect(await stateAfter(59)).toBe('active');
    await conversations(sid).messages.create({ body: 'still here' });
    expect(await stateAfter(59)).toBe('active');
    expect(await stateAfter(1)).toBe('inactive');
    await conversations(sid).messages.create({ body: 'back' });
    expect(await stateAfter(0)).toBe('active');
    expect(await stateAfter(60)).toBe('inactive');
    expect(await stateAfter(539)).toBe('inactive');
    expect(await stateAfter(1)).toBe('closed');
  });

  it('are apart in every service, and the default one needs no name', async () => {
    const { client } = await simulator();
    const v1 = client.conversations.v1;
    const { defaultChatServiceSid } = await v1.configuration().fetch();
    const { sid } = await v1.conversations.create({ uniqueName: 'here' });
    expect((await v1.services(defaultChatServiceSid).conversations(sid).fetch()).uniqueName).toBe('here');
    const other = await v1.services.create({ friendlyName: 'other' });
    expect(await v1.services(other.sid).conversations.list()).toEqual([]);
    const inOther = await v1.services(other.sid).conversations.create({ uniqueName: 'here' });
    await v1.services(other.sid).conversations(inOther.sid).messages.create({ body: 'x' });
    await expect(v1.conversations(inOther.sid).fetch()).rejects.toMatchObject({ status: 404 });
    expect((await v1.services.list()).map((service) => service.sid)).toEqual([defaultChatServiceSid, other.sid]);
  });

  it('belong to an account', async () => {
    const second = { sid: `AC${'c'.repeat(32)}`, authToken: 'another' };
    const { client, url } = await simulator({ accounts: [account, second] });
    const { sid } = await client.conversations.v1.conversations.create({});
    const theirs = clientOf(url, second.sid, second.authToken).conversations.v1.conversations;
    await expect(theirs(sid).fetch()).rejects.toMatchObject({ status: 404 });
    const nobody = clientOf(url, account.sid, 'wrong').conversations.v1.conversations;
    await expect(nobody.list()).rejects.toMatchObject({ status: 401, code: 20003 });
  });
});

describe('participants', () => {
  it('are chat users or phones, and a phone is in one open conversation of a number only', async () => {
    const { client } = await simulator();
    const { conversations, participantConversations } = client.conversations.v1;
    const { sid } = await conversations.create({});
    const ann = await conversations(sid).participants.create({ identity: 'ann' });
    const binding = { 'messagingBinding.address': phone, 'messagingBinding.proxyAddress': ours };
    const atPhone = await conversations(sid).participants.create(binding);
    expect(ann).toMatchObject({ identity: 'ann', messagingBinding: null });
    expect(atPhone.messagingBinding).toEqual({ type: 'sms', address: phone, proxy_address: ours });
    await expect(conversations(sid).participants.create({ identity: 'ann' })).rejects.toMatchObject({ code: 50433 });

    const second = await conversations.create({});
    await expect(conversations(second.sid).participants.create(binding)).rejects.toMatchObject({
      status: 409,
      code: 50416,
      message: expect.stringContaining(sid),
    });
    const found = await participantConversations.list({ address: phone });
    expect(found.map(({ conversationSid, conversationState }) => [conversationSid, conversationState])).toEqual([
      [sid, 'active'],
    ]);
    expect(await participantConversations.list({ identity: 'ann' })).toHaveLength(1);
    await conversations(sid).update({ state: 'closed' });
    await conversations(second.sid).participants.create(binding);

    await conversations(sid).participants(ann.sid).update({ lastReadMessageIndex: 3, attributes: '{"x":1}' });
    expect(await conversations(sid).participants('ann').fetch()).toMatchObject({
      lastReadMessageIndex: 3,
      attributes: '{"x":1}',
    });
    await conversations(sid).participants(atPhone.sid).update({ 'messagingBinding.proxyAddress': '+15550009999' });
    expect((await conversations(sid).participants(phone).fetch()).messagingBinding).toMatchObject({
      proxy_address: '+15550009999',
    });
    await conversations(sid).participants(ann.sid).remove();
    expect((await conversations(sid).participants.list()).map((one) => one.sid)).toEqual([atPhone.sid]);
  });

  it('come with their conversation when asked for, and are users from then on', async () => {
    const { client } = await simulator();
    const v1 = client.conversations.v1;
    const { sid } = await v1.conversationWithParticipants.create({
      friendlyName: 'both',
      participant: [
        '{"identity":"FXann"}',
        JSON.stringify({ messaging_binding: { address: phone, proxy_address: ours } }),
      ],
    });
    expect(await v1.conversations(sid).participants.list()).toHaveLength(2);
    await v1.users('FXann').update({ friendlyName: 'Ann' });
    expect(await v1.users('FXann').fetch()).toMatchObject({ identity: 'FXann', friendlyName: 'Ann' });
    expect(await v1.users.list()).toHaveLength(1);
  });
});

describe('messages', () => {
  it('are counted by index, listed both ways page by page, and leave a gap when they are removed', async () => {
    const { client } = await simulator();
    const { conversations } = client.conversations.v1;
    const { sid } = await conversations.create({});
    const { messages, participants } = conversations(sid);
    const { sid: ann } = await participants.create({ identity: 'ann' });
    for (const body of ['0', '1', '2', '3', '4']) await messages.create({ author: 'ann', body });
    const indexes = async (order: 'asc' | 'desc') => (await messages.list({ order, pageSize: 2 })).map((m) => m.index);
    expect(await indexes('asc')).toEqual([0, 1, 2, 3, 4]);
    expect(await indexes('desc')).toEqual([4, 3, 2, 1, 0]);
    const [newest] = await messages.list({ order: 'desc', limit: 1 });
    expect(newest).toMatchObject({ author: 'ann', participantSid: ann, body: '4', media: null, delivery: null });
    await messages(newest?.sid ?? '').remove();
    const bot = await messages.create({ body: 'bot', attributes: '{"k":"v"}' });
    expect(bot).toMatchObject({ index: 5, author: 'system', participantSid: null });
    await messages(bot.sid).update({ body: 'better' });
    expect(await messages(bot.sid).fetch()).toMatchObject({ body: 'better', attributes: '{"k":"v"}' });
    expect(await indexes('asc')).toEqual([0, 1, 2, 3, 5]);
    await expect(messages(newest?.sid ?? '').fetch()).rejects.toMatchObject({ status: 404 });
  });

  it('are texted to whoever is at a phone, except the author, with a receipt each', async () => {
    const { client, messages, quiet } = await simulator();
    const { conversations } = client.conversations.v1;
    const { sid } = await conversations.create({});
    await conversations(sid).participants.create({
      'messagingBinding.address': phone,
      'messagingBinding.proxyAddress': ours,
    });
    await expect(conversations(sid).messages.create({ body: 'x'.repeat(1601) })).rejects.toMatchObject({ code: 21617 });
    await conversations(sid).messages.create({ author: phone, body: 'mine' });
    const sent = await conversations(sid).messages.create({ author: 'bot', body: 'hello' });
    await quiet();
    expect((await messages()).map(({ from, to, body, origin }) => [from, to, body, origin])).toEqual([
      [ours, phone, 'hello', 'conversation'],
    ]);
    const message = conversations(sid).messages(sent.sid);
    expect((await message.fetch()).delivery).toEqual({
      total: 1,
      sent: 'all',
      delivered: 'all',
      read: 'none',
      failed: 'none',
      undelivered: 'none',
    });
    const [receipt] = await message.deliveryReceipts.list();
    expect(receipt).toMatchObject({ status: 'delivered', errorCode: 0, messageSid: sent.sid });
    expect(await message.deliveryReceipts(receipt?.sid ?? '').fetch()).toMatchObject({ status: 'delivered' });
  });

  it('fail after they were accepted when the customer said STOP or the WhatsApp window is shut', async () => {
    const { client, text, quiet } = await simulator();
    const { conversations } = client.conversations.v1;
    const fate = async (address: string, proxyAddress: string) => {
      const { sid } = await conversations.create({});
      await conversations(sid).participants.create({
        'messagingBinding.address': address,
        'messagingBinding.proxyAddress': proxyAddress,
      });
      const { sid: messageSid } = await conversations(sid).messages.create({ author: 'bot', body: 'x' });
      await quiet();
      const [receipt] = await conversations(sid).messages(messageSid).deliveryReceipts.list();
      return [receipt?.status, receipt?.errorCode];
    };
    expect(await fate(`whatsapp:${phone}`, `whatsapp:${ours}`)).toEqual(['failed', 63016]);
    await text({ body: 'STOP' });
    expect(await fate(phone, ours)).toEqual(['failed', 21610]);
  });

  it('carry files, which whoever has the credentials or the temporary address may fetch', async () => {
    const { client, url } = await simulator();
    const { defaultChatServiceSid: service } = await client.conversations.v1.configuration().fetch();
    const authorization = `Basic ${Buffer.from(`${account.sid}:${account.authToken}`).toString('base64')}`;
    const upload = await fetch(`${url}/v1/Services/${service}/Media?Filename=a.png`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'image/png' },
      body: Buffer.from([1, 2, 255]),
    });
    const media = (await upload.json()) as { sid: string; links: { content_direct_temporary: string } };
    const { conversations } = client.conversations.v1;
    const { sid } = await conversations.create({});
    const message = await conversations(sid).messages.create({ mediaSid: media.sid });
    expect(message.media).toEqual([
      { sid: media.sid, filename: 'a.png', size: 3, content_type: 'image/png', category: 'media' },
    ]);
    expect((await fetch(`${url}/v1/Services/${service}/Media/${media.sid}`)).status).toBe(401);
    const bytes = await fetch(media.links.content_direct_temporary);
    expect(bytes.headers.get('content-type')).toBe('image/png');
    expect([...new Uint8Array(await bytes.arrayBuffer())]).toEqual([1, 2, 255]);
    expect((await fetch(media.links.content_direct_temporary.replace(/.$/, 'x'))).status).toBe(404);
  });
});

describe('settings', () => {
  it('of webhooks, for the account and for a service', async () => {
    const { client } = await simulator({ defaultEventWebhooks: { conversations: 'http://127.0.0.1:1/' } });
    const v1 = client.conversations.v1;
    expect((await v1.configuration.webhooks().fetch()).postWebhookUrl).toBe('http://127.0.0.1:1/');
    const filters = ['onMessageAdded', 'onParticipantAdded'];
    await v1.configuration.webhooks().update({ postWebhookUrl: 'http://127.0.0.1:2/', filters, method: 'POST' });
    expect(await v1.configuration.webhooks().fetch()).toMatchObject({ postWebhookUrl: 'http://127.0.0.1:2/', filters });
    const { defaultChatServiceSid } = await v1.configuration().fetch();
    const ofService = v1.services(defaultChatServiceSid).configuration.webhooks();
    expect(await ofService.fetch()).toMatchObject({ postWebhookUrl: null, filters: [] });
    await ofService.update({ postWebhookUrl: 'http://127.0.0.1:3/', filters });
    expect(await ofService.fetch()).toMatchObject({ postWebhookUrl: 'http://127.0.0.1:3/', filters });
  });

  it('of addresses that open conversations', async () => {
    const { client } = await simulator();
    const { addressConfigurations } = client.conversations.v1;
    const created = await addressConfigurations.create({
      type: 'sms',
      address: ours,
      'autoCreation.enabled': true,
      'autoCreation.type': 'webhook',
      'autoCreation.webhookUrl': 'http://127.0.0.1:1/',
      'autoCreation.webhookFilters': ['onMessageAdded'],
    });
    await expect(addressConfigurations.create({ type: 'sms', address: ours })).rejects.toMatchObject({ status: 409 });
    await addressConfigurations(created.sid).update({ 'autoCreation.enabled': false });
    expect((await addressConfigurations(ours).fetch()).autoCreation).toMatchObject({ enabled: false, type: 'webhook' });
    expect(await addressConfigurations.list({ type: 'whatsapp' })).toEqual([]);
    await addressConfigurations(created.sid).remove();
    expect(await addressConfigurations.list()).toEqual([]);
  });

  it('of one conversation’s webhooks, five at most', async () => {
    const { client } = await simulator();
    const { conversations } = client.conversations.v1;
    const { sid } = await conversations.create({});
    const { webhooks } = conversations(sid);
    const gateway = await receiver();
    const created = await webhooks.create({
      target: 'webhook',
      'configuration.url': gateway.url,
      'configuration.method': 'post',
      'configuration.filters': ['onMessageAdded'],
    });
    expect(created.configuration).toEqual({ url: gateway.url, method: 'POST', filters: ['onMessageAdded'] });
    await webhooks(created.sid).update({ 'configuration.filters': ['onMessageRemoved'] });
    expect((await webhooks(created.sid).fetch()).configuration.filters).toEqual(['onMessageRemoved']);
    await expect(webhooks.create({ target: 'studio' })).rejects.toMatchObject({ status: 400 });
    for (let n = 0; n < 4; n += 1) {
      await webhooks.create({
        target: 'trigger',
        'configuration.url': gateway.url,
        'configuration.triggers': ['help'],
      });
    }
    await expect(
      webhooks.create({ target: 'studio', 'configuration.flowSid': `FW${'1'.repeat(32)}` }),
    ).rejects.toThrow();
    await webhooks(created.sid).remove();
    expect(await webhooks.list()).toHaveLength(4);
  });
});

describe.skipIf(!officialConversations)('Twilio’s description of Conversations (skipped where it is absent)', () => {
  it('knows every request made here, and every good answer has its form', () => {
    const asked = exchanges.filter(({ host, status }) => host === conversationsHost && status < 400);
    expect(asked.length).toBeGreaterThan(50);
    expect(departuresOf({ ...asked[0], body: {} } as Exchange, officialConversations)).not.toEqual([]);
    expect([...new Set(asked.flatMap((exchange) => departuresOf(exchange, officialConversations)))]).toEqual([]);
  });
});
