import type { CallOutcome } from '../outbox/message-steps.ts';
import { storableText } from '../store/storable-text.ts';
import type { ConversationId } from '../thread/thread-key.ts';
import type { Media } from '../thread/thread-state.ts';
import { failedCall, type TwilioClients } from './clients.ts';
import { mediaOf } from './conversation-message.ts';
import { assistantSidIn } from './conversation-resource.ts';

/** A message as the list of a Conversation shows it. */
export type ListedMessage = {
  sid: string;
  index: number;
  author: string;
  isParticipant: boolean;
  body: string;
  media: Media[];
  attributes: string;
  createdAt: Date;
};

/** How a Conversation stands at Twilio. */
export type ConversationFacts = {
  state: 'active' | 'inactive' | 'closed';
  assistantId: string | null;
  studio: boolean;
  participants: {
    sid: string;
    identity: string | null;
    address: string | null;
    proxyAddress: string | null;
    joinedAt: Date;
  }[];
};

/** A time during which a Conversation takes what is sent to one of our numbers; `until` is null while it is open. */
export type Capture = { conversation: ConversationId; proxyAddress: string | null; from: Date; until: Date | null };

/** What Tandem asks of Twilio's Conversations API, and nothing more. Except `send`, all of it throws. */
export type Conversations = ReturnType<typeof createConversations>;

/** Twilio's largest page of messages, and of most things in conversations. */
const PAGE = 100;
/** A message of ours that is looked for is among the newest. */
const LOOK_BACK = 100;
const MOST_PARTICIPANTS = 100;
/** Whoever was often with agents has been in many, and they are listed by their SIDs. */
const MOST_CAPTURES = 1_000;

export function createConversations(clients: TwilioClients) {
  const at = (accountSid: string, { serviceSid, sid }: ConversationId) =>
    clients.of(accountSid).conversations.v1.services(serviceSid).conversations(sid);

  /** The newest messages, newest first, as far back as `index`, and no more than `limit`. */
  async function messagesSince(
    accountSid: string,
    conversation: ConversationId,
    index: number,
    limit: number,
  ): Promise<ListedMessage[]> {
    const { messages } = at(accountSid, conversation);
    const found: ListedMessage[] = [];
    for (let url: string | undefined; ; ) {
      const page = url
        ? await messages.getPage(url)
        : await messages.page({ order: 'desc', pageSize: Math.min(PAGE, limit) });
      for (const message of page.instances) {
        if (message.index < index || found.length === limit) return found;
        found.push({
          sid: message.sid,
          index: message.index,
          author: storableText(message.author ?? ''),
          isParticipant: Boolean(message.participantSid),
          body: storableText(message.body ?? ''),
          media: mediaOf(JSON.stringify(message.media ?? []), conversation.serviceSid),
          attributes: message.attributes ?? '',
          createdAt: message.dateCreated,
        });
      }
      url = page.nextPageUrl;
      if (!url) return found;
    }
  }

  return {
    /** No webhook tells of what we write: `X-Twilio-Webhook-Enabled` stays unset. */
    async send(
      accountSid: string,
      conversation: ConversationId,
      message: {
        author: string | undefined;
        body?: string;
        mediaSid?: string;
        attributes: string;
        contentSid?: string;
        contentVariables?: string;
      },
    ): Promise<{ outcome: CallOutcome; index?: number }> {
      try {
        const { sid, index } = await at(accountSid, conversation).messages.create(message);
        return { outcome: { kind: 'sent', sid, reconciled: false }, index };
      } catch (error) {
        return { outcome: failedCall(error) };
      }
    },

    messagesSince,
    newestMessages: (accountSid: string, conversation: ConversationId) =>
      messagesSince(accountSid, conversation, 0, LOOK_BACK),

    async look(accountSid: string, conversation: ConversationId): Promise<ConversationFacts> {
      const resource = at(accountSid, conversation);
      const [{ state, attributes }, participants, webhooks] = await Promise.all([
        resource.fetch(),
        resource.participants.list({ limit: MOST_PARTICIPANTS, pageSize: PAGE }),
        resource.webhooks.list({ limit: 5 }),
      ]);
      return {
        state: state === 'closed' || state === 'inactive' ? state : 'active',
        assistantId: assistantSidIn(attributes ?? ''),
        studio: webhooks.some(({ target }) => target === 'studio'),
        participants: participants.map(({ sid, identity, messagingBinding, dateCreated }) => ({
          sid,
          identity: identity ? storableText(identity) : null,
          address: textOf(messagingBinding?.address),
          proxyAddress: textOf(messagingBinding?.proxy_address),
          joinedAt: dateCreated,
        })),
      };
    },

    async attributes(accountSid: string, conversation: ConversationId): Promise<string> {
      return (await at(accountSid, conversation).fetch()).attributes ?? '';
    },
    async setAttributes(accountSid: string, conversation: ConversationId, attributes: string): Promise<void> {
      await at(accountSid, conversation).update({ attributes });
    },

    /**
     * When Conversations took what was sent from an address, and to which of our numbers: those of a service, or of the
     * account's default one.
     */
    async captures(accountSid: string, address: string, serviceSid?: string): Promise<Capture[]> {
      const { v1 } = clients.of(accountSid).conversations;
      const query = { address, limit: MOST_CAPTURES, pageSize: 50 };
      const list = serviceSid
        ? await v1.services(serviceSid).participantConversations.list(query)
        : await v1.participantConversations.list(query);
      return list.map((entry) => ({
        conversation: { serviceSid: entry.chatServiceSid, sid: entry.conversationSid },
        proxyAddress: textOf(entry.participantMessagingBinding?.proxy_address),
        from: entry.conversationDateCreated,
        until: entry.conversationState === 'closed' ? entry.conversationDateUpdated : null,
      }));
    },

    /** Conversations of a service that began on or after the day of `since`, newest first. */
    async begunSince(
      accountSid: string,
      serviceSid: string,
      since: Date,
      limit: number,
    ): Promise<{ sid: string; createdAt: Date; messagingServiceSid: string | null }[]> {
      const list = await clients
        .of(accountSid)
        .conversations.v1.services(serviceSid)
        .conversations.list({
          startDate: since.toISOString().slice(0, 10),
          state: 'active',
          limit,
          pageSize: PAGE,
        });
      return list.map(({ sid, dateCreated, messagingServiceSid }) => ({
        sid,
        createdAt: dateCreated,
        messagingServiceSid: messagingServiceSid ?? null,
      }));
    },
  };
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? storableText(value) : null;
}
