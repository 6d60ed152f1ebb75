import type { Carrier } from '../carrier.ts';
import { setState } from '../conversations/change-conversation.ts';
import { addParticipant, removeParticipant } from '../conversations/participants.ts';
import { postMessage } from '../conversations/post-message.ts';
import { type Cause, type Conversation, type ConversationMessage, participantOf } from '../conversations/store.ts';
import { RestError } from '../rest-errors.ts';
import { tellInteraction } from './interaction-events.ts';
import { byFlex, joinChannel } from './interactions.ts';
import type { ChannelParticipant, Interaction, Task, Worker } from './store.ts';
import { acceptTask, cancelTask, completeTask, isWaiting, takenOffer, wrapUpTask } from './tasks.ts';

function conversationOf(carrier: Carrier, interaction: Interaction | undefined): Conversation | undefined {
  return carrier.conversations.get(interaction?.channel.conversationSid ?? '');
}

/** An agent takes a task and, when it is one of an interaction, joins its conversation. */
export async function acceptOffer(carrier: Carrier, task: Task, worker: Worker): Promise<void> {
  acceptTask(carrier, task, worker);
  const interaction = carrier.flex.interactionOfTask(task);
  const conversation = conversationOf(carrier, interaction);
  if (interaction === undefined || conversation === undefined || conversation.state === 'closed') return;
  joinChannel(carrier, interaction, { type: 'agent', task, worker });
  if (participantOf(conversation, worker.name) === undefined) {
    await addParticipant(carrier, conversation, { identity: worker.name }, byFlex);
  }
  for (const transfer of interaction.channel.transfers) {
    if (transfer.task !== task || transfer.status !== 'active') continue;
    Object.assign(transfer, { status: 'completed', updatedAt: carrier.now() });
    const before = interaction.channel.participants.find(({ sid }) => sid === transfer.from);
    if (transfer.type === 'cold' && before !== undefined) leave(carrier, interaction, before);
  }
}

/** What the agent who has the task says in its conversation. */
export async function writeAsAgent(
  carrier: Carrier,
  task: Task,
  draft: Pick<ConversationMessage, 'body' | 'media'>,
): ReturnType<typeof postMessage> {
  const worker = takenOffer(task)?.worker;
  const conversation = conversationOf(carrier, carrier.flex.interactionOfTask(task));
  if (worker === undefined || conversation === undefined || participantOf(conversation, worker.name) === undefined) {
    throw new RestError(20409, 'No agent is in this conversation');
  }
  const cause: Cause = { by: 'agent', source: 'SDK', identity: worker.name, announced: true };
  return postMessage(carrier, conversation, { ...draft, author: worker.name }, cause);
}

/** The agent leaves and the conversation stays: whoever had it before may go on. */
export function park(carrier: Carrier, task: Task): void {
  const interaction = carrier.flex.interactionOfTask(task);
  const agent = interaction?.channel.participants.find((one) => one.task === task && one.leftAt === null);
  if (interaction === undefined || agent === undefined) throw new RestError(20409, 'No agent has this task');
  leave(carrier, interaction, agent);
}

/** One participant of a channel goes; an agent's task is completed, unless it is still to be wrapped up. */
export function leave(carrier: Carrier, interaction: Interaction, participant: ChannelParticipant): void {
  if (participant.leftAt !== null) return;
  participant.leftAt = carrier.now();
  const { task, worker } = participant;
  const conversation = conversationOf(carrier, interaction);
  const member = worker && conversation && participantOf(conversation, worker.name);
  if (conversation && member) removeParticipant(carrier, conversation, member, byFlex);
  if (task?.status === 'assigned') completeTask(carrier, task);
  tellInteraction(carrier, interaction, 'onParticipantLeft', participant);
}

/**
 * `closed` ends the conversation for good, `inactive` parks it. Tasks that an agent has are completed, or wrapped up
 * first; tasks that nobody took are cancelled.
 */
export function endChannel(
  carrier: Carrier,
  interaction: Interaction,
  end: { status: 'closed' | 'inactive'; tasks: 'complete' | 'wrap up' },
): void {
  const { channel } = interaction;
  const conversation = conversationOf(carrier, interaction);
  for (const { task } of channel.invites) {
    if (isWaiting(task)) cancelTask(carrier, task, 'The interaction ended');
    else if (end.tasks === 'wrap up' && task.status === 'assigned') wrapUpTask(carrier, task);
    else if (end.tasks === 'complete' && task.status === 'wrapping') completeTask(carrier, task);
  }
  for (const participant of channel.participants) {
    if (participant.type === 'agent') leave(carrier, interaction, participant);
  }
  channel.status = end.status;
  if (end.status === 'closed' && conversation) setState(carrier, conversation, 'closed', 'API', byFlex);
  tellInteraction(carrier, interaction, 'onChannelStatusUpdated');
}

/** `End chat` at the agent's desk: the conversation is closed, the task is wrapped up and then to be completed. */
export function endChat(carrier: Carrier, task: Task): void {
  const interaction = carrier.flex.interactionOfTask(task);
  if (interaction === undefined) wrapUpTask(carrier, task);
  else endChannel(carrier, interaction, { status: 'closed', tasks: 'wrap up' });
}
