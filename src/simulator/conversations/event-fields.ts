import { isoDate } from '../product-api.ts';
import type { Conversation, ConversationMessage, Participant } from './store.ts';

type Fields = Record<string, string>;

/** What an absent value leaves out. */
function present(fields: Record<string, string | null | undefined>): Fields {
  return Object.fromEntries(Object.entries(fields).filter((entry): entry is [string, string] => entry[1] != null));
}

export function messageFields(conversation: Conversation, message: ConversationMessage): Fields {
  return present({
    ConversationSid: conversation.sid,
    MessagingServiceSid: conversation.messagingServiceSid,
    MessageSid: message.sid,
    Index: String(message.index),
    DateCreated: message.createdAt.toISOString(),
    Body: message.body,
    Author: message.author,
    ParticipantSid: message.participantSid,
    Attributes: message.attributes,
    Media: message.media.length === 0 ? undefined : JSON.stringify(message.media.map(mediaElement)),
  });
}

/** Webhooks spell a media's fields with capitals, the REST API does not. */
function mediaElement(media: ConversationMessage['media'][number]) {
  return { Sid: media.sid, Filename: media.filename, ContentType: media.contentType, Size: media.size };
}

export function participantFields(conversation: Conversation, participant: Participant): Fields {
  const { binding } = participant;
  return present({
    ConversationSid: conversation.sid,
    ParticipantSid: participant.sid,
    DateCreated: participant.createdAt.toISOString(),
    Identity: participant.identity,
    RoleSid: participant.roleSid,
    Attributes: participant.attributes,
    'MessagingBinding.Type': binding === null ? 'CHAT' : binding.type.toUpperCase(),
    'MessagingBinding.Address': binding?.address,
    'MessagingBinding.ProxyAddress': binding?.proxyAddress,
    'MessagingBinding.ProjectedAddress': binding?.projectedAddress,
  });
}

export function conversationFields(conversation: Conversation): Fields {
  return present({
    ConversationSid: conversation.sid,
    DateCreated: conversation.createdAt.toISOString(),
    DateUpdated: conversation.updatedAt.toISOString(),
    FriendlyName: conversation.friendlyName,
    UniqueName: conversation.uniqueName,
    Attributes: conversation.attributes,
    MessagingServiceSid: conversation.messagingServiceSid,
    State: conversation.state,
  });
}

export function stateFields(conversation: Conversation, from: string, reason: 'API' | 'TIMER' | 'EVENT'): Fields {
  return present({
    ConversationSid: conversation.sid,
    StateUpdated: conversation.updatedAt.toISOString(),
    StateFrom: from,
    StateTo: conversation.state,
    Reason: reason,
    MessagingServiceSid: conversation.messagingServiceSid,
  });
}

export function deliveryFields(
  conversation: Conversation,
  message: ConversationMessage,
  receipt: ConversationMessage['receipts'][number],
): Fields {
  const { channelMessage } = receipt;
  return present({
    ConversationSid: conversation.sid,
    MessageSid: message.sid,
    DeliveryReceiptSid: receipt.sid,
    ChannelMessageSid: channelMessage.sid,
    ParticipantSid: receipt.participantSid,
    Status: channelMessage.status,
    ErrorCode: String(channelMessage.errorCode ?? 0),
    DateCreated: isoDate(receipt.createdAt),
    DateUpdated: isoDate(channelMessage.updatedAt),
  });
}
