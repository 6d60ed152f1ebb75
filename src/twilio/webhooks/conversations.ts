import type { ConversationNews } from '../../conversations/news.ts';
import { TandemError } from '../../http/errors.ts';
import type { Arrival } from '../../inbox/accept.ts';
import type { Receipt } from '../../outbox/receipts.ts';
import type { ConversationId } from '../../thread/thread-key.ts';
import { arrivalOfConversation, isOwn, mediaOf } from '../conversation-message.ts';
import { assistantSidIn, isoDate } from '../conversation-resource.ts';
import { fromTwilioStatus } from '../message-status.ts';
import { firstValue } from './form.ts';
import type { SignedWebhook } from './signed-request.ts';

/** What a webhook of Twilio Conversations brings (protocol reference 4.4), as far as it matters here. */
export type ConversationEvent =
  | { kind: 'arrival'; arrival: Arrival }
  | { kind: 'news'; news: ConversationNews }
  | { kind: 'receipt'; conversation: ConversationId; receipt: Receipt }
  /** A message of ours, a question before the fact, or something that changes nothing here. */
  | { kind: 'nothing' };

const NOTHING: ConversationEvent = { kind: 'nothing' };

/** Fields that have a place of their own in what is stored. */
const READ = new Set([
  'AccountSid',
  'Author',
  'Body',
  'ChatServiceSid',
  'ConversationSid',
  'EventType',
  'Index',
  'Media',
  'MessageSid',
  'MessagingServiceSid',
]);

/** Parses an event of a Conversation. Throws `invalidParameter`, naming the field. */
export function parseConversationEvent(webhook: SignedWebhook, receivedAt: Date): ConversationEvent {
  const { fields } = webhook;
  const value = (name: string) => firstValue(fields, name) ?? '';
  const type = value('EventType');
  const date = (...names: string[]) => names.map((name) => isoDate(value(name))).find((time) => time) ?? receivedAt;
  const conversation = (): ConversationId => ({
    serviceSid: sidIn('ChatServiceSid', value('ChatServiceSid'), 'IS'),
    sid: sidIn('ConversationSid', value('ConversationSid'), 'CH'),
  });
  const news = (event: ConversationNews): ConversationEvent => ({ kind: 'news', news: event });

  switch (type) {
    case 'onMessageAdded':
      return messageAdded(webhook, conversation(), date('DateCreated'));
    case 'onMessageUpdated':
    case 'onMessageRemoved': {
      if (isOwn(value('Attributes'))) return NOTHING;
      const message = { sid: sidIn('MessageSid', value('MessageSid'), 'IM'), index: indexIn(value('Index')) };
      if (type === 'onMessageRemoved') {
        const author = value('Author');
        return news({ kind: 'removed', conversation: conversation(), ...message, author, at: date('DateRemoved') });
      }
      return news({
        kind: 'edited',
        conversation: conversation(),
        ...message,
        body: value('Body'),
        at: date('DateUpdated'),
      });
    }
    case 'onParticipantAdded':
    case 'onParticipantRemoved':
      return news({
        kind: type === 'onParticipantAdded' ? 'joined' : 'left',
        conversation: conversation(),
        participant: {
          sid: sidIn('ParticipantSid', value('ParticipantSid'), 'MB'),
          identity: value('Identity') || null,
          address: value('MessagingBinding.Address') || null,
          proxyAddress: value('MessagingBinding.ProxyAddress') || null,
        },
        at: type === 'onParticipantAdded' ? date('DateCreated') : date('DateRemoved', 'DateUpdated'),
      });
    case 'onConversationStateUpdated':
      return news({
        kind: 'changed',
        conversation: conversation(),
        state: stateIn(value('StateTo')),
        at: date('StateUpdated'),
      });
    case 'onConversationAdded':
    case 'onConversationUpdated':
      return news({
        kind: 'changed',
        conversation: conversation(),
        state: stateIn(value('State')),
        ...(fields.has('Attributes') && { assistantId: assistantSidIn(value('Attributes')) }),
        at: date('DateUpdated', 'DateCreated'),
      });
    case 'onConversationRemoved':
      return news({ kind: 'changed', conversation: conversation(), state: 'closed', at: date('DateRemoved') });
    case 'onDeliveryUpdated':
      return deliveryUpdated(webhook, conversation());
    default:
      return NOTHING;
  }
}

function messageAdded(webhook: SignedWebhook, conversation: ConversationId, createdAt: Date): ConversationEvent {
  const { fields, query, accountSid, publicUrl } = webhook;
  const value = (name: string) => firstValue(fields, name) ?? '';
  const writesAs = firstValue(query, 'AssistantIdentity') || null;
  const author = value('Author');
  if (isOwn(value('Attributes')) || (writesAs !== null && author === writesAs)) return NOTHING;
  const others: Record<string, string | string[]> = Object.create(null);
  for (const [name, field] of fields) if (!READ.has(name)) others[name] = field;
  return {
    kind: 'arrival',
    arrival: arrivalOfConversation({
      conversation,
      accountSid,
      sid: sidIn('MessageSid', value('MessageSid'), 'IM'),
      index: indexIn(value('Index')),
      author,
      isParticipant: value('Source') !== 'API' || value('ParticipantSid') !== '',
      body: value('Body'),
      media: mediaOf(value('Media'), conversation.serviceSid),
      messagingServiceSid: value('MessagingServiceSid') || null,
      assistantId: firstValue(query, 'AssistantId') || firstValue(query, 'AssistantSid') || null,
      writesAs,
      publicUrl,
      createdAt,
      source: 'webhook',
      fields: others,
    }),
  };
}

function deliveryUpdated({ fields }: SignedWebhook, conversation: ConversationId): ConversationEvent {
  const twilioStatus = firstValue(fields, 'Status') ?? '';
  const status = fromTwilioStatus(twilioStatus);
  if (!status) return NOTHING;
  const errorCode = Number(firstValue(fields, 'ErrorCode') || Number.NaN);
  return {
    kind: 'receipt',
    conversation,
    receipt: {
      sid: sidIn('MessageSid', firstValue(fields, 'MessageSid') ?? '', 'IM'),
      outboundId: null,
      twilioStatus,
      status,
      // Twilio says 0 where there is none.
      errorCode: Number.isInteger(errorCode) && errorCode > 0 && errorCode < 2 ** 31 ? errorCode : null,
      fields: Object.fromEntries(fields),
    },
  };
}

function sidIn(name: string, value: string, prefix: string): string {
  if (new RegExp(`^${prefix}[0-9a-fA-F]{32}$`).test(value)) return value;
  throw new TandemError('invalidParameter', `${name}: ${prefix} and 32 hexadecimal digits.`);
}

function indexIn(value: string): number {
  if (/^\d{1,9}$/.test(value)) return Number(value);
  throw new TandemError('invalidParameter', 'Index: the place of the message in its conversation, a whole number.');
}

function stateIn(value: string): 'active' | 'inactive' | 'closed' | undefined {
  return value === 'active' || value === 'inactive' || value === 'closed' ? value : undefined;
}
