import type { ConversationId } from '../thread/thread-key.ts';

/** Something that happened in a Conversation and is no new message. */
export type ConversationNews = { conversation: ConversationId; at: Date } & (
  | { kind: 'edited'; sid: string; index: number; body: string }
  | { kind: 'removed'; sid: string; index: number; author: string }
  | { kind: 'joined' | 'left'; participant: ParticipantNews }
  | { kind: 'changed'; state: 'active' | 'inactive' | 'closed' | undefined; assistantId?: string | null }
);

export type ParticipantNews = {
  sid: string;
  identity: string | null;
  address: string | null;
  proxyAddress: string | null;
};
