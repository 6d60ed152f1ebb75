import { describe, expect, it } from 'vitest';
import { flex, type Task } from './flex-support.ts';
import { departuresOf, officialFlex } from './openapi.ts';
import { account, exchanges, ours, phone } from './support.ts';

describe('handing a conversation to Flex', () => {
  it('makes a task that knows the conversation, and tells of every step until an agent has it', async () => {
    const { handedOver, tasks, desk, events, conversationsOf, quiet } = await flex();
    const { conversationSid, interactionSid, channelSid, taskSid } = await handedOver();
    const task = await tasks(taskSid).fetch();
    expect(task.assignmentStatus).toBe('reserved');
    expect(JSON.parse(task.attributes)).toMatchObject({
      from: 'Ann',
      reason: 'asked',
      conversationSid,
      flexInteractionSid: interactionSid,
      flexInteractionChannelSid: channelSid,
      flexChannelInviteSid: expect.stringMatching(/^KG/),
      channelType: 'web',
      direction: 'inbound',
      taskCreateSource: 'interaction',
    });
    const accepted = await desk(taskSid, 'accept');
    expect(accepted).toMatchObject({ status: 'assigned', agent: 'sam', conversationSid });
    await quiet();
    expect(events.tasks()).toEqual(['reservation.accepted', 'reservation.created', 'task.created']);
    expect(events.interactions()).toEqual([
      'onChannelCreated',
      'onInteractionCreated',
      'onParticipantJoined',
      'onParticipantJoined',
    ]);
    const created = events.tasksSeen.received.find(({ fields }) => fields.EventType === 'task.created');
    if (created === undefined) throw new Error('nothing arrived');
    expect(events.tasksSeen.signed(created)).toBe(true);
    expect(created.fields).toMatchObject({
      AccountSid: account.sid,
      TaskSid: taskSid,
      TaskAssignmentStatus: 'pending',
    });
    expect(JSON.parse(created.fields.TaskAttributes ?? '')).toMatchObject({ conversationSid });
    const members = await conversationsOf(conversationSid).participants.list();
    expect(members.map(({ identity }) => identity)).toEqual(['ann', 'sam']);
  });

  it('is found by its conversation or any attribute', async () => {
    const { handedOver, tasks } = await flex();
    const { conversationSid, taskSid } = await handedOver();
    const sids = async (evaluateTaskAttributes: string) =>
      (await tasks.list({ evaluateTaskAttributes })).map(({ sid }) => sid);
    expect(await sids(`conversationSid == "${conversationSid}"`)).toEqual([taskSid]);
    expect(await sids('from == "Bob"')).toEqual([]);
    expect(await sids('from == "Bob" OR reason == "asked"')).toEqual([taskSid]);
    expect(await sids('from == "Ann" AND reason == "other"')).toEqual([]);
    await expect(sids('from HAS "x"')).rejects.toMatchObject({ status: 400 });
    expect(await tasks.list({ assignmentStatus: ['reserved'] })).toHaveLength(1);
    expect(await tasks.list({ assignmentStatus: ['completed'] })).toHaveLength(0);
  });

  it('lets the agent write, park and give back: the conversation stays open', async () => {
    const { handedOver, desk, events, conversationsOf, quiet, send, tasks } = await flex();
    const { conversationSid, taskSid } = await handedOver();
    await expect(desk(taskSid, 'messages', { body: 'too early' })).rejects.toMatchObject({ status: 409 });
    await desk(taskSid, 'accept', { agent: 'eve' });
    await desk(taskSid, 'messages', {
      body: 'Hello, this is Eve',
      media: [{ contentType: 'image/png', data: 'AQID' }],
    });
    const [message] = await conversationsOf(conversationSid).messages.list();
    expect(message).toMatchObject({ author: 'eve', body: 'Hello, this is Eve', media: [{ size: 3 }] });
    const said = events.conversations.received.find(({ fields }) => fields.EventType === 'onMessageAdded');
    expect(said?.fields).toMatchObject({ Source: 'SDK', ClientIdentity: 'eve', Author: 'eve' });
    expect(await desk(taskSid, 'park')).toMatchObject({ status: 'completed' });
    await quiet();
    expect(events.tasks()).toEqual(expect.arrayContaining(['reservation.completed', 'task.completed']));
    expect(events.interactions()).toContain('onParticipantLeft');
    expect((await conversationsOf(conversationSid).fetch()).state).toBe('active');
    expect(await conversationsOf(conversationSid).participants.list()).toHaveLength(1);
    const answer = await send('POST', `/simulator/tasks/${taskSid}/park`);
    expect(answer).toMatchObject({ status: 409 });
    expect((await tasks(taskSid).fetch()).assignmentStatus).toBe('completed');
  });

  it('ends for good when the agent ends the chat', async () => {
    const { handedOver, desk, events, conversationsOf, quiet } = await flex();
    const { conversationSid, taskSid } = await handedOver();
    await desk(taskSid, 'accept');
    expect(await desk(taskSid, 'end')).toMatchObject({ status: 'wrapping' });
    expect((await conversationsOf(conversationSid).fetch()).state).toBe('closed');
    expect(await desk(taskSid, 'complete')).toMatchObject({ status: 'completed' });
    await quiet();
    expect(events.tasks()).toEqual([
      'reservation.accepted',
      'reservation.completed',
      'reservation.created',
      'reservation.wrapup',
      'task.completed',
      'task.created',
      'task.wrapup',
    ]);
    const told = events.conversations.received.map(({ fields }) => fields);
    expect(told.find(({ EventType }) => EventType === 'onConversationStateUpdated')).toMatchObject({
      StateTo: 'closed',
    });
    expect(told.find(({ EventType }) => EventType === 'onParticipantRemoved')).toMatchObject({ Identity: 'sam' });
  });

  it('goes back to the queue when an agent declines, and ends when the only one asked declines', async () => {
    const { handedOver, desk, events, quiet } = await flex();
    const { taskSid } = await handedOver();
    expect(await desk(taskSid, 'reject')).toMatchObject({ status: 'pending', agent: null });
    expect(await desk(taskSid, 'accept', { agent: 'eve' })).toMatchObject({ status: 'assigned', agent: 'eve' });
    const direct = await handedOver({ worker_sid: `WK${'1'.repeat(32)}` });
    expect(await desk(direct.taskSid, 'reject')).toMatchObject({ status: 'canceled' });
    await quiet();
    expect(events.tasks().filter((event) => event === 'reservation.rejected')).toHaveLength(2);
    expect(events.tasks()).toContain('task.canceled');
  });

  it('is cancelled when nobody comes, at the desk or by its own time', async () => {
    const { handedOver, desk, events, tasks, quiet, conversationsOf } = await flex();
    const { taskSid } = await handedOver();
    expect(await desk(taskSid, 'expire')).toMatchObject({ status: 'canceled', agent: null });
    const { taskSid: second, conversationSid } = await handedOver({ timeout: 1 });
    await expect.poll(async () => (await tasks(second).fetch()).assignmentStatus, { timeout: 3000 }).toBe('canceled');
    await quiet();
    const ends = ['reservation.timeout', 'task.canceled', 'workflow.timeout'];
    expect(events.tasks().filter((event) => ends.includes(event))).toEqual(ends.flatMap((event) => [event, event]));
    expect((await conversationsOf(conversationSid).fetch()).state).toBe('active');
  });

  it('is accepted and fails a moment later when it cannot be: a channel that failed, a cancelled task', async () => {
    const { interactions, builtIn, events, tasks, handedOver, faults, quiet } = await flex();
    const nowhere = await interactions.create({
      channel: { type: 'web', initiated_by: 'customer', properties: { media_channel_sid: `CH${'0'.repeat(32)}` } },
      routing: { properties: { workspace_sid: builtIn.workspaceSid } },
    });
    await quiet();
    const [channel] = await interactions(nowhere.sid).channels.list();
    expect(channel).toMatchObject({ status: 'failed', errorCode: 19025 });
    await faults([{ on: 'interaction', times: 1, do: { kind: 'fail' } }]);
    const { taskSid } = await handedOver();
    expect((await tasks(taskSid).fetch()).assignmentStatus).toBe('canceled');
    expect(events.interactions().filter((event) => event === 'onChannelCreateFailed')).toHaveLength(2);
    expect(events.tasks()).toEqual(['task.canceled', 'task.canceled']);
    await expect(interactions.create({ channel: { type: 'web' }, routing: {} })).rejects.toMatchObject({ status: 400 });
  });
});

describe('handing a phone to Flex', () => {
  it('makes a conversation that takes the phone’s texts until it is closed', async () => {
    const { interactions, builtIn, quiet, text, desk, read, conversationsOf, messages } = await flex();
    const created = await interactions.create({
      channel: { type: 'sms', initiated_by: 'api', participants: [{ address: phone, proxy_address: ours }] },
      routing: { properties: { workspace_sid: builtIn.workspaceSid, attributes: { customerAddress: phone } } },
    });
    await quiet();
    const { tasks } = (await read('/simulator/tasks')) as { tasks: Task[] };
    const [task] = tasks;
    if (!task) throw new Error('no task');
    const { conversationSid } = await text({ body: 'are you there?' });
    expect(conversationSid).toBe(task.conversationSid);
    await desk(task.sid, 'accept');
    await desk(task.sid, 'messages', { body: 'I am' });
    await quiet();
    expect((await messages()).map(({ from, body, status }) => [from, body, status])).toEqual([
      [phone, 'are you there?', 'received'],
      [ours, 'I am', 'delivered'],
    ]);
    await interactions(created.sid)
      .channels(created.channel.sid)
      .update({ status: 'closed', routing: { status: 'closed' } });
    expect((await conversationsOf(conversationSid ?? '').fetch()).state).toBe('closed');
    expect((await text({ body: 'and now?' })).conversationSid).toBeUndefined();
  });
});

describe('the witness', () => {
  it('counts interactions per conversation, and what an assistant said while a person was asked for or there', async () => {
    const { handedOver, desk, read, conversationsOf, interactions, builtIn, client, quiet } = await flex();
    const { conversationSid, taskSid } = await handedOver();
    const say = (body: string) => conversationsOf(conversationSid).messages.create({ author: 'bot', body });
    await say('while asked');
    await desk(taskSid, 'accept');
    await say('while human');
    await desk(taskSid, 'messages', { body: 'the person' });
    await desk(taskSid, 'park');
    await say('afterwards');
    const handoffs = async () => (await read('/simulator/handoffs')).handoffs;
    const [seen] = await handoffs();
    const bodies = (said: { body: string }[]) => said.map(({ body }) => body);
    expect(seen).toMatchObject({ conversationSid, interactionsOfConversation: 1 });
    expect(bodies(seen.saidWhileAsked)).toEqual(['while asked', 'while human']);
    expect(bodies(seen.saidWhileHuman)).toEqual(['while human']);

    const routing = { properties: { workspace_sid: builtIn.workspaceSid } };
    const channel = { type: 'web', initiated_by: 'customer', properties: { media_channel_sid: conversationSid } };
    await interactions.create({ channel, routing });
    const participants = [{ address: phone, proxy_address: ours }];
    await interactions.create({ channel: { type: 'sms', initiated_by: 'api', participants }, routing });
    await quiet();
    await client.messages.create({ to: phone, from: ours, body: 'straight to the phone' });
    const [, , third] = await handoffs();
    expect((await handoffs())[0].interactionsOfConversation).toBe(2);
    expect(third.customer).toMatchObject({ address: phone, proxyAddress: ours });
    expect(bodies(third.saidWhileAsked)).toEqual(['straight to the phone']);
    expect(third.saidWhileHuman).toEqual([]);
  });
});

describe.skipIf(!officialFlex)('Twilio’s description of Flex (skipped where it is absent)', () => {
  it('knows every request made here, and every good answer has its form', () => {
    const asked = exchanges.filter(({ host, status }) => host === 'flex-api.twilio.com' && status < 400);
    expect(asked.length).toBeGreaterThan(10);
    expect([...new Set(asked.flatMap((exchange) => departuresOf(exchange, officialFlex)))]).toEqual([]);
  });
});
