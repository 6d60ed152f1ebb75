import { describe, expect, it } from 'vitest';
import { flex, namesIn, type Task } from './flex-support.ts';
import { departuresOf, officialFlex } from './openapi.ts';
import { account, exchanges, receiver } from './support.ts';

describe('a channel', () => {
  it('is parked with its tasks completed and its conversation left as it was, and may invite again', async () => {
    const { handedOver, interactions, desk, conversationsOf, tasks, builtIn } = await flex();
    const { interactionSid, channelSid, taskSid, conversationSid } = await handedOver();
    await desk(taskSid, 'accept');
    const channel = interactions(interactionSid).channels(channelSid);
    await expect(channel.update({ status: 'inactive' })).rejects.toMatchObject({ status: 400 });
    expect(await channel.update({ status: 'inactive', routing: { status: 'closed' } })).toMatchObject({
      status: 'inactive',
    });
    expect((await tasks(taskSid).fetch()).assignmentStatus).toBe('completed');
    expect((await conversationsOf(conversationSid).fetch()).state).toBe('active');
    const invite = await channel.invites.create({ routing: { properties: { workspace_sid: builtIn.workspaceSid } } });
    expect(await channel.fetch()).toMatchObject({ status: 'active' });
    expect(await channel.invites.list()).toHaveLength(2);
    await desk((invite.routing as { properties: { sid: string } }).properties.sid, 'accept');
    const agent = (await channel.participants.list()).find(({ type }) => type === 'agent');
    await channel.participants(agent?.sid ?? '').update({ status: 'closed' });
    expect(await channel.participants.list()).toMatchObject([{ type: 'customer' }]);
  });

  it('passes from one agent to another', async () => {
    const { handedOver, interactions, desk, read, conversationsOf } = await flex();
    const { interactionSid, channelSid, taskSid, conversationSid } = await handedOver();
    await desk(taskSid, 'accept');
    const channel = interactions(interactionSid).channels(channelSid);
    const agent = (await channel.participants.list()).find(({ type }) => type === 'agent');
    const transfer = await channel.transfers.create(
      { type: 'cold', from: agent?.sid, to: `WK${'2'.repeat(32)}` },
      {
        'Content-Type': 'application/json',
      },
    );
    expect(transfer).toMatchObject({ type: 'cold', status: 'active' });
    const { tasks } = (await read('/simulator/tasks')) as { tasks: Task[] };
    await desk(tasks[1]?.sid ?? '', 'accept', { agent: 'eve' });
    expect(await channel.transfers(transfer.sid).fetch()).toMatchObject({ status: 'completed' });
    const members = await conversationsOf(conversationSid).participants.list();
    expect(members.map(({ identity }) => identity)).toEqual(['ann', 'eve']);
  });
});

describe('tasks', () => {
  it('are made, changed, cancelled and deleted over REST, with an ETag against two writers', async () => {
    const { tasks } = await flex();
    const { sid } = await tasks.create({ attributes: '{"a":1}', timeout: 60 });
    const [reservation] = await tasks(sid).reservations.list();
    expect(reservation).toMatchObject({ reservationStatus: 'pending', workerName: 'sam' });
    await tasks(sid).update({ attributes: '{"a":2}' });
    await expect(tasks(sid).update({ attributes: '{"a":3}', ifMatch: '"0"' })).rejects.toMatchObject({ status: 412 });
    expect((await tasks(sid).fetch()).attributes).toBe('{"a":2}');
    await expect(tasks(sid).update({ assignmentStatus: 'completed' })).rejects.toMatchObject({ status: 409 });
    expect(await tasks(sid).update({ assignmentStatus: 'canceled', reason: 'done' })).toMatchObject({
      assignmentStatus: 'canceled',
      reason: 'done',
    });
    await tasks(sid).remove();
    await expect(tasks(sid).fetch()).rejects.toMatchObject({ status: 404 });
  });

  it('are told to the workspace’s own callback, as far as its filter lets them', async () => {
    const { client, builtIn, tasks, quiet, events } = await flex();
    const own = await receiver();
    const workspace = client.taskrouter.v1.workspaces(builtIn.workspaceSid);
    await workspace.update({ eventCallbackUrl: own.url, eventsFilter: 'task.created,task.canceled' });
    expect((await workspace.fetch()).eventCallbackUrl).toBe(own.url);
    expect((await workspace.workflows.list()).map(({ sid }) => sid)).toEqual([builtIn.workflowSid]);
    const { sid } = await tasks.create({ attributes: '{}' });
    await tasks(sid).update({ assignmentStatus: 'canceled' });
    await quiet();
    expect(namesIn(own.received)()).toEqual(['task.canceled', 'task.created']);
    expect(events.tasks()).toEqual([]);
  });
});

describe('interaction webhooks', () => {
  it('are registered, and take the place of the default', async () => {
    const { url, builtIn, handedOver, events, quiet } = await flex();
    const own = await receiver();
    const authorization = `Basic ${Buffer.from(`${account.sid}:${account.authToken}`).toString('base64')}`;
    const at = `${url}/v1/Instances/${builtIn.instanceSid}/InteractionWebhooks`;
    const body = new URLSearchParams({ WebhookUrl: own.url, WebhookMethod: 'POST', WebhookEvents: 'onChannelCreated' });
    const created = await fetch(at, { method: 'POST', headers: { authorization }, body });
    const { ttid } = (await created.json()) as { ttid: string };
    expect(ttid).toMatch(/^flex_interactionwebhook_/);
    const { interactionSid, channelSid, conversationSid } = await handedOver();
    await quiet();
    expect(own.received.map(({ fields }) => fields)).toEqual([
      {
        AccountSid: account.sid,
        InstanceSid: builtIn.instanceSid,
        EventType: 'onChannelCreated',
        InteractionSid: interactionSid,
        ChannelSid: channelSid,
        MediaChannelSid: conversationSid,
        MediaChannelType: 'web',
      },
    ]);
    expect(events.interactions()).toEqual([]);
    expect((await fetch(`${at}/${ttid}`, { method: 'DELETE', headers: { authorization } })).status).toBe(204);
  });

  it('and the account’s configuration are of Flex when the request says that Flex is meant', async () => {
    const { url, builtIn } = await flex();
    const authorization = `Basic ${Buffer.from(`${account.sid}:${account.authToken}`).toString('base64')}`;
    const ask = async (headers: Record<string, string>) =>
      (await fetch(`${url}/v1/Configuration`, { headers: { authorization, ...headers } })).json();
    expect(await ask({ 'x-forwarded-host': 'flex-api.twilio.com' })).toMatchObject({
      flex_instance_sid: builtIn.instanceSid,
      taskrouter_workspace_sid: builtIn.workspaceSid,
    });
    expect(await ask({})).toMatchObject({ default_chat_service_sid: builtIn.serviceSid });
  });
});

describe.skipIf(!officialFlex)('Twilio’s description of Flex (skipped where it is absent)', () => {
  it('knows every request made here, and every good answer has its form', () => {
    const asked = exchanges.filter(({ host, status }) => host === 'flex-api.twilio.com' && status < 400);
    expect(asked.length).toBeGreaterThan(10);
    expect([...new Set(asked.flatMap((exchange) => departuresOf(exchange, officialFlex)))]).toEqual([]);
  });
});
