import { isoDate } from '../product-api.ts';
import { fixedSid } from '../sid.ts';
import type { AddressConfiguration } from './addresses.ts';
import { mediaPath, type StoredMedia } from './media.ts';
import type { Conversation, ConversationMessage, Participant, ScopedWebhook, Service, User } from './store.ts';

/** `https://conversations.twilio.com/v1`, with the service where the path named one. */
export type Base = { url: string; serviceSid: string | undefined };

/** Resources below a service say which one, those of the default service do not. */
function owner(base: Base, { accountSid, serviceSid }: Pick<Conversation, 'accountSid' | 'serviceSid'>) {
  return { account_sid: accountSid, ...(base.serviceSid !== undefined && { chat_service_sid: serviceSid }) };
}

export function conversationResource(base: Base, conversation: Conversation) {
  const url = `${base.url}/Conversations/${conversation.sid}`;
  return {
    account_sid: conversation.accountSid,
    chat_service_sid: conversation.serviceSid,
    messaging_service_sid: conversation.messagingServiceSid,
    sid: conversation.sid,
    friendly_name: conversation.friendlyName,
    unique_name: conversation.uniqueName,
    attributes: conversation.attributes,
    state: conversation.state,
    date_created: isoDate(conversation.createdAt),
    date_updated: isoDate(conversation.updatedAt),
    timers: timersOf(conversation),
    bindings: {},
    url,
    links: {
      participants: `${url}/Participants`,
      messages: `${url}/Messages`,
      webhooks: `${url}/Webhooks`,
      export: `${url}/Export`,
    },
  };
}

function timersOf({ state, timers }: Conversation) {
  if (state === 'closed') return {};
  return {
    ...(timers.inactive && state === 'active' && { date_inactive: isoDate(timers.inactive.at) }),
    ...(timers.closed && { date_closed: isoDate(timers.closed.at) }),
  };
}

export function participantResource(base: Base, conversation: Conversation, participant: Participant) {
  return {
    ...owner(base, conversation),
    conversation_sid: conversation.sid,
    sid: participant.sid,
    identity: participant.identity,
    attributes: participant.attributes,
    messaging_binding: bindingResource(participant),
    role_sid: participant.roleSid,
    date_created: isoDate(participant.createdAt),
    date_updated: isoDate(participant.updatedAt),
    url: `${base.url}/Conversations/${conversation.sid}/Participants/${participant.sid}`,
    last_read_message_index: participant.lastReadMessageIndex,
    last_read_timestamp: participant.lastReadTimestamp,
  };
}

function bindingResource({ binding }: Participant) {
  if (binding === null) return null;
  const { type, address, proxyAddress, projectedAddress } = binding;
  return {
    type,
    address,
    proxy_address: proxyAddress,
    ...(projectedAddress !== null && { projected_address: projectedAddress }),
  };
}

export function messageResource(base: Base, conversation: Conversation, message: ConversationMessage) {
  const url = `${base.url}/Conversations/${conversation.sid}/Messages/${message.sid}`;
  return {
    ...owner(base, conversation),
    conversation_sid: conversation.sid,
    sid: message.sid,
    index: message.index,
    author: message.author,
    body: message.body === '' ? null : message.body,
    media:
      message.media.length === 0
        ? null
        : message.media.map(({ sid, filename, size, contentType }) => ({
            sid,
            filename,
            size,
            content_type: contentType,
            category: 'media',
          })),
    attributes: message.attributes,
    participant_sid: message.participantSid,
    date_created: isoDate(message.createdAt),
    date_updated: isoDate(message.updatedAt),
    delivery: deliveryOf(message),
    content_sid: message.contentSid,
    url,
    links: { delivery_receipts: `${url}/Receipts`, channel_metadata: `${url}/ChannelMetadata` },
  };
}

/** What a delivery status implies: who has read a message was also sent it. */
const reached: Record<string, readonly string[]> = {
  sent: ['sent'],
  delivered: ['sent', 'delivered'],
  read: ['sent', 'delivered', 'read'],
  failed: ['failed'],
  undelivered: ['sent', 'undelivered'],
};

/** Before the carrier has said anything, Twilio shows no receipt. */
export function receiptsOf(message: ConversationMessage) {
  return message.receipts.filter(({ channelMessage }) => channelMessage.status in reached);
}

function deliveryOf(message: ConversationMessage) {
  const total = message.receipts.length;
  if (total === 0) return null;
  const share = (status: string) => {
    const count = receiptsOf(message).filter(({ channelMessage }) =>
      reached[channelMessage.status]?.includes(status),
    ).length;
    return count === 0 ? 'none' : count === total ? 'all' : 'some';
  };
  return {
    total,
    sent: share('sent'),
    delivered: share('delivered'),
    read: share('read'),
    failed: share('failed'),
    undelivered: share('undelivered'),
  };
}

export function receiptResource(
  base: Base,
  conversation: Conversation,
  message: ConversationMessage,
  receipt: ConversationMessage['receipts'][number],
) {
  const { channelMessage } = receipt;
  return {
    ...owner(base, conversation),
    conversation_sid: conversation.sid,
    sid: receipt.sid,
    message_sid: message.sid,
    channel_message_sid: channelMessage.sid,
    participant_sid: receipt.participantSid,
    status: channelMessage.status,
    error_code: channelMessage.errorCode ?? 0,
    date_created: isoDate(receipt.createdAt),
    date_updated: isoDate(channelMessage.updatedAt),
    url: `${base.url}/Conversations/${conversation.sid}/Messages/${message.sid}/Receipts/${receipt.sid}`,
  };
}

export function scopedWebhookResource(base: Base, conversation: Conversation, webhook: ScopedWebhook) {
  const { target, url, method, filters, triggers, flowSid, replayAfter } = webhook;
  return {
    ...owner(base, conversation),
    conversation_sid: conversation.sid,
    sid: webhook.sid,
    target,
    url: `${base.url}/Conversations/${conversation.sid}/Webhooks/${webhook.sid}`,
    configuration: {
      ...(target === 'studio' ? { flow_sid: flowSid } : { url, method }),
      ...(target === 'webhook' && { filters }),
      ...(target === 'trigger' && { triggers }),
      ...(replayAfter !== null && { replay_after: replayAfter }),
    },
    date_created: isoDate(webhook.createdAt),
    date_updated: isoDate(webhook.updatedAt),
  };
}

export function participantConversationResource(base: Base, conversation: Conversation, participant: Participant) {
  return {
    account_sid: conversation.accountSid,
    chat_service_sid: conversation.serviceSid,
    participant_sid: participant.sid,
    participant_user_sid: participant.identity === null ? null : fixedSid('US', participant.identity),
    participant_identity: participant.identity,
    participant_messaging_binding: bindingResource(participant),
    conversation_sid: conversation.sid,
    conversation_unique_name: conversation.uniqueName,
    conversation_friendly_name: conversation.friendlyName,
    conversation_attributes: conversation.attributes,
    conversation_date_created: isoDate(conversation.createdAt),
    conversation_date_updated: isoDate(conversation.updatedAt),
    conversation_created_by: 'system',
    conversation_state: conversation.state,
    conversation_timers: timersOf(conversation),
    links: {
      participant: `${base.url}/Conversations/${conversation.sid}/Participants/${participant.sid}`,
      conversation: `${base.url}/Conversations/${conversation.sid}`,
    },
  };
}

export function serviceResource({ sid, accountSid, friendlyName, createdAt }: Service) {
  const url = `https://conversations.twilio.com/v1/Services/${sid}`;
  return {
    account_sid: accountSid,
    sid,
    friendly_name: friendlyName,
    date_created: isoDate(createdAt),
    date_updated: isoDate(createdAt),
    url,
    links: {
      conversations: `${url}/Conversations`,
      users: `${url}/Users`,
      roles: `${url}/Roles`,
      bindings: `${url}/Bindings`,
      configuration: `${url}/Configuration`,
      participant_conversations: `${url}/ParticipantConversations`,
      conversation_with_participants: `${url}/ConversationWithParticipants`,
    },
  };
}

export function userResource(base: Base, user: User) {
  const url = `${base.url}/Users/${user.sid}`;
  return {
    sid: user.sid,
    account_sid: user.accountSid,
    chat_service_sid: user.serviceSid,
    role_sid: fixedSid('RL', user.serviceSid),
    identity: user.identity,
    friendly_name: user.friendlyName,
    attributes: user.attributes,
    is_online: null,
    is_notifiable: null,
    date_created: isoDate(user.createdAt),
    date_updated: isoDate(user.updatedAt),
    url,
    links: { user_conversations: `${url}/Conversations` },
  };
}

export function addressResource(configuration: AddressConfiguration) {
  const { enabled, type, ...automatic } = configuration.autoCreation;
  return {
    sid: configuration.sid,
    account_sid: configuration.accountSid,
    type: configuration.type,
    address: configuration.address,
    friendly_name: configuration.friendlyName,
    address_country: configuration.addressCountry,
    auto_creation: {
      enabled,
      type,
      conversation_service_sid: automatic.conversationServiceSid,
      ...(type === 'webhook' && {
        webhook_url: automatic.webhookUrl,
        webhook_method: automatic.webhookMethod,
        webhook_filters: automatic.webhookFilters,
      }),
      ...(type === 'studio' && {
        studio_flow_sid: automatic.studioFlowSid,
        studio_retry_count: automatic.studioRetryCount,
      }),
    },
    date_created: isoDate(configuration.createdAt),
    date_updated: isoDate(configuration.updatedAt),
    url: `https://conversations.twilio.com/v1/Configuration/Addresses/${configuration.sid}`,
  };
}

/** As the Media Content Service shows a file, which is of an API older than the others. */
export function mediaResource(media: StoredMedia, origin: string) {
  const url = `/v1/Services/${media.serviceSid}/Media/${media.sid}`;
  return {
    sid: media.sid,
    service_sid: media.serviceSid,
    date_created: media.createdAt.toISOString(),
    date_upload_updated: media.createdAt.toISOString(),
    date_updated: media.createdAt.toISOString(),
    links: { content: `${url}/Content`, content_direct_temporary: origin + mediaPath(media) },
    size: media.size,
    content_type: media.contentType,
    filename: media.filename,
    author: null,
    category: 'media',
    message_sid: null,
    channel_sid: null,
    url,
    is_multipart_upstream: false,
  };
}
