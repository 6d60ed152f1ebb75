import type { OutboundChange } from '../thread/change.ts';
import { mediumOf } from '../thread/medium.ts';
import type { Thread, ThreadState, Unsent } from '../thread/thread-state.ts';
import { type DropReason, isLater, type Permit, record, type Step, type Transition } from '../turn/step.ts';
import { meaningOf } from '../twilio/error-meanings.ts';

/** The next step for the message at the head of the line. */
export function decideUnsent(
  state: ThreadState,
  message: Unsent,
  now: Date,
  unwanted: DropReason | undefined,
  permit: Permit | undefined,
  settings: { whatsappTemplate?: string },
): Step {
  if (message.status === 'sending') {
    if (permit?.kind === 'call' && permit.messageId === message.id) return { kind: 'call', message };
    return isLater(message.retryAt, now) ? { kind: 'rest', until: message.retryAt } : { kind: 'reconcile', message };
  }
  const dropped = unwanted ? state.unsent.filter((queued) => isUnwanted(queued, unwanted)) : [];
  if (unwanted && dropped.length > 0) return record(dropMessages(state, dropped, unwanted));
  if (isLater(message.retryAt, now)) return { kind: 'rest', until: message.retryAt };
  const contentSid = isOutsideWindow(state.thread, now) ? settings.whatsappTemplate : undefined;
  if (isOutsideWindow(state.thread, now) && !contentSid) {
    return record(failMessages(state, message, meaningOf(OUTSIDE_WINDOW).meaning, OUTSIDE_WINDOW));
  }
  const sending: Unsent = {
    ...message,
    status: 'sending',
    attempts: message.attempts + 1,
    attemptedAt: now,
    retryAt: null,
    ...(contentSid && { contentSid }),
  };
  const { attempts } = sending;
  return record({
    change: { outbound: [{ id: message.id, status: 'sending', attempts, attemptedAt: now, contentSid }] },
    next: { ...state, unsent: [sending, ...state.unsent.slice(1)] },
    permit: { kind: 'call', messageId: message.id },
    announce: [],
  });
}

/** Twilio's code for free text outside the window, which it would tell only after taking the message. */
const OUTSIDE_WINDOW = 63016;
const WINDOW = 24 * 3_600_000;

/** WhatsApp takes free text for 24 hours after the customer's last words, then templates only (protocol reference 3.9). */
export function isOutsideWindow(thread: Thread, now: Date): boolean {
  if (mediumOf(thread) !== 'whatsapp' || thread.heardAt === null) return false;
  return now.getTime() - thread.heardAt.getTime() >= WINDOW;
}

/** A notice (the words that go with a handoff) is meant for a customer who waits for a human; operators are humans. */
function isUnwanted({ status, purpose }: Unsent, reason: DropReason): boolean {
  return status === 'queued' && (reason !== 'human' || (purpose !== 'notice' && purpose !== 'operator'));
}

export type CallOutcome =
  | { kind: 'sent'; sid: string; reconciled: boolean }
  /** Refused without being processed: safe to repeat. */
  | { kind: 'later'; error: string; retryAfterMs: number | undefined }
  /** Nobody knows whether it was processed. */
  | { kind: 'unknown'; error: string }
  | { kind: 'refused'; error: string; code: number | undefined; optedOut: boolean };

/** A message that could not leave for this long is not worth sending any more, nor looking for in Twilio's log. */
const SEND_WINDOW = 4 * 3_600_000;
const SEND_ATTEMPTS = 5;
/** A first look at Twilio's log follows an unknown outcome after this time. */
const FIRST_LOOK = 1_000;

function isTooOld(message: Unsent, now: Date): boolean {
  return now.getTime() - message.createdAt.getTime() > SEND_WINDOW;
}

/** What came of a call for the message at the head of the line. */
export function afterCall(state: ThreadState, message: Unsent, outcome: CallOutcome, now: Date): Transition {
  const rest = state.unsent.filter((other) => other.id !== message.id);
  switch (outcome.kind) {
    case 'sent':
      return {
        change: { outbound: [{ id: message.id, status: 'sent', sid: outcome.sid }] },
        next: { ...state, unsent: rest },
        announce: [{ kind: 'message.sent', message, sid: outcome.sid, reconciled: outcome.reconciled }],
      };
    case 'later': {
      if (isTooOld(message, now)) return failMessages(state, message, outcome.error, undefined);
      // The call was not processed, so it does not count as an attempt.
      const waited = now.getTime() - message.createdAt.getTime();
      const retryAt = new Date(now.getTime() + (outcome.retryAfterMs ?? Math.min(60_000, Math.max(1_000, waited))));
      const waiting: Unsent = { ...message, status: 'queued', attempts: message.attempts - 1, retryAt };
      return {
        change: { outbound: [{ id: message.id, status: 'queued', attempts: waiting.attempts, retryAt }] },
        next: { ...state, unsent: [waiting, ...rest] },
        announce: [{ kind: 'message.retrying', message, error: outcome.error, retryAt }],
      };
    }
    case 'unknown': {
      const retryAt = new Date(now.getTime() + FIRST_LOOK);
      return {
        change: { outbound: [{ id: message.id, status: 'sending', retryAt }] },
        next: { ...state, unsent: [{ ...message, retryAt }, ...rest] },
        announce: [{ kind: 'message.retrying', message, error: outcome.error, retryAt }],
      };
    }
    case 'refused': {
      const failed = failMessages(state, message, outcome.error, outcome.code);
      if (!outcome.optedOut) return canBeText(message, outcome.code) ? goAsText(state, message) : failed;
      return {
        ...failed,
        // Whoever has said START since this attempt began is in.
        change: {
          ...failed.change,
          consent: { optedOut: true, source: String(outcome.code), at: message.attemptedAt ?? now },
        },
        next: { ...failed.next, thread: { ...failed.next.thread, optedOut: true } },
      };
    }
    default:
      return outcome satisfies never;
  }
}

/** What Twilio answers where a file, and not the message, is what it does not take. */
const FILE_REFUSED = new Set([21620, 21623, 21653, 30011, 63019, 63021]);

function canBeText({ media, contentSid }: Unsent, code: number | undefined): boolean {
  return Boolean(media?.length) && !contentSid && code !== undefined && FILE_REFUSED.has(code);
}

/** The words still get through, with the addresses of the files. */
function goAsText(state: ThreadState, message: Unsent): Transition {
  const body = [message.body, ...(message.media ?? [])].filter((line) => line !== '').join('\n');
  const text: Unsent = { ...message, body, media: null, status: 'queued' };
  return {
    change: { outbound: [{ id: message.id, status: 'queued', asText: body }] },
    next: { ...state, unsent: state.unsent.map((other) => (other.id === message.id ? text : other)) },
    announce: [],
  };
}

/** Too late to make the call that was recorded. Whoever still has the lease knows that it was not made: back in line. */
export function withdrawCall(state: ThreadState, message: Unsent): Transition {
  const waiting: Unsent = { ...message, status: 'queued', attempts: message.attempts - 1, retryAt: null };
  return {
    change: { outbound: [{ id: message.id, status: 'queued', attempts: waiting.attempts }] },
    next: { ...state, unsent: state.unsent.map((other) => (other.id === message.id ? waiting : other)) },
    announce: [],
  };
}

/** Twilio's log could not be read, or may still be incomplete: look again, soon at first, at longer intervals later. */
export function lookAgain(state: ThreadState, message: Unsent, now: Date, latest?: Date): Transition {
  const doubtful = now.getTime() - (message.attemptedAt ?? now).getTime();
  // However old the message is: a call that was just made may still be under way.
  if (doubtful > SEND_WINDOW) {
    return failMessages(
      state,
      message,
      'Nobody knows whether Twilio took the message: its log could not be read.',
      undefined,
    );
  }
  const pause = Math.min(60_000, Math.max(FIRST_LOOK, doubtful / 2));
  const retryAt = new Date(Math.min(now.getTime() + pause, latest?.getTime() ?? Number.POSITIVE_INFINITY));
  return {
    change: { outbound: [{ id: message.id, status: 'sending', retryAt }] },
    next: {
      ...state,
      unsent: state.unsent.map((other) => (other.id === message.id ? { ...message, retryAt } : other)),
    },
    announce: [],
  };
}

/**
 * Twilio's log does not show the message. Before `provenAt` it may still turn up: look again. After it, the message
 * certainly was not taken, so it goes back in line.
 */
export function afterMiss(state: ThreadState, message: Unsent, provenAt: Date, now: Date): Transition {
  if (now < provenAt) return lookAgain(state, message, now, provenAt);
  if (message.attempts >= SEND_ATTEMPTS || isTooOld(message, now)) {
    return failMessages(state, message, 'Twilio did not take the message, as far as its log shows.', undefined);
  }
  return {
    change: { outbound: [{ id: message.id, status: 'queued' }] },
    next: {
      ...state,
      unsent: state.unsent.map((other) =>
        other.id === message.id ? { ...message, status: 'queued', retryAt: null } : other,
      ),
    },
    announce: [],
  };
}

/** A part that can never leave takes the later parts of its answer with it: half an answer helps nobody. */
function failMessages(state: ThreadState, message: Unsent, error: string, code: number | undefined): Transition {
  const isRest = (other: Unsent) =>
    other.id !== message.id && message.turnId !== null && other.turnId === message.turnId;
  const failed = state.unsent.filter((other) => other.id === message.id || isRest(other));
  return {
    change: {
      outbound: failed.map(
        (other): OutboundChange => ({
          id: other.id,
          status: 'failed',
          errorCode: code,
          error: other.id === message.id ? error : `An earlier part could not be sent: ${error}`,
        }),
      ),
    },
    next: { ...state, unsent: state.unsent.filter((other) => !failed.includes(other)) },
    announce: failed.map((other) => ({ kind: 'message.failed', message: other, error, errorCode: code })),
  };
}

function dropMessages(state: ThreadState, dropped: Unsent[], reason: DropReason): Transition {
  return {
    change: { outbound: dropped.map(({ id }) => ({ id, status: 'dropped', error: dropSentence[reason] })) },
    next: { ...state, unsent: state.unsent.filter((message) => !dropped.includes(message)) },
    announce: [{ kind: 'message.dropped', messages: dropped, reason }],
  };
}

const dropSentence: Record<DropReason, string> = {
  opted_out: 'Not sent: the customer has opted out.',
  human: 'Not sent: a human has the conversation.',
  closed: 'Not sent: the conversation is closed.',
};

/** A new message of ours. One that is `leaving` is stored as being sent, and called for right after the commit. */
export function outgoing(of: {
  turnId: string | null;
  purpose: Unsent['purpose'];
  body: string;
  media?: string[];
  now: Date;
  newId: () => string;
  leaving: boolean;
}): Unsent {
  return {
    id: of.newId(),
    turnId: of.turnId,
    purpose: of.purpose,
    body: of.body,
    ...(of.media && { media: of.media }),
    status: of.leaving ? 'sending' : 'queued',
    attempts: of.leaving ? 1 : 0,
    attemptedAt: of.leaving ? of.now : null,
    retryAt: null,
    createdAt: of.now,
  };
}
