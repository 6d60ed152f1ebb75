import type { Carrier } from '../carrier.ts';
import type { WebhookOutcome } from '../deliver-webhook.ts';
import { channelOf } from '../messaging/address.ts';
import type { Message } from '../messaging/messages.ts';
import { carryToEnd } from '../messaging/receipts.ts';
import { countSegments } from '../messaging/segments.ts';
import { RestError } from '../rest-errors.ts';
import { newSid } from '../sid.ts';
import { runStudio } from '../studio/run-flow.ts';
import { keepAwake } from './change-conversation.ts';
import { deliveryFields, messageFields } from './event-fields.ts';
import { announce, askFirst } from './events.ts';
import { type Cause, type Conversation, type ConversationMessage, type Participant, participantOf } from './store.ts';

const MOST_CHARACTERS = { chat: 32_768, phone: 1600 };

type Draft = Pick<ConversationMessage, 'author' | 'body'> &
  Partial<Pick<ConversationMessage, 'attributes' | 'media' | 'contentSid'>>;

/**
 * Adds a message, tells the webhooks, and texts it to everybody in the conversation who is at a phone, except its
 * author. `told` is what the webhooks answered.
 */
export async function postMessage(
  carrier: Carrier,
  conversation: Conversation,
  draft: Draft,
  cause: Cause,
): Promise<{ message: ConversationMessage; told: Promise<WebhookOutcome[]> }> {
  const asked = await askFirst(carrier, conversation, 'onMessageAdd', unsavedFields(conversation, draft), cause);
  const { author, body, attributes } = { ...draft, ...asked };
  if (conversation.state === 'closed') throw new RestError(20001, 'The conversation is closed');
  const listeners = conversation.participants.filter(
    ({ binding, identity }) => binding !== null && author !== binding.address && author !== identity,
  );
  const most = listeners.length > 0 ? MOST_CHARACTERS.phone : MOST_CHARACTERS.chat;
  if (body.length > most) throw new RestError(21617);

  const at = carrier.now();
  const message: ConversationMessage = {
    sid: newSid('IM'),
    index: conversation.nextIndex,
    author,
    body,
    attributes: attributes ?? '{}',
    media: draft.media ?? [],
    contentSid: draft.contentSid ?? null,
    participantSid: participantOf(conversation, author)?.sid ?? null,
    cause,
    receipts: [],
    createdAt: at,
    updatedAt: at,
  };
  conversation.nextIndex += 1;
  conversation.messages.push(message);
  keepAwake(carrier, conversation);
  const told = announce(carrier, conversation, 'onMessageAdded', messageFields(conversation, message), cause);
  for (const listener of listeners) textTo(carrier, conversation, message, listener);
  if (cause.announced) runStudio(carrier, conversation, message);
  return { message, told };
}

function unsavedFields(conversation: Conversation, draft: Draft): Record<string, string> {
  return {
    ConversationSid: conversation.sid,
    Body: draft.body,
    Author: draft.author,
    Attributes: draft.attributes ?? '{}',
  };
}

/** The message on its way to a phone; how far it came is its delivery receipt. */
function textTo(
  carrier: Carrier,
  conversation: Conversation,
  message: ConversationMessage,
  listener: Participant,
): void {
  const { address = '', proxyAddress = '' } = listener.binding ?? {};
  const isSms = channelOf(address) === 'sms';
  const channelMessage = carrier.log.add({
    accountSid: conversation.accountSid,
    direction: 'outbound-api',
    origin: 'conversation',
    conversation: { sid: conversation.sid, messageSid: message.sid, author: message.author },
    from: proxyAddress,
    to: address,
    body: message.body,
    media: message.media.map(({ contentType, content }) => ({ sid: newSid('ME'), contentType, content })),
    contentSid: message.contentSid,
    numSegments: isSms ? countSegments(message.body) : 1,
    status: 'queued',
  });
  const receipt = { sid: newSid('DY'), participantSid: listener.sid, channelMessage, createdAt: carrier.now() };
  message.receipts.push(receipt);
  const tell = () => {
    const fields = deliveryFields(conversation, message, receipt);
    const cause: Cause = { by: 'phone', source: channelOf(address).toUpperCase(), announced: true };
    return () => announce(carrier, conversation, 'onDeliveryUpdated', fields, cause);
  };
  void carrier.pace.track(carryToEnd(carrier, channelMessage, { errorCode: whyNot(carrier, channelMessage), tell }));
}

/** Conversations takes a message first and says afterwards that it could not be delivered. */
function whyNot(carrier: Carrier, message: Message): number | undefined {
  const { from, to } = message;
  if (from === null) return undefined;
  if (carrier.consent.isBlocked(carrier.numbers.consentScope(from), to)) return 21610;
  const isFreeWhatsApp = channelOf(to) === 'whatsapp' && message.contentSid === null;
  return isFreeWhatsApp && !carrier.consent.windowIsOpen(from, to, carrier.now()) ? 63016 : undefined;
}

export function editMessage(
  carrier: Carrier,
  conversation: Conversation,
  message: ConversationMessage,
  change: Partial<Pick<ConversationMessage, 'author' | 'body' | 'attributes'>>,
  cause: Cause,
): void {
  Object.assign(message, change, { updatedAt: carrier.now() });
  const fields = { ...messageFields(conversation, message), DateUpdated: message.updatedAt.toISOString() };
  void announce(carrier, conversation, 'onMessageUpdated', fields, cause);
}

/** Its index is not given again. */
export function removeMessage(
  carrier: Carrier,
  conversation: Conversation,
  message: ConversationMessage,
  cause: Cause,
): void {
  conversation.messages = conversation.messages.filter((kept) => kept !== message);
  const at = carrier.now().toISOString();
  const fields = { ...messageFields(conversation, message), DateUpdated: at, DateRemoved: at };
  void announce(carrier, conversation, 'onMessageRemoved', fields, cause);
}
