import type { Carrier } from '../carrier.ts';
import type { WebhookOutcome } from '../deliver-webhook.ts';
import { channelOf } from '../messaging/address.ts';
import type { Message } from '../messaging/messages.ts';
import { RestError } from '../rest-errors.ts';
import { findAddress } from './addresses.ts';
import { createConversation } from './change-conversation.ts';
import { storeMedia } from './media.ts';
import { addParticipant } from './participants.ts';
import { postMessage } from './post-message.ts';
import { addScopedWebhook } from './scoped-webhooks.ts';
import type { Cause, Conversation } from './store.ts';

/**
 * Puts a text into the conversation that its two addresses belong to, or into a new one where our address opens
 * conversations by itself. Answers undefined when there is neither: then the text is for the number's own webhook.
 */
export async function captureText(
  carrier: Carrier,
  text: Message,
  copies: number,
): Promise<{ conversationSid: string; webhooks: WebhookOutcome[] } | undefined> {
  const address = text.from ?? '';
  const cause: Cause = { by: 'phone', source: channelOf(address).toUpperCase(), announced: true, copies };
  try {
    const conversation =
      carrier.conversations.byBinding(text.accountSid, address, text.to) ??
      (await openConversation(carrier, text, { address, cause }));
    if (conversation === undefined) return undefined;
    text.conversation = { sid: conversation.sid, messageSid: null, author: address };
    const owner = { accountSid: conversation.accountSid, serviceSid: conversation.serviceSid };
    const media = text.media.map(({ content, contentType }) => storeMedia(carrier, { ...owner, content, contentType }));
    const draft = { author: address, body: text.body, media };
    const { message, told } = await postMessage(carrier, conversation, draft, cause);
    text.conversation.messageSid = message.sid;
    return { conversationSid: conversation.sid, webhooks: await told };
  } catch (error) {
    // A pre-webhook refused it: nobody is told of this text.
    if (error instanceof RestError) return { conversationSid: '', webhooks: [] };
    throw error;
  }
}

async function openConversation(
  carrier: Carrier,
  text: Message,
  { address, cause }: { address: string; cause: Cause },
): Promise<Conversation | undefined> {
  const { accountSid, to } = text;
  const autoCreation = findAddress(carrier, accountSid, to)?.autoCreation;
  if (!autoCreation?.enabled) return undefined;
  const serviceSid = autoCreation.conversationServiceSid ?? carrier.conversations.defaultService(accountSid).sid;
  const opening = {
    'MessagingBinding.Address': address,
    'MessagingBinding.ProxyAddress': to,
    MessageBody: text.body,
  };
  const conversation = await createConversation(carrier, { accountSid, serviceSid }, cause, opening);
  if (autoCreation.type === 'webhook') {
    addScopedWebhook(carrier, conversation, {
      target: 'webhook',
      url: autoCreation.webhookUrl,
      method: autoCreation.webhookMethod,
      filters: autoCreation.webhookFilters,
    });
  }
  if (autoCreation.type === 'studio') {
    addScopedWebhook(carrier, conversation, { target: 'studio', flowSid: autoCreation.studioFlowSid });
  }
  await addParticipant(carrier, conversation, { address, proxyAddress: to }, cause);
  return conversation;
}
