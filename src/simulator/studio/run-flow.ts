import type { Carrier } from '../carrier.ts';
import { postMessage } from '../conversations/post-message.ts';
import type { Cause, Conversation, ConversationMessage } from '../conversations/store.ts';
import { deliverEvent } from '../deliver-event.ts';
import { createInteraction } from '../flex/interactions.ts';
import { builtInFlex } from '../flex/store.ts';
import { channelOf } from '../messaging/address.ts';
import { createMessage } from '../messaging/create-message.ts';
import { RestError } from '../rest-errors.ts';
import { newSid } from '../sid.ts';
import type { Execution, Flow } from './store.ts';

const byStudio: Cause = { by: 'studio', source: 'API', announced: false };

/** A customer's words in a conversation that a flow has: they start it, or are the reply that it waits for. */
export function runStudio(carrier: Carrier, conversation: Conversation, message: ConversationMessage): void {
  if (message.cause.by !== 'phone' && message.cause.by !== 'chat') return;
  for (const { flowSid, target } of conversation.webhooks) {
    const flow = carrier.studio.flows.get(flowSid ?? '');
    if (target !== 'studio' || flow === undefined) continue;
    const running = carrier.studio.executions.find(
      ({ flow: { sid }, status, contact }) =>
        sid === flow.sid &&
        status === 'active' &&
        contact.kind === 'conversation' &&
        contact.conversationSid === conversation.sid,
    );
    const execution =
      running ??
      begin(carrier, conversation.accountSid, flow, { kind: 'conversation', conversationSid: conversation.sid }, {});
    void carrier.pace.track(advance(carrier, execution, message.body));
  }
}

/** `POST /v2/Flows/{FW}/Executions`: the flow begins with a phone. One run at a time for each phone. */
export function startExecution(
  carrier: Carrier,
  flow: Flow,
  start: { accountSid: string; to: string; from: string; parameters: Record<string, unknown> },
): Execution {
  const busy = carrier.studio.executions.some(
    (execution) =>
      execution.flow.sid === flow.sid &&
      execution.status === 'active' &&
      execution.contact.kind === 'phone' &&
      execution.contact.to === start.to,
  );
  if (busy) throw new RestError(20409, 'The contact has an active execution of this flow');
  const contact = { kind: 'phone' as const, to: start.to, from: start.from };
  const execution = begin(carrier, start.accountSid, flow, contact, start.parameters);
  void carrier.pace.track(advance(carrier, execution));
  return execution;
}

function begin(
  carrier: Carrier,
  accountSid: string,
  flow: Flow,
  contact: Execution['contact'],
  parameters: Execution['parameters'],
): Execution {
  const at = carrier.now();
  const execution: Execution = {
    sid: newSid('FN'),
    accountSid,
    flow,
    contact,
    status: 'active',
    position: 0,
    parameters,
    heard: [],
    createdAt: at,
    updatedAt: at,
  };
  carrier.studio.executions.push(execution);
  carrier.publish('execution.started', () => testimony(execution));
  return execution;
}

/** Does one step after the other, until one that waits for a reply. */
async function advance(carrier: Carrier, execution: Execution, heard?: string): Promise<void> {
  if (heard !== undefined) execution.heard.push(heard);
  for (;;) {
    const step = execution.flow.steps[execution.position];
    if (execution.status === 'ended') return;
    if (step === undefined) return endExecution(carrier, execution);
    execution.position += 1;
    if ('say' in step) await say(carrier, execution, step.say);
    else if ('request' in step) await request(carrier, execution, step.request);
    else if ('flex' in step) sendToFlex(carrier, execution, step.flex);
    else if ('giveBack' in step) giveBack(carrier, execution);
    else return say(carrier, execution, step.ask);
  }
}

export function endExecution(carrier: Carrier, execution: Execution): void {
  Object.assign(execution, { status: 'ended', updatedAt: carrier.now() });
  carrier.publish('execution.ended', () => testimony(execution));
}

function conversationOf(carrier: Carrier, { contact }: Execution): Conversation | undefined {
  return contact.kind === 'conversation' ? carrier.conversations.get(contact.conversationSid) : undefined;
}

/** A conversation that was closed meanwhile, or a phone that said STOP, does not hear it: the flow goes on. */
async function say(carrier: Carrier, execution: Execution, body: string): Promise<void> {
  const { contact, accountSid } = execution;
  const conversation = conversationOf(carrier, execution);
  try {
    if (conversation !== undefined) await postMessage(carrier, conversation, { author: 'system', body }, byStudio);
    if (contact.kind === 'phone') {
      createMessage(carrier, accountSid, new URLSearchParams({ To: contact.to, From: contact.from, Body: body }));
    }
  } catch (error) {
    if (!(error instanceof RestError)) throw error;
  }
}

async function request(carrier: Carrier, execution: Execution, url: string): Promise<void> {
  const account = carrier.accounts.find(({ sid }) => sid === execution.accountSid);
  const conversation = conversationOf(carrier, execution);
  const last = conversation?.messages.findLast(({ cause }) => cause.by === 'phone' || cause.by === 'chat');
  const trigger = {
    Body: execution.heard.at(-1) ?? '',
    ConversationSid: conversation?.sid,
    ChannelSid: conversation?.sid,
    ChatServiceSid: conversation?.serviceSid,
    InstanceSid: conversation?.serviceSid,
    From: last?.author,
    Author: last?.author,
    ChannelAttributes: conversation?.attributes,
    MessageSid: last?.sid,
  };
  const fields = { Data: JSON.stringify(trigger) };
  await deliverEvent(carrier, { url, method: 'POST', authToken: account?.authToken ?? '', fields });
}

function sendToFlex(
  carrier: Carrier,
  execution: Execution,
  widget: { workspaceSid?: string | undefined; workflowSid?: string | undefined; attributes: Record<string, unknown> },
): void {
  const conversation = conversationOf(carrier, execution);
  if (conversation === undefined) return;
  const author =
    conversation.messages.findLast(({ cause }) => cause.by === 'phone' || cause.by === 'chat')?.author ?? '';
  const isPhone = conversation.participants.some(({ binding }) => binding?.address === author);
  const channelType = !isPhone ? 'web' : channelOf(author) === 'whatsapp' ? 'whatsapp' : 'sms';
  const builtIn = builtInFlex(execution.accountSid);
  createInteraction(carrier, execution.accountSid, {
    channel: { type: channelType, initiated_by: 'customer', properties: { media_channel_sid: conversation.sid } },
    routing: {
      workspace_sid: widget.workspaceSid ?? builtIn.workspaceSid,
      workflow_sid: widget.workflowSid ?? builtIn.workflowSid,
      task_channel_unique_name: 'chat',
      attributes: { channelType, customerAddress: author, from: author, customerName: author, ...widget.attributes },
    },
  });
}

function giveBack(carrier: Carrier, execution: Execution): void {
  const conversation = conversationOf(carrier, execution);
  if (conversation === undefined) return;
  conversation.webhooks = conversation.webhooks.filter(({ flowSid }) => flowSid !== execution.flow.sid);
}

/** A run of a flow, as the control routes and the event stream tell of it. */
export function testimony({ flow, ...execution }: Execution) {
  return { ...execution, flowSid: flow.sid, flowName: flow.friendlyName };
}
