import type { Media, Message } from '../messaging/messages.ts';
import { RestError } from '../rest-errors.ts';
import { fixedSid, newSid } from '../sid.ts';
import type { AddressConfiguration } from './addresses.ts';
import type { StoredMedia } from './media.ts';

/** Who brought a change about, and whether webhooks tell of it: REST calls must ask for that, everybody else need not. */
export type Cause = {
  by: 'api' | 'chat' | 'phone' | 'agent' | 'flex' | 'studio' | 'timer';
  /** As the webhooks' `Source` says it: `API`, `SDK`, `SMS`, `WHATSAPP`. */
  source: string;
  /** Of the chat user, where there is one. */
  identity?: string;
  announced: boolean;
  /** How often each webhook goes out. */
  copies?: number;
};

export type Participant = {
  sid: string;
  identity: string | null;
  attributes: string;
  binding: { type: string; address: string; proxyAddress: string; projectedAddress: string | null } | null;
  roleSid: string;
  lastReadMessageIndex: number | null;
  lastReadTimestamp: string | null;
  createdAt: Date;
  updatedAt: Date;
};

/** What became of a message on its way to one participant's phone. */
type Receipt = { sid: string; participantSid: string; channelMessage: Message; createdAt: Date };

export type ConversationMessage = {
  sid: string;
  index: number;
  author: string;
  body: string;
  attributes: string;
  media: (Media & { filename: string | null; size: number })[];
  contentSid: string | null;
  participantSid: string | null;
  cause: Cause;
  receipts: Receipt[];
  createdAt: Date;
  updatedAt: Date;
};

export type ScopedWebhook = {
  sid: string;
  target: 'webhook' | 'trigger' | 'studio';
  url: string | null;
  method: 'POST' | 'GET';
  filters: string[];
  triggers: string[];
  flowSid: string | null;
  replayAfter: number | null;
  createdAt: Date;
  updatedAt: Date;
};

export type ConversationState = 'active' | 'inactive' | 'closed';

/** A state that comes by itself when nobody wrote for so long. */
export type StateTimer = { afterMs: number; at: Date };

export type Conversation = {
  sid: string;
  accountSid: string;
  serviceSid: string;
  messagingServiceSid: string | null;
  friendlyName: string | null;
  uniqueName: string | null;
  attributes: string;
  state: ConversationState;
  timers: { inactive?: StateTimer; closed?: StateTimer };
  /** Which of the waits for a timer counts: setting them anew begins another one. */
  timerRun: number;
  participants: Participant[];
  /** In order of their index; what was removed is gone, its index is not given again. */
  messages: ConversationMessage[];
  nextIndex: number;
  webhooks: ScopedWebhook[];
  createdAt: Date;
  updatedAt: Date;
};

export type Service = { sid: string; accountSid: string; friendlyName: string; createdAt: Date };

export type WebhookConfiguration = {
  method: 'POST' | 'GET';
  filters: string[];
  preWebhookUrl: string | null;
  postWebhookUrl: string | null;
  target: 'webhook' | 'flex';
};

export type User = {
  sid: string;
  accountSid: string;
  serviceSid: string;
  identity: string;
  friendlyName: string | null;
  attributes: string;
  createdAt: Date;
  updatedAt: Date;
};

export type ConversationStore = ReturnType<typeof createConversationStore>;

const MOST_FILES = 1_000;

/**
 * All conversations, oldest first, with what they belong to; beyond `limit` the oldest are dropped, and so are files. A
 * conversation deleted over REST is gone.
 */
export function createConversationStore(options: { accountSids: readonly string[]; limit: number; now: () => Date }) {
  const { accountSids, limit, now } = options;
  const conversations = new Map<string, Conversation>();
  const media = new Map<string, StoredMedia>();
  const services = new Map<string, Service>();
  for (const accountSid of accountSids) {
    const sid = fixedSid('IS', accountSid);
    services.set(sid, { sid, accountSid, friendlyName: 'Default Conversations Service', createdAt: now() });
  }

  return {
    services,
    users: new Map<string, User>(),
    addresses: new Map<string, AddressConfiguration>(),
    /** By account (global) or service. */
    webhooks: new Map<string, WebhookConfiguration>(),

    /** The service that paths without a service mean. */
    defaultService(accountSid: string): Service {
      const service = services.get(fixedSid('IS', accountSid));
      if (service === undefined) throw new RestError(20404);
      return service;
    },

    keepFile(file: StoredMedia): void {
      media.set(file.sid, file);
      dropOldest(media, MOST_FILES);
    },
    file: (sid: string): StoredMedia | undefined => media.get(sid),

    add(draft: Pick<Conversation, 'accountSid' | 'serviceSid'> & Partial<Conversation>): Conversation {
      const at = now();
      const conversation: Conversation = {
        sid: newSid('CH'),
        messagingServiceSid: null,
        friendlyName: null,
        uniqueName: null,
        attributes: '{}',
        state: 'active',
        timers: {},
        timerRun: 0,
        participants: [],
        messages: [],
        nextIndex: 0,
        webhooks: [],
        createdAt: at,
        updatedAt: at,
        ...draft,
      };
      conversations.set(conversation.sid, conversation);
      dropOldest(conversations, limit);
      return conversation;
    },

    remove: (conversation: Conversation) => conversations.delete(conversation.sid),
    get: (sid: string): Conversation | undefined => conversations.get(sid),
    all: (): Conversation[] => [...conversations.values()],
    /** By SID or unique name, within one service. */
    find(serviceSid: string, name: string): Conversation | undefined {
      const bySid = conversations.get(name);
      if (bySid !== undefined) return bySid.serviceSid === serviceSid ? bySid : undefined;
      return [...conversations.values()].find(
        ({ serviceSid: owner, uniqueName }) => owner === serviceSid && uniqueName === name,
      );
    },
    /** The open conversation that a customer's address and one of our numbers belong to. */
    byBinding: (accountSid: string, address: string, proxyAddress: string): Conversation | undefined =>
      [...conversations.values()].find(
        (conversation) =>
          conversation.accountSid === accountSid &&
          conversation.state !== 'closed' &&
          conversation.participants.some(
            ({ binding }) => binding?.address === address && binding.proxyAddress === proxyAddress,
          ),
      ),

    forget(): void {
      conversations.clear();
      media.clear();
    },
  };
}

function dropOldest(kept: Map<string, unknown>, most: number): void {
  const oldest = kept.keys().next().value;
  if (kept.size > most && oldest !== undefined) kept.delete(oldest);
}

/** By SID, identity or address. */
export function participantOf(conversation: Conversation, name: string): Participant | undefined {
  return conversation.participants.find(
    ({ sid, identity, binding }) => sid === name || identity === name || binding?.address === name,
  );
}
