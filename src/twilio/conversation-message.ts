import type { Arrival } from '../inbox/accept.ts';
import { storableText } from '../store/storable-text.ts';
import { conversationIdentityOf } from '../thread/identity.ts';
import { isPhone, mediumOf } from '../thread/medium.ts';
import { optWord } from '../thread/opt-words.ts';
import { type ConversationId, conversationKey } from '../thread/thread-key.ts';
import type { Media } from '../thread/thread-state.ts';
import { attributesIn } from './conversation-resource.ts';

/** A message in a Conversation as Twilio tells of it, by webhook or in its list. */
export type ConversationMessage = {
  conversation: ConversationId;
  accountSid: string;
  sid: string;
  index: number;
  author: string;
  /** False for what somebody outside the conversation wrote into it through the API. */
  isParticipant: boolean;
  body: string;
  media: Media[];
  messagingServiceSid: string | null;
  assistantId: string | null;
  /** The name under which the assistant is to write. */
  writesAs: string | null;
  publicUrl: string | null;
  createdAt: Date;
  source: 'webhook' | 'backfill';
  fields: Record<string, string | string[]>;
};

/** The attribute of our messages that holds their id: they are known by it, whoever brings them back to us. */
const MESSAGE_ID = 'tandemMessage';
const MAX_MEDIA = 20;

export function ownAttributes(messageId: string): string {
  return JSON.stringify({ [MESSAGE_ID]: messageId });
}

/** Which message of ours it is, if it is one. */
export function ownMessageId(attributes: string): string | undefined {
  if (!attributes.includes(MESSAGE_ID)) return undefined;
  const id = attributesIn(attributes)[MESSAGE_ID];
  return typeof id === 'string' ? id : undefined;
}

export function isOwn(attributes: string): boolean {
  return ownMessageId(attributes) !== undefined;
}

/** The arrival that a message in a Conversation stands for. Who its author is to the thread is decided later. */
export function arrivalOfConversation(message: ConversationMessage): Arrival {
  const { conversation, author, body, createdAt } = message;
  // Only who is on a phone can say stop to Twilio; a chat knows no such words.
  const word = isPhone(author)
    ? optWord({ body, channel: mediumOf({ channel: 'conversation', theirs: author }) })
    : undefined;
  return {
    idempotencyKey: `message:${message.sid}`,
    threadKey: conversationKey(conversation),
    accountSid: message.accountSid,
    channel: 'conversation',
    ours: conversation.serviceSid,
    theirs: author,
    identity: conversationIdentityOf(author),
    messagingServiceSid: message.messagingServiceSid,
    assistantId: message.assistantId,
    publicUrl: message.publicUrl,
    kind: (message.isParticipant ? word : undefined) ?? 'message',
    occurredAt: createdAt,
    source: message.source,
    content: {
      sid: message.sid,
      body,
      media: message.media,
      fields: message.fields,
      author,
      index: message.index,
      ...(!message.isParticipant && { unasked: 'imported' as const }),
    },
    heard: isPhone(author) && message.isParticipant,
    author: message.writesAs,
  };
}

/** The files of a message: JSON with capitals in webhooks, without in Twilio's lists. */
export function mediaOf(json: string, serviceSid: string): Media[] {
  if (json === '') return [];
  let items: unknown;
  try {
    items = JSON.parse(json);
  } catch {
    return [];
  }
  if (!Array.isArray(items)) return [];
  return items.slice(0, MAX_MEDIA).flatMap((item: unknown): Media[] => {
    if (typeof item !== 'object' || item === null) return [];
    const fields = new Map(Object.entries(item).map(([name, value]) => [name.toLowerCase().replace('_', ''), value]));
    const text = (name: string) => {
      const value = fields.get(name);
      return typeof value === 'string' && value !== '' ? storableText(value.slice(0, 250)) : undefined;
    };
    const sid = text('sid');
    if (!sid || !/^ME[0-9a-fA-F]{32}$/.test(sid)) return [];
    const fileName = text('filename');
    return [
      {
        url: `https://mcs.us1.twilio.com/v1/Services/${serviceSid}/Media/${sid}`,
        contentType: text('contenttype') ?? 'application/octet-stream',
        ...(fileName && { fileName }),
      },
    ];
  });
}
