import { describe, expect, it } from 'vitest';
import { ours, phone, receiver, simulator } from './support.ts';

describe('a web chat', () => {
  it('is opened, written in with files, edited and left by its customer, and tells what became of each webhook', async () => {
    const gateway = await receiver((response) => response.writeHead(204).end());
    const { send, read, url, client, quiet } = await simulator({
      defaultEventWebhooks: { conversations: gateway.url },
    });
    const opened = await send('POST', '/simulator/conversations', {
      identity: 'ann',
      uniqueName: 'chat-1',
      attributes: { assistantSid: 'aia_asst_x' },
    });
    expect(opened).toMatchObject({ status: 201, body: { uniqueName: 'chat-1', participants: [{ identity: 'ann' }] } });
    const { sid } = opened.body;
    const at = `/simulator/conversations/${sid}`;
    const png = { contentType: 'image/png', data: 'AQID', filename: 'a.png' };
    const posted = await send('POST', `${at}/messages`, { author: 'ann', body: 'look', media: [png], copies: 2 });
    expect(posted.body).toMatchObject({ index: 0, webhook: { status: 204, attempts: 1, errorCode: null } });
    const added = gateway.received.filter(({ fields }) => fields.EventType === 'onMessageAdded');
    expect(added).toHaveLength(2);
    expect(JSON.parse(added[0]?.fields.Media ?? '')).toEqual([
      { Sid: expect.stringMatching(/^ME/), Filename: 'a.png', ContentType: 'image/png', Size: 3 },
    ]);
    const seen = await read(at);
    expect(seen.messages).toMatchObject([{ author: 'ann', body: 'look', by: 'chat', media: [{ filename: 'a.png' }] }]);
    const file = await fetch(url + seen.messages[0].media[0].path);
    expect([...new Uint8Array(await file.arrayBuffer())]).toEqual([1, 2, 3]);

    await send('PUT', `${at}/messages/${posted.body.sid}`, { body: 'look here' });
    expect((await client.conversations.v1.conversations(sid).messages(posted.body.sid).fetch()).body).toBe('look here');
    expect((await send('DELETE', `${at}/messages/${posted.body.sid}`)).status).toBe(204);
    await send('POST', `${at}/participants`, { identity: 'bob' });
    expect((await send('DELETE', `${at}/participants/ann`)).status).toBe(204);
    expect((await read(at)).participants).toMatchObject([{ identity: 'bob' }]);
    expect((await send('PUT', `${at}/state`, { state: 'closed' })).body.state).toBe('closed');
    await quiet();
    const state = gateway.received.find(({ fields }) => fields.EventType === 'onConversationStateUpdated');
    expect(state?.fields.Reason).toBe('TIMER');
  });

  it('is written in only by who takes part, and only something', async () => {
    const { send } = await simulator();
    const { body } = await send('POST', '/simulator/conversations', { identity: 'ann' });
    const write = async (message: object) =>
      (await send('POST', `/simulator/conversations/${body.sid}/messages`, message)).status;
    expect(await write({ author: 'eve', body: 'x' })).toBe(404);
    expect(await write({ author: 'ann', body: '' })).toBe(400);
    expect(await write({ author: 'ann', media: [{ contentType: 'nonsense', data: 'AQID' }] })).toBe(400);
    expect(await write({ author: 'ann', body: 'x' })).toBe(201);
    expect((await send('POST', '/simulator/conversations', {})).status).toBe(400);
    expect((await send('GET', '/simulator/conversations/CH0')).status).toBe(404);
  });

  it('is forgotten with everything about it when told', async () => {
    const { send, read, client } = await simulator();
    const { body } = await send('POST', '/simulator/conversations', { identity: 'ann' });
    expect((await read('/simulator/conversations')).conversations).toHaveLength(1);
    await send('DELETE', '/simulator/conversations');
    expect((await read('/simulator/conversations')).conversations).toEqual([]);
    await expect(client.conversations.v1.conversations(body.sid).fetch()).rejects.toMatchObject({ status: 404 });
  });
});

describe('the event stream', () => {
  it('tells of conversations and tasks as they happen', async () => {
    const { url, send, read, client } = await simulator();
    const response = await fetch(`${url}/simulator/events`);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    const { body } = await send('POST', '/simulator/conversations', { identity: 'ann' });
    await send('POST', `/simulator/conversations/${body.sid}/messages`, { author: 'ann', body: 'hello' });
    const { accounts } = await read('/simulator/flex');
    await client.flexApi.v1.interaction.create({
      channel: { type: 'web', initiated_by: 'customer', properties: { media_channel_sid: body.sid } },
      routing: { properties: { workspace_sid: accounts[0].workspaceSid } },
    });
    let stream = '';
    while (!stream.includes('event: reservation.created')) stream += (await reader?.read())?.value ?? '';
    await reader?.cancel();
    expect([...stream.matchAll(/^event: (.*)$/gm)].map((match) => match[1])).toEqual([
      'conversation.onConversationAdded',
      'conversation.onParticipantAdded',
      'conversation.onMessageAdded',
      'interaction.onInteractionCreated',
      'interaction.onChannelCreated',
      'interaction.onParticipantJoined',
      'task.created',
      'reservation.created',
    ]);
    expect(stream).toContain(`"conversationSid":"${body.sid}"`);
  });
});

describe('a phone whose number has a conversation', () => {
  it('gets what an agent or a web chat customer writes there', async () => {
    const { client, send, quiet, messages } = await simulator();
    const { conversations } = client.conversations.v1;
    const { body } = await send('POST', '/simulator/conversations', { identity: 'ann' });
    await conversations(body.sid).participants.create({
      'messagingBinding.address': phone,
      'messagingBinding.proxyAddress': ours,
    });
    await send('POST', `/simulator/conversations/${body.sid}/messages`, { author: 'ann', body: 'to the phone' });
    await quiet();
    expect(await messages()).toMatchObject([{ to: phone, from: ours, body: 'to the phone', status: 'delivered' }]);
  });
});
