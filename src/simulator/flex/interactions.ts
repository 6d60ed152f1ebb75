import { z } from 'zod';
import type { Carrier } from '../carrier.ts';
import { createConversation } from '../conversations/change-conversation.ts';
import { addParticipant } from '../conversations/participants.ts';
import { type Cause, type Conversation, participantOf } from '../conversations/store.ts';
import { RestError } from '../rest-errors.ts';
import { newSid } from '../sid.ts';
import { tellInteraction } from './interaction-events.ts';
import {
  builtInFlex,
  type ChannelParticipant,
  type Interaction,
  type Invite,
  type Task,
  type Worker,
} from './store.ts';
import { cancelTask, createTask, isWaiting, offerTask } from './tasks.ts';

/** Flex changes conversations itself, and webhooks tell of it. */
export const byFlex: Cause = { by: 'flex', source: 'API', announced: true };

const party = z.looseObject({
  address: z.string().optional(),
  proxy_address: z.string().optional(),
  identity: z.string().optional(),
});

/** `Channel` of a new interaction. */
export const channelJson = z.looseObject({
  type: z.enum(['sms', 'whatsapp', 'web', 'chat', 'email', 'messenger', 'gbm']),
  initiated_by: z.enum(['customer', 'agent', 'api']),
  properties: z.looseObject({ media_channel_sid: z.string().optional() }).optional(),
  participants: z.array(party).default([]),
});

/** `Routing.properties`, of an interaction or an invite. */
export const routingJson = z.looseObject({
  workspace_sid: z.string().regex(/^WS[0-9a-fA-F]{32}$/),
  workflow_sid: z.string().optional(),
  queue_sid: z.string().optional(),
  worker_sid: z.string().optional(),
  task_channel_unique_name: z.string().optional(),
  attributes: z.record(z.string(), z.unknown()).default({}),
  priority: z.coerce.number().int().optional(),
  timeout: z.coerce.number().int().min(1).max(1_209_600).optional(),
});
type Routing = z.input<typeof routingJson>;

/**
 * Opens an interaction. It is accepted at once and set up a moment later: what fails then shows as a channel that
 * failed and a cancelled task. Nothing keeps a conversation from getting a second one.
 */
export function createInteraction(
  carrier: Carrier,
  accountSid: string,
  request: {
    channel: z.input<typeof channelJson>;
    routing: Routing;
    webhookTtid?: string | undefined;
    contextSid?: string | undefined;
  },
): Interaction {
  const channel = channelJson.parse(request.channel);
  const at = carrier.now();
  const interaction: Interaction = {
    sid: newSid('KD'),
    accountSid,
    initiatedBy: channel.initiated_by,
    channel: {
      sid: newSid('UO'),
      type: channel.type,
      status: 'setup',
      errorCode: null,
      errorMessage: null,
      conversationSid: channel.properties?.media_channel_sid ?? null,
      participants: [],
      invites: [],
      transfers: [],
      createdAt: at,
    },
    contextSid: request.contextSid ?? null,
    webhookTtid: request.webhookTtid ?? null,
    createdAt: at,
  };
  const { task } = addInvite(carrier, interaction, request.routing);
  carrier.flex.interactions.push(interaction);
  tellInteraction(carrier, interaction, 'onInteractionCreated');
  void carrier.pace.track(setUp(carrier, interaction, channel.participants, task));
  return interaction;
}

async function setUp(
  carrier: Carrier,
  interaction: Interaction,
  parties: z.output<typeof party>[],
  task: Task,
): Promise<void> {
  const { channel } = interaction;
  await carrier.pace.wait(carrier.receiptDelay);
  const fault = carrier.faults.first('interaction', {});
  try {
    if (fault !== undefined) throw new RestError(20001, 'Channel validation error');
    const conversation = await conversationFor(carrier, interaction, parties);
    channel.conversationSid = conversation.sid;
  } catch (error) {
    if (!(error instanceof RestError)) throw error;
    const failure = { status: 'failed', errorCode: fault?.errorCode ?? 19025, errorMessage: error.message } as const;
    Object.assign(channel, failure);
    tellInteraction(carrier, interaction, 'onChannelCreateFailed');
    if (isWaiting(task)) cancelTask(carrier, task, error.message);
    return;
  }
  channel.status = 'active';
  task.attributes = JSON.stringify({ ...JSON.parse(task.attributes), ...conversationAttributes(interaction) });
  tellInteraction(carrier, interaction, 'onChannelCreated');
  joinChannel(carrier, interaction, { type: 'customer', task: null, worker: null });
  if (isWaiting(task)) offerTask(carrier, task);
}

/** The conversation named, or a new one with these participants. */
async function conversationFor(
  carrier: Carrier,
  { accountSid, channel, initiatedBy }: Interaction,
  parties: z.output<typeof party>[],
): Promise<Conversation> {
  const serviceSid = carrier.conversations.defaultService(accountSid).sid;
  const existing = channel.conversationSid === null ? undefined : carrier.conversations.get(channel.conversationSid);
  if (channel.conversationSid !== null && (existing === undefined || existing.state === 'closed')) {
    throw new RestError(20404, 'media_channel_sid');
  }
  if (existing === undefined && (initiatedBy === 'customer' || parties.length === 0)) {
    throw new RestError(20001, 'media_channel_sid or participants are required');
  }
  for (const { address, proxy_address: proxy } of existing === undefined ? parties : []) {
    const holder = address && proxy ? carrier.conversations.byBinding(accountSid, address, proxy) : undefined;
    if (holder !== undefined) throw new RestError(50416, `Conversation ${holder.sid}`);
  }
  const conversation = existing ?? (await createConversation(carrier, { accountSid, serviceSid }, byFlex));
  for (const { identity, address, proxy_address: proxyAddress } of parties) {
    if (participantOf(conversation, identity ?? address ?? '') !== undefined) continue;
    await addParticipant(carrier, conversation, { identity, address, proxyAddress }, byFlex);
  }
  return conversation;
}

/** One more agent is asked for: a task of its own. */
export function addInvite(carrier: Carrier, interaction: Interaction, routing: Routing): Invite {
  const parsed = routingJson.safeParse(routing);
  if (!parsed.success) throw new RestError(20001, `Routing: ${z.prettifyError(parsed.error)}`);
  const { attributes, ...rest } = parsed.data;
  const { channel, accountSid } = interaction;
  const inviteSid = newSid('KG');
  const task = createTask(carrier, {
    accountSid,
    workspaceSid: rest.workspace_sid,
    workflowSid: rest.workflow_sid ?? null,
    queueSid: rest.queue_sid ?? builtInFlex(accountSid).queueSid,
    onlyFor: rest.worker_sid === undefined ? null : namedWorker(rest.worker_sid),
    channelUniqueName: rest.task_channel_unique_name ?? 'default',
    ...(rest.priority !== undefined && { priority: rest.priority }),
    ...(rest.timeout !== undefined && { timeoutSeconds: rest.timeout }),
    attributes: JSON.stringify({
      ...attributes,
      ...conversationAttributes(interaction),
      flexChannelInviteSid: inviteSid,
      taskCreateSource: 'interaction',
    }),
  });
  const invite = { sid: inviteSid, task, createdAt: carrier.now() };
  channel.invites.push(invite);
  return invite;
}

function namedWorker(sid: string): Worker {
  return { sid, name: sid };
}

/** What Flex itself writes into a task's attributes. */
function conversationAttributes({ sid, channel, initiatedBy }: Interaction) {
  const media = channel.conversationSid === null ? [] : [{ type: 'ChatTranscript', sid: channel.conversationSid }];
  return {
    flexInteractionSid: sid,
    flexInteractionChannelSid: channel.sid,
    ...(channel.conversationSid !== null && { conversationSid: channel.conversationSid }),
    channelType: channel.type,
    direction: initiatedBy === 'agent' ? 'outbound' : 'inbound',
    initiatedBy,
    conversations: { initiated_by: initiatedBy, conversation_id: sid, media },
  };
}

export function joinChannel(
  carrier: Carrier,
  interaction: Interaction,
  draft: Pick<ChannelParticipant, 'type' | 'task' | 'worker'>,
): ChannelParticipant {
  const participant: ChannelParticipant = { ...draft, sid: newSid('UT'), createdAt: carrier.now(), leftAt: null };
  interaction.channel.participants.push(participant);
  tellInteraction(carrier, interaction, 'onParticipantJoined', participant);
  return participant;
}
