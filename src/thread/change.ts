import type { Handoff, HandoffRefs } from '../handoff/handoff.ts';
import type { Handling, TurnState, Unsent } from './thread-state.ts';

/** The right to work on a thread. The token grows with every claim; a write with an old one is declined. */
export type Lease = { key: string; token: number };

export type Change = {
  turn?: {
    id: string;
    sessionId: string | null;
    assistantId: string | null;
    state: TurnState;
    eventIds: number[];
    attempts: number;
    retryAt: Date | null;
    reason: string | null;
    errorCode: string | null;
    openedAt: Date;
    finishedAt: Date | null;
  };
  /** Events that are handled with the turn's end, or unhandled again with its being reopened. */
  events?: number[];
  add?: (Omit<Unsent, 'retryAt' | 'turnId'> & { turnId: string | null })[];
  outbound?: OutboundChange[];
  session?: { id: string; activeAt: Date };
  handling?: Handling;
  handoff?: Omit<Handoff, 'state' | 'refs' | 'signals' | 'recalledAt'> &
    HandoffRefs & { state: Handoff['state'] | 'ended'; endedAt: Date | null };
  /** With this turn the assistant is told of what happened while it was away. */
  toldInTurn?: string;
  /** A standing wish of the customer that did not come by a webhook of its own; a newer one stands. */
  consent?: { optedOut: boolean; source: string; at: Date };
};

export type OutboundChange = {
  id: string;
  status: 'queued' | 'sending' | 'sent' | 'failed' | 'dropped';
  sid?: string;
  contentSid?: string;
  /** The message goes on as text, with these words and no files. */
  asText?: string;
  attempts?: number;
  attemptedAt?: Date;
  retryAt?: Date;
  errorCode?: number;
  error?: string;
};

export type Commit = {
  lease: Lease;
  /** The revision of the state on which the change was decided. */
  revision: number;
  change: Change;
  /** Decline the change when the revision has moved. A fact (what an effect did) is recorded in any case. */
  ifCurrent: boolean;
  /** Give the lease back, if the revision has not moved; the thread is due again at that time, or not at all. */
  release?: { dueAt: Date | null };
};

/** `lost`: somebody else has the lease. `stale`: something arrived meanwhile; nothing was written. */
export type CommitOutcome = 'done' | 'released' | 'stale' | 'lost';
