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
  revision: number;
};

export type Media = { url: string; contentType: string };

/** What a customer sent, with every field that Tandem does not read itself kept under `fields`. */
export type MessageContent = { sid: string; body: string; media: Media[]; fields: Record<string, string | string[]> };

/** An answer that a remote assistant delivered to our callback. */
export type ReplyContent = { turnId: string; status: 'success' | 'failed'; body: string; error?: string };

type Stored = { id: number; occurredAt: Date; receivedAt: Date };

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
  purpose: 'answer' | 'apology' | 'notice';
  body: string;
  status: 'queued' | 'sending';
  attempts: number;
  attemptedAt: Date | null;
  retryAt: Date | null;
  createdAt: Date;
};

/** All that a decision about a thread depends on, as of `thread.revision`. */
export type ThreadState = {
  thread: Thread;
  turn: OpenTurn | undefined;
  /** Stored, in no turn yet, in the order in which they happened. */
  pending: InboundEvent[];
  unsent: Unsent[];
  /** A failed turn that an operator wants tried again. */
  retry: Omit<OpenTurn, 'state'> | undefined;
};
