import type { Handoff, PastHandoff } from '../handoff/handoff.ts';
import type { Channel } from './thread-key.ts';

/** Who speaks with the customer: the assistant, nobody yet (a human is called), or a human. */
export type Handling = 'assistant' | 'requested' | 'human';

export type Thread = {
  key: string;
  accountSid: string;
  channel: Channel;
  /** Our address and the customer's, as Twilio writes them (`whatsapp:+1…`). */
  ours: string;
  theirs: string;
  identity: string;
  messagingServiceSid: string | null;
  assistantId: string | null;
  publicUrl: string | null;
  handling: Handling;
  optedOut: boolean;
  sessionId: string | null;
  sessionActiveAt: Date | null;
  /** When the customer last wrote; null for who has not written since this is kept. */
  heardAt: Date | null;
  revision: number;
};

/** Somebody in a Conversation: a chat user (`identity`), or a customer on a phone (`address`). */
export type Participant = {
  sid: string;
  identity: string | null;
  address: string | null;
  joinedAt: Date;
};

/** What is known of the Twilio Conversation that a thread is. */
export type Conversation = {
  state: 'active' | 'inactive' | 'closed';
  /** The assistant that the conversation itself asks for. */
  assistantId: string | null;
  /** As whom the assistant writes; null for Twilio's default. */
  author: string | null;
  /** A Studio flow has it. */
  studio: boolean;
  /** The lowest Index of which nobody here knows what was said. */
  unseen: number;
  /** When Twilio was last asked about it. */
  lookedAt: Date | null;
  /** Not to be asked about again before this time. */
  lookAgainAt: Date | null;
  /** When we first heard of it. */
  createdAt: Date;
  /** Those who are in it now, in the order in which they joined; the assistant is none of them. */
  participants: Participant[];
};

export type Media = { url: string; contentType: string; fileName?: string };

/** What a customer sent, with every field that Tandem does not read itself kept under `fields`. */
export type MessageContent = {
  sid: string;
  body: string;
  media: Media[];
  fields: Record<string, string | string[]>;
  /** In a Conversation: who wrote it, and its place there. */
  author?: string;
  index?: number;
  /** Why nobody is asked about it: it was deleted in time, or nobody in the Conversation wrote it. */
  unasked?: 'removed' | 'imported';
  /** Where its trace began, as a W3C traceparent. */
  trace?: string;
};

/** An answer that a remote assistant delivered to our callback. */
export type ReplyContent = {
  turnId: string;
  status: 'success' | 'failed';
  body: string;
  error?: string;
  /** Of a failure, if the assistant says so. */
  retryable?: boolean;
  /** The assistant asks for a human to take over. */
  handoff?: { reason: string; summary?: string };
};

type Stored = { id: number; occurredAt: Date; receivedAt: Date; source: 'webhook' | 'backfill' | 'callback' };

export type MessageEvent = Stored & { kind: 'message' | 'opt_out' | 'opt_in' | 'help'; content: MessageContent };
export type ReplyEvent = Stored & { kind: 'reply'; content: ReplyContent };
export type InboundEvent = MessageEvent | ReplyEvent;

export type TurnState = 'asking' | 'waiting' | 'answered' | 'silent' | 'dropped' | 'failed';

/** A turn that is not finished yet. While `waiting`, `retryAt` is the time by which the reply must have come. */
export type OpenTurn = {
  id: string;
  state: 'asking' | 'waiting';
  sessionId: string;
  assistantId: string | null;
  attempts: number;
  retryAt: Date | null;
  openedAt: Date;
  events: InboundEvent[];
};

/** A message of ours that has not left yet, or of which nobody knows whether it has. */
export type Unsent = {
  id: string;
  turnId: string | null;
  /** A `notice` tells of a handoff; `operator` words are a human's. */
  purpose: 'answer' | 'apology' | 'notice' | 'operator';
  body: string;
  /** URLs of files that it carries. */
  media?: string[] | null;
  /** The template as which it leaves, where it is too late for free text. */
  contentSid?: string | null;
  status: 'queued' | 'sending';
  attempts: number;
  attemptedAt: Date | null;
  retryAt: Date | null;
  createdAt: Date;
};

/** All that a decision about a thread depends on, as of `thread.revision`. */
export type ThreadState = {
  thread: Thread;
  /** Where the thread is a Conversation. */
  conversation?: Conversation;
  turn: OpenTurn | undefined;
  /** Stored, in no turn yet, in the order in which they happened. */
  pending: InboundEvent[];
  unsent: Unsent[];
  /** A failed turn that an operator wants tried again. */
  retry: Omit<OpenTurn, 'state'> | undefined;
  handoff: Handoff | undefined;
  past: PastHandoff | undefined;
};
