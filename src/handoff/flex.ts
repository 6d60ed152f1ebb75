import type twilio from 'twilio';
import { z } from 'zod';
import { type ConversationId, parseConversationKey } from '../thread/thread-key.ts';
import type { Thread } from '../thread/thread-state.ts';
import type { TwilioClients } from '../twilio/clients.ts';
import { beginFailure, type Case, type Desk } from './desk.ts';
import { HANDOFF_ATTRIBUTE, namesInTask } from './flex-attributes.ts';
import type { HandoffRefs } from './handoff.ts';
import type { Standing } from './handoff-steps.ts';

/** As long as this a task that was just created may not show yet. */
const APPEARS_WITHIN = 10_000;
/** A task that an agent has, or may still get. */
const LIVE = ['pending', 'reserved', 'assigned'];
/** A task that an agent has had. */
const HELPED = ['wrapping', 'completed'];

const sid = z.string().regex(/^[A-Z]{2}[0-9a-fA-F]{32}$/);

const created = z.object({
  sid,
  channel: z.object({ sid: sid.optional().catch(undefined) }).catch({}),
  routing: z
    .object({ properties: z.object({ sid: sid.optional().catch(undefined), attributes: z.unknown() }) })
    .optional()
    .catch(undefined),
});

type Task = { sid: string; assignmentStatus: string; attributes: string };

/** Agents in Flex, reached by Interactions. A task's state tells whether one of them has the thread. */
export function createFlexDesk(parts: {
  clients: Pick<TwilioClients, 'of'>;
  attributes: (one: Case) => Promise<Record<string, unknown>>;
  /** Stores what was said in Flex's own Conversation and did not reach us. */
  transcribe: (thread: Thread, conversation: ConversationId) => Promise<void>;
  /** How long Twilio's list of what was said may lag behind, in milliseconds. */
  logLag: number;
  now: () => Date;
}): Desk {
  const tasksOf = ({ thread, handoff: { place } }: Case) => {
    if (place.target !== 'flex') throw new Error('That handoff is not for Flex.');
    return parts.clients.of(thread.accountSid).taskrouter.v1.workspaces(place.workspaceSid).tasks;
  };

  /** Newest first. */
  async function search(one: Case, evaluateTaskAttributes: string): Promise<Task[]> {
    const tasks = await tasksOf(one).list({ evaluateTaskAttributes, ordering: 'DateCreated:desc', limit: 50 });
    return tasks as unknown as Task[];
  }

  async function look(one: Case) {
    const { taskSid } = one.handoff.refs;
    const known = taskSid ? await found(tasksOf(one)(taskSid).fetch()) : undefined;
    if (known && isLive(known)) return standingOf([known as unknown as Task]);
    const { conversationSid } = one.handoff.refs;
    const own = known ? [known as unknown as Task] : await search(one, ownTask(one));
    // A transfer makes a new task for the Conversation; what is over there may be of an earlier handoff.
    const others = conversationSid ? await search(one, `conversationSid == "${conversationSid}"`) : [];
    const standing = standingOf([...own, ...others.filter(isLive)], own);
    const { begunAt } = one.handoff;
    const isNew = begunAt !== null && parts.now().getTime() - begunAt.getTime() < APPEARS_WITHIN;
    if (standing.stands === 'over' && own.length === 0 && isNew) return { ...standing, stands: 'waiting' } as const;
    return { ...standing, refs: { ...(own[0] && refsOf(own[0])), ...standing.refs } };
  }

  return {
    look,
    async begin(one) {
      const { thread, handoff } = one;
      const { place } = handoff;
      try {
        if (place.target !== 'flex') throw new Error('That handoff is not for Flex.');
        const client = parts.clients.of(thread.accountSid);
        const channel = channelOf(one);
        const attributes = await parts.attributes(one);
        if (channel.type === 'web') await addFriendlyName(client, thread, attributes);
        const interaction = await client.flexApi.v1.interaction.create({
          channel,
          routing: {
            properties: {
              workspace_sid: place.workspaceSid,
              workflow_sid: place.workflowSid,
              task_channel_unique_name: 'chat',
              attributes,
            },
          },
        });
        return { kind: 'begun', refs: createdRefs(interaction) };
      } catch (error) {
        return beginFailure('Flex', error);
      }
    },
    async find(one) {
      const [task] = await search(one, ownTask(one));
      return task && refsOf(task);
    },
    async close(one) {
      const { thread, handoff } = one;
      const client = parts.clients.of(thread.accountSid);
      const before = await look(one);
      if (handoff.outcome === 'nobody' && before.stands === 'human') return { kind: 'come', standing: before };
      const refs = { ...handoff.refs, ...before.refs };
      const conversation = parseConversationKey(thread.key);
      if (refs.interactionSid) {
        const interaction = client.flexApi.v1.interaction(refs.interactionSid);
        const channelSid = refs.channelSid ?? (await interaction.channels.list({ limit: 1 }))[0]?.sid;
        // Where Flex only borrowed the Conversation, it stays open; one that Flex made would catch what comes next.
        const status = conversation ? 'inactive' : 'closed';
        if (channelSid)
          await settled(interaction.channels(channelSid).update({ status, routing: { status: 'closed' } }));
      }
      const { stands } = await look({ thread, handoff: { ...handoff, refs } });
      if (stands !== 'over') throw new Error('Flex still has the task.');
      if (conversation || !refs.conversationSid) return { kind: 'closed' };
      const own = client.conversations.v1.conversations(refs.conversationSid);
      const known = await found(own.fetch());
      if (!known) return { kind: 'closed' };
      if (known.state !== 'closed') await own.update({ state: 'closed' });
      if (parts.logLag > 0 && !handoff.checkAt) return { kind: 'unlisted', forMs: parts.logLag };
      await parts.transcribe(thread, { serviceSid: known.chatServiceSid, sid: known.sid });
      return { kind: 'closed' };
    },
  };
}

function ownTask({ handoff }: Case): string {
  return `${HANDOFF_ATTRIBUTE} == "${handoff.id}"`;
}

function isLive({ assignmentStatus }: { assignmentStatus: string }): boolean {
  return LIVE.includes(assignmentStatus);
}

function standingOf(tasks: Task[], own = tasks): Standing {
  const live = tasks.filter(isLive);
  const assigned = live.find(({ assignmentStatus }) => assignmentStatus === 'assigned');
  const task = assigned ?? live[0];
  if (task) return { stands: assigned ? 'human' : 'waiting', refs: refsOf(task) };
  const helped = own.some(({ assignmentStatus }) => HELPED.includes(assignmentStatus));
  return { stands: 'over', helped, refs: {} };
}

function channelOf({ thread }: Case): Record<string, unknown> & { type: string } {
  const conversation = parseConversationKey(thread.key);
  if (!conversation) {
    const participants = [{ address: thread.theirs, proxy_address: thread.ours }];
    return { type: thread.channel, initiated_by: 'api', participants };
  }
  const { theirs } = thread;
  const type = theirs.startsWith('whatsapp:')
    ? 'whatsapp'
    : theirs.startsWith('+')
      ? 'sms'
      : theirs.startsWith('FX')
        ? 'web'
        : 'chat';
  return { type, initiated_by: 'customer', properties: { media_channel_sid: conversation.sid } };
}

/** How the guest of a webchat is called is known to Twilio alone; without it the agent sees the guest's identity. */
async function addFriendlyName(
  client: twilio.Twilio,
  { key, theirs }: Thread,
  attributes: Record<string, unknown>,
): Promise<void> {
  const { v1 } = client.conversations;
  // Flex's service need not be the account's default.
  const conversation = parseConversationKey(key);
  const { users } = conversation ? v1.services(conversation.serviceSid) : v1;
  const user = await users(theirs)
    .fetch()
    .catch(() => undefined);
  if (!user?.friendlyName) return;
  const name = user.friendlyName.slice(0, 100);
  attributes.from = name;
  attributes.customerName = name;
}

function createdRefs(interaction: unknown): Partial<HandoffRefs> {
  const { sid: interactionSid, channel, routing } = created.parse(interaction);
  const properties = routing?.properties;
  return {
    ...addedByFlex(properties?.attributes),
    interactionSid,
    channelSid: channel.sid ?? null,
    taskSid: properties?.sid ?? null,
  };
}

function refsOf(task: Task): Partial<HandoffRefs> {
  return { ...addedByFlex(task.attributes), taskSid: task.sid };
}

function addedByFlex(attributes: unknown): Partial<HandoffRefs> {
  const { interactionSid, channelSid, conversationSid } = namesInTask(attributes);
  return {
    ...(interactionSid && { interactionSid }),
    ...(channelSid && { channelSid }),
    ...(conversationSid && { conversationSid }),
  };
}

/** Undefined where Twilio says that there is no such thing. */
async function found<Resource>(fetching: Promise<Resource>): Promise<Resource | undefined> {
  try {
    return await fetching;
  } catch (error) {
    if ((error as { status?: number }).status === 404) return undefined;
    throw error;
  }
}

/** What Twilio refuses to end is over already, or is seen not to be. */
async function settled(ending: Promise<unknown>): Promise<void> {
  try {
    await ending;
  } catch (error) {
    const { status } = error as { status?: number };
    if (status === undefined || status === 401 || status === 403) throw error;
  }
}
