import type { Handoff, HandoffOutcome, HandoffSettings } from '../handoff/handoff.ts';
import type { Change } from '../thread/change.ts';
import type { OpenTurn, ThreadState, Unsent } from '../thread/thread-state.ts';

export type TurnSettings = {
  /** Idle time after which a new session begins, in milliseconds. */
  sessionIdle: number;
  /** How long to wait for more words after the last ones, in milliseconds. */
  debounce: number;
  /** How long one attempt at an answer may take, in milliseconds. */
  timeout: number;
  attempts: number;
  apologyText: string;
  /** How somebody in a group Conversation calls the assistant; unset: groups are left alone. */
  groupMention?: string;
  /** The WhatsApp template that says what free text may not say any more; its only variable is the text. */
  whatsappTemplate?: string;
  handoff: HandoffSettings;
};

/** A call that was not made this soon after it was recorded is not made at all: somebody may be looking for what it did. */
export const CALL_WITHIN = 2_000;

/** What the process that works on a thread knows beyond the store: what it may do now, and what came of it. */
export type Permit =
  /** The attempt is recorded: ask the assistant now. */
  | { kind: 'ask'; turnId: string }
  /** The assistant has answered; the parts are not stored yet. */
  | { kind: 'answer'; turnId: string; text: string; handoff: AskedHandoff | undefined }
  /** The message is recorded as being sent: call Twilio now. */
  | { kind: 'call'; messageId: string }
  /** The attempt to begin a handoff is recorded: ask its target now. */
  | { kind: 'begin'; handoffId: string };

/** An assistant's wish to hand over. */
export type AskedHandoff = { reason: string; summary?: string };

export type Announcement =
  | { kind: 'turn.opened'; turn: OpenTurn }
  | { kind: 'turn.completed'; turn: OpenTurn; parts: number }
  | { kind: 'turn.silent'; turnId: string; reason: SilenceReason; events: number }
  | { kind: 'turn.dropped'; turn: OpenTurn; reason: DropReason }
  | { kind: 'turn.retrying'; turn: OpenTurn; error: string; errorCode: string; retryAt: Date }
  | { kind: 'turn.failed'; turn: OpenTurn; error: string; errorCode: string }
  | { kind: 'message.sent'; message: Unsent; sid: string; reconciled: boolean }
  | { kind: 'message.retrying'; message: Unsent; error: string; retryAt: Date }
  | { kind: 'message.failed'; message: Unsent; error: string; errorCode: number | undefined }
  | { kind: 'message.dropped'; messages: Unsent[]; reason: DropReason }
  | { kind: 'handoff.requested'; handoff: Handoff }
  | { kind: 'handoff.begun'; handoff: Handoff }
  | { kind: 'handoff.answered'; handoff: Handoff }
  | { kind: 'handoff.retrying'; handoff: Handoff; error: string; retryAt: Date }
  | { kind: 'handoff.ended'; handoff: Handoff; outcome: HandoffOutcome };

/** `handoff`: the words, or the assistant's answer to them, called a human. */
export type SilenceReason =
  | 'opt_out'
  | 'opt_in'
  | 'help'
  | 'opted_out'
  | 'human'
  | 'handoff'
  | 'late_reply'
  | NoQuestion;
/** In a Conversation: it is closed; deleted or written from outside; an agent spoke; a group did among itself. */
export type NoQuestion = 'closed' | 'removed' | 'imported' | 'not_customer' | 'not_addressed';
export type DropReason = 'opted_out' | 'human' | 'closed';

/** A durable step: what to write, and the state that then holds. */
export type Transition = { change: Change; next: ThreadState; permit?: Permit; announce: Announcement[] };

/** What to do next for a thread. */
export type Step =
  | { kind: 'record'; transition: Transition }
  | { kind: 'ask'; turn: OpenTurn }
  | { kind: 'call'; message: Unsent }
  | { kind: 'reconcile'; message: Unsent }
  /** Ask Twilio what was not told of the Conversation. */
  | { kind: 'catchUp' }
  /** Ask a handoff's target to take the thread; look whether it has; ask how it stands; tell it that it is over. */
  | { kind: 'begin' | 'find' | 'look' | 'close'; handoff: Handoff }
  /** Nothing to do before `until` (null: before something arrives). */
  | { kind: 'rest'; until: Date | null };

/** A step that only writes. */
export function record(transition: Transition): Step {
  return { kind: 'record', transition };
}

/** 1 s, 2 s, 4 s … up to a minute, each shortened by up to a quarter (by the id) so that failures do not return in step. */
export function backoff(attempt: number, id: string): number {
  const jitter = Number.parseInt(id.slice(-4), 16) / 0xffff;
  return Math.min(60_000, 1_000 * 2 ** Math.max(0, attempt - 1)) * (1 - (Number.isNaN(jitter) ? 0 : jitter) / 4);
}

export function isLater(time: Date | null, now: Date): boolean {
  return time !== null && time > now;
}
