import { z } from 'zod';
import type { Carrier } from '../carrier.ts';
import { deliverEvent } from '../deliver-event.ts';
import type { Webhook, WebhookOutcome } from '../deliver-webhook.ts';
import { RestError } from '../rest-errors.ts';
import type { Cause, Conversation, ConversationMessage, ScopedWebhook, WebhookConfiguration } from './store.ts';

export const postEvents = [
  'onMessageAdded',
  'onMessageUpdated',
  'onMessageRemoved',
  'onConversationAdded',
  'onConversationUpdated',
  'onConversationRemoved',
  'onConversationStateUpdated',
  'onParticipantAdded',
  'onParticipantUpdated',
  'onParticipantRemoved',
  'onDeliveryUpdated',
] as const;
type PostEvent = (typeof postEvents)[number];

type Fields = Record<string, string>;

/** The fields that every event has. */
function eventFields(conversation: Pick<Conversation, 'accountSid' | 'serviceSid'>, event: string, cause: Cause) {
  return {
    AccountSid: conversation.accountSid,
    EventType: event,
    Source: cause.source,
    ...(cause.identity !== undefined && { ClientIdentity: cause.identity }),
    ChatServiceSid: conversation.serviceSid,
    RetryCount: '0',
  };
}

/**
 * Tells the account's, the service's and the conversation's own webhooks what happened, all at the same moment: Twilio
 * promises no order. The promise is for those who want to know what they answered.
 */
export function announce(
  carrier: Carrier,
  conversation: Conversation,
  event: PostEvent,
  fields: Fields,
  cause: Cause,
): Promise<WebhookOutcome[]> {
  carrier.publish(`conversation.${event}`, () => ({ conversationSid: conversation.sid, by: cause.by, ...fields }));
  if (!cause.announced) return Promise.resolve([]);
  const body = { ...eventFields(conversation, event, cause), ...fields };
  const levels = [conversation.accountSid, conversation.serviceSid]
    .map((owner) => configurationOf(carrier, owner))
    .filter(({ postWebhookUrl, filters }) => postWebhookUrl !== null && filters.includes(event))
    .map(({ postWebhookUrl, method }) => webhookOf(carrier, conversation, postWebhookUrl ?? '', method, body));
  const scoped = conversation.webhooks
    .filter((webhook) => wants(webhook, event, fields))
    .map(({ sid, url, method }) => webhookOf(carrier, conversation, url ?? '', method, { ...body, WebhookSid: sid }));
  const sent = [...levels, ...scoped].map((webhook) => deliverEvent(carrier, webhook, cause.copies));
  return carrier.pace.track(Promise.all(sent));
}

/** A message that a conversation's webhook was created too late for, sent to it alone. */
export function replay(
  carrier: Carrier,
  conversation: Conversation,
  webhook: ScopedWebhook,
  message: ConversationMessage,
  fields: Fields,
): void {
  if (!wants(webhook, 'onMessageAdded', fields)) return;
  const body = { ...eventFields(conversation, 'onMessageAdded', message.cause), ...fields, WebhookSid: webhook.sid };
  void carrier.pace.track(
    deliverEvent(carrier, webhookOf(carrier, conversation, webhook.url ?? '', webhook.method, body)),
  );
}

/** A keyword hears messages only, Studio is told by other means. */
function wants(webhook: ScopedWebhook, event: PostEvent, fields: Fields): boolean {
  if (webhook.url === null || webhook.target === 'studio') return false;
  if (webhook.target === 'webhook') return webhook.filters.includes(event);
  const body = (fields.Body ?? '').toLowerCase();
  return event === 'onMessageAdded' && webhook.triggers.some((keyword) => body.includes(keyword.toLowerCase()));
}

const changes = z.object({
  body: z.string().optional(),
  author: z.string().optional(),
  attributes: z.string().optional(),
  friendly_name: z.string().optional(),
});

/**
 * Asks the pre-webhooks, account first, before something happens. Their answer may change it; an error status refuses
 * it; no answer within 5 s lets it pass.
 */
export async function askFirst(
  carrier: Carrier,
  conversation: Pick<Conversation, 'accountSid' | 'serviceSid'>,
  event: 'onMessageAdd' | 'onConversationAdd' | 'onParticipantAdd',
  fields: Fields,
  cause: Cause,
): Promise<z.output<typeof changes>> {
  if (!cause.announced) return {};
  let asked = {};
  for (const owner of [conversation.accountSid, conversation.serviceSid]) {
    const { preWebhookUrl, filters, method } = configurationOf(carrier, owner);
    if (preWebhookUrl === null || !filters.includes(event)) continue;
    const body = { ...eventFields(conversation, event, cause), ...fields };
    const outcome = await deliverEvent(carrier, webhookOf(carrier, conversation, preWebhookUrl, method, body));
    if (outcome.status !== null && outcome.status >= 400) throw new RestError(20001, `${event} was refused`);
    asked = { ...asked, ...readChanges(outcome.body) };
  }
  return asked;
}

function readChanges(body: string): z.output<typeof changes> {
  try {
    return changes.parse(JSON.parse(body));
  } catch {
    return {};
  }
}

/** Of an account or a service. An account without settings of its own tells the simulator's default webhook everything. */
export function configurationOf(carrier: Carrier, owner: string): WebhookConfiguration {
  const configured = carrier.conversations.webhooks.get(owner);
  if (configured !== undefined) return configured;
  const isAccount = owner.startsWith('AC');
  const url = isAccount ? carrier.defaults.conversations() : undefined;
  return {
    method: 'POST',
    filters: url === undefined ? [] : [...postEvents],
    preWebhookUrl: null,
    postWebhookUrl: url ?? null,
    target: 'webhook',
  };
}

function webhookOf(
  carrier: Carrier,
  conversation: Pick<Conversation, 'accountSid'>,
  url: string,
  method: 'POST' | 'GET',
  fields: Fields,
): Webhook {
  const account = carrier.accounts.find(({ sid }) => sid === conversation.accountSid);
  return { url, method, authToken: account?.authToken ?? '', fields };
}
