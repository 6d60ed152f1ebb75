import { describe, expect, it } from 'vitest';
import { departuresOf, officialConversations } from './openapi.ts';
import { exchanges, ours, phone, receiver, simulator } from './support.ts';

const flowSid = `FW${'d'.repeat(32)}`;

/** A simulator with one flow, and a web chat. */
async function studio(steps: object[]) {
  const started = await simulator();
  const { client, send } = started;
  const put = await send('PUT', `/simulator/flows/${flowSid}`, { friendlyName: 'Test', steps });
  if (put.status !== 200) throw new Error(put.body.message);
  const chat = await send('POST', '/simulator/conversations', { identity: 'ann' });
  const conversation = client.conversations.v1.conversations(chat.body.sid);
  return {
    ...started,
    conversation,
    executions: client.studio.v2.flows(flowSid).executions,
    say: (body: string) => send('POST', `/simulator/conversations/${chat.body.sid}/messages`, { author: 'ann', body }),
    take: (replayAfter?: number) =>
      conversation.webhooks.create({
        target: 'studio',
        'configuration.flowSid': flowSid,
        ...(replayAfter !== undefined && { 'configuration.replayAfter': replayAfter }),
      }),
    said: async () => (await conversation.messages.list()).map(({ author, body }) => `${author}: ${body}`),
  };
}

describe('a flow that is given a conversation', () => {
  it('starts with the customer’s next words, asks, ends, and gives back', async () => {
    const { say, take, said, executions, conversation, quiet } = await studio([
      { ask: 'Your name?' },
      { say: 'Thank you' },
      { giveBack: true },
    ]);
    await say('before');
    await take();
    await quiet();
    expect(await said()).toEqual(['ann: before']);
    await say('hello');
    await quiet();
    const [running] = await executions.list();
    expect(running?.status).toBe('active');
    await say('Ann');
    await quiet();
    expect(await said()).toEqual(['ann: before', 'ann: hello', 'system: Your name?', 'ann: Ann', 'system: Thank you']);
    expect((await executions(running?.sid ?? '').fetch()).status).toBe('ended');
    expect(await conversation.webhooks.list()).toEqual([]);
    await say('and now?');
    await quiet();
    expect(await executions.list()).toHaveLength(1);
  });

  it('starts at once when it is told to look back, and starts again while its webhook stays', async () => {
    const { say, take, said, executions, quiet, conversation } = await studio([{ say: 'Hi' }]);
    await say('help');
    await take(-1);
    await quiet();
    await say('more');
    await quiet();
    expect(await said()).toEqual(['ann: help', 'system: Hi', 'ann: more', 'system: Hi']);
    expect((await executions.list()).map(({ status }) => status)).toEqual(['ended', 'ended']);
    expect(await conversation.webhooks.list()).toMatchObject([{ target: 'studio' }]);
  });

  it('may ask a server of ours, signed, and send to Flex', async () => {
    const server = await receiver();
    const { say, take, read, quiet, conversation } = await studio([{ request: server.url }, { flex: {} }]);
    await take();
    await say('a person, please');
    await quiet();
    const [request] = server.received;
    if (request === undefined) throw new Error('nothing arrived');
    expect(server.signed(request)).toBe(true);
    const { sid } = await conversation.fetch();
    expect(JSON.parse(request.fields.Data ?? '')).toMatchObject({
      ChannelSid: sid,
      From: 'ann',
      Body: 'a person, please',
      InstanceSid: expect.stringMatching(/^IS/),
    });
    expect((await read('/simulator/tasks')).tasks).toMatchObject([
      { conversationSid: sid, status: 'reserved', attributes: { from: 'ann', channelType: 'web' } },
    ]);
  });

  it('is stopped from outside', async () => {
    const { say, take, executions, quiet, said } = await studio([{ ask: 'Name?' }, { say: 'Never said' }]);
    await take();
    await say('hello');
    await quiet();
    const [running] = await executions.list();
    await executions(running?.sid ?? '').update({ status: 'ended' });
    expect(
      (
        await executions(running?.sid ?? '')
          .executionContext()
          .fetch()
      ).context,
    ).toHaveProperty('trigger');
    expect(await said()).toHaveLength(2);
  });
});

describe('an execution started over REST', () => {
  it('texts a phone, one at a time for each', async () => {
    const { executions, messages, quiet } = await studio([{ say: 'Your table is ready' }, { ask: 'Are you coming?' }]);
    const started = await executions.create({ to: phone, from: ours, parameters: { table: 4 } });
    expect(started).toMatchObject({ status: 'active', contactChannelAddress: phone });
    await expect(executions.create({ to: phone, from: ours })).rejects.toMatchObject({ status: 409 });
    await quiet();
    expect((await messages()).map(({ from, to, body }) => [from, to, body])).toEqual([
      [ours, phone, 'Your table is ready'],
      [ours, phone, 'Are you coming?'],
    ]);
    await executions(started.sid).update({ status: 'ended' });
    await executions.create({ to: phone, from: ours });
    await executions(started.sid).remove();
    expect(await executions.list()).toHaveLength(1);
  });

  it('is of a flow that there is', async () => {
    const { client, read } = await studio([]);
    const { flows } = await read('/simulator/flows');
    expect((await client.studio.v2.flows.list()).map(({ sid }) => sid)).toEqual(
      flows.map(({ sid }: { sid: string }) => sid),
    );
    await expect(client.studio.v2.flows(`FW${'0'.repeat(32)}`).executions.list()).rejects.toMatchObject({
      status: 404,
    });
  });
});

describe.skipIf(!officialConversations)('Twilio’s description of Conversations (skipped where it is absent)', () => {
  it('knows the webhooks that Studio is reached by', () => {
    const asked = exchanges.filter(({ path, status }) => path.includes('/Webhooks') && status < 400);
    expect(asked.length).toBeGreaterThan(3);
    expect([...new Set(asked.flatMap((exchange) => departuresOf(exchange, officialConversations)))]).toEqual([]);
  });
});
