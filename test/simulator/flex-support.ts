import type { Received } from './support.ts';
import { receiver, simulator } from './support.ts';

export type Task = {
  sid: string;
  status: string;
  reason: string | null;
  agent: string | null;
  conversationSid: string | null;
  attributes: Record<string, unknown>;
  offers: { worker: string; status: string }[];
};

/** A simulator whose events of Flex, TaskRouter and Conversations each go to a target of their own. */
export async function flex() {
  const [tasks, interactions, conversations] = [await receiver(), await receiver(), await receiver()];
  const started = await simulator({
    defaultEventWebhooks: { tasks: tasks.url, interactions: interactions.url, conversations: conversations.url },
  });
  const { accounts } = await started.read('/simulator/flex');
  const { client, send } = started;
  const desk = async (sid: string, action: string, body?: object): Promise<Task> => {
    const answer = await send('POST', `/simulator/tasks/${sid}/${action}`, body);
    if (answer.status !== 200) throw Object.assign(new Error(answer.body.message), answer);
    return answer.body;
  };
  return {
    ...started,
    builtIn: accounts[0] as { workspaceSid: string; workflowSid: string; instanceSid: string; serviceSid: string },
    events: {
      tasks: namesIn(tasks.received),
      interactions: namesIn(interactions.received),
      tasksSeen: tasks,
      conversations,
    },
    tasks: client.taskrouter.v1.workspaces(accounts[0].workspaceSid).tasks,
    interactions: client.flexApi.v1.interaction,
    conversationsOf: client.conversations.v1.conversations,
    desk,
    /** A web chat handed to Flex, its task offered. */
    async handedOver(routing: object = {}) {
      const chat = await send('POST', '/simulator/conversations', { identity: 'ann' });
      const interaction = await client.flexApi.v1.interaction.create({
        channel: { type: 'web', initiated_by: 'customer', properties: { media_channel_sid: chat.body.sid } },
        routing: {
          properties: {
            workspace_sid: accounts[0].workspaceSid,
            workflow_sid: accounts[0].workflowSid,
            task_channel_unique_name: 'chat',
            attributes: { from: 'Ann', reason: 'asked' },
            ...routing,
          },
        },
      });
      await started.quiet();
      const { properties } = interaction.routing as { properties: { sid: string } };
      return {
        conversationSid: chat.body.sid as string,
        interactionSid: interaction.sid,
        channelSid: interaction.channel.sid as string,
        taskSid: properties.sid,
      };
    },
  };
}

/** Sorted: webhooks that leave at one moment may arrive in any order. */
export function namesIn(received: Received[]) {
  return () => received.map(({ fields }) => String(fields.EventType)).sort();
}
