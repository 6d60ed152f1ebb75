import { outgoing } from '../outbox/message-steps.ts';
import type { Change } from '../thread/change.ts';
import type { ThreadState } from '../thread/thread-state.ts';
import { type Announcement, backoff, type Transition } from '../turn/step.ts';
import {
  type Handoff,
  type HandoffOutcome,
  type HandoffRefs,
  type HandoffRequest,
  type HandoffSettings,
  newHandoff,
} from './handoff.ts';

/** How long nothing may be heard of a handoff before its target is asked how it stands. */
const WATCH = { nameless: 1_000, waiting: 30_000, human: 60_000, flow: 15_000 };
/** A target that could not be asked is asked again after this time. */
const ASK_AGAIN = 5_000;
/** Until the target is told that it is over nobody answers the customer: it is told at least this often. */
const TELL_AGAIN = 10_000;
const FIRST_LOOK = 1_000;
const LONGEST_PAUSE = 60_000;

/** What came of asking a target to take a thread. */
export type BeginOutcome =
  | { kind: 'begun'; refs: Partial<HandoffRefs> }
  /** Refused without being processed: safe to repeat. */
  | { kind: 'later'; error: string; retryAfterMs: number | undefined }
  /** Nobody knows whether it was processed. */
  | { kind: 'unknown'; error: string }
  | { kind: 'refused'; error: string };

/** How a handoff stands at its target; one that is over may have been `helped` by a human of whom we never heard. */
export type Standing = { stands: 'waiting' | 'human' | 'over'; helped?: boolean; refs: Partial<HandoffRefs> };

/** Adds the request for a human to what is recorded anyway. From its commit on the assistant is silent. */
export function withRequest(
  transition: Transition,
  request: HandoffRequest,
  now: Date,
  newId: () => string,
): Transition {
  const handoff = newHandoff(transition.next.thread.key, request, newId(), now);
  const { next, announce } = transition;
  return {
    change: { ...transition.change, handoff: handoffRow(handoff), handling: 'requested' },
    next: { ...next, handoff, thread: { ...next.thread, handling: 'requested' } },
    announce: [...announce, { kind: 'handoff.requested', handoff }],
  };
}

/** The attempt is on record before the target is asked, so that what a crash leaves behind is looked for. */
export function beginHandoff(
  state: ThreadState,
  handoff: Handoff,
  now: Date,
  settings: HandoffSettings,
  newId: () => string,
): Transition {
  const beginning: Handoff = {
    ...handoff,
    state: 'beginning',
    attempts: handoff.attempts + 1,
    attemptedAt: now,
    retryAt: null,
  };
  const begun = move(state, beginning, []);
  const isSilent = handoff.attempts > 0 || handoff.place.target === 'studio';
  return {
    // Said once, and not before a flow that speaks for itself.
    ...(isSilent ? begun : withNotice(begun, settings.requestedText, now, newId)),
    permit: { kind: 'begin', handoffId: handoff.id },
  };
}

/** The console is where it waits: nothing outside has to be asked. */
export function waitForOperator(
  state: ThreadState,
  handoff: Handoff,
  now: Date,
  settings: HandoffSettings,
  newId: () => string,
): Transition {
  const waiting: Handoff = { ...handoff, state: 'waiting', begunAt: now };
  const moved = move(state, waiting, [{ kind: 'handoff.begun', handoff: waiting }]);
  return withNotice(moved, settings.requestedText, now, newId);
}

/**
 * Too late to ask as recorded. Whoever still has the lease knows that the target was not asked. The attempt still counts:
 * by it is known that the customer was told.
 */
export function withdrawBegin(state: ThreadState, handoff: Handoff): Transition {
  return move(state, { ...handoff, state: 'requested' }, []);
}

export function afterBegin(
  state: ThreadState,
  handoff: Handoff,
  outcome: BeginOutcome,
  now: Date,
  settings: HandoffSettings,
  newId: () => string,
): Transition {
  switch (outcome.kind) {
    case 'begun': {
      const begun: Handoff = {
        ...handoff,
        state: 'waiting',
        refs: merge(handoff.refs, outcome.refs),
        retryAt: null,
        checkAt: later(now, WATCH.nameless),
        begunAt: now,
      };
      const announced: Announcement = { kind: 'handoff.begun', handoff: begun };
      // A flow needs no time to come.
      if (handoff.place.target === 'studio') return toHuman(state, begun, now, [announced]);
      return move(state, begun, [announced]);
    }
    case 'later': {
      const retryAt = later(now, outcome.retryAfterMs ?? backoff(handoff.attempts, handoff.id));
      const { error } = outcome;
      return move(state, { ...handoff, state: 'requested', retryAt, error }, [
        { kind: 'handoff.retrying', handoff, error, retryAt },
      ]);
    }
    case 'unknown': {
      const retryAt = later(now, FIRST_LOOK);
      const { error } = outcome;
      return move(state, { ...handoff, retryAt, error }, [{ kind: 'handoff.retrying', handoff, error, retryAt }]);
    }
    case 'refused':
      return endHandoff(state, { ...handoff, error: outcome.error }, 'failed', now, settings, newId);
    default:
      return outcome satisfies never;
  }
}

/**
 * The target does not know of the handoff. Before `provenAt` it may still turn up: look again. After it, it was
 * certainly not created.
 */
export function afterNotFound(state: ThreadState, handoff: Handoff, provenAt: Date, now: Date): Transition {
  if (now >= provenAt) return move(state, { ...handoff, state: 'requested', retryAt: null }, []);
  const doubtful = now.getTime() - (handoff.attemptedAt ?? now).getTime();
  const pause = Math.min(LONGEST_PAUSE, Math.max(FIRST_LOOK, doubtful / 2));
  return move(state, { ...handoff, retryAt: new Date(Math.min(now.getTime() + pause, provenAt.getTime())) }, []);
}

/** The target could not be asked how things stand; until it can be, everybody stays silent. */
export function askTargetAgain(state: ThreadState, handoff: Handoff, error: string, now: Date): Transition {
  const retryAt = later(now, ASK_AGAIN);
  return move(state, { ...handoff, retryAt, error }, [{ kind: 'handoff.retrying', handoff, error, retryAt }]);
}

/** What the target answered; `lookedAt` is the time before it was asked. */
export function afterLook(
  state: ThreadState,
  handoff: Handoff,
  seen: Standing,
  lookedAt: Date,
  settings: HandoffSettings,
  newId: () => string,
): Transition {
  const looked: Handoff = {
    ...handoff,
    refs: merge(handoff.refs, seen.refs),
    signalsSeen: handoff.signals,
    lookedAt,
    retryAt: null,
  };
  if (seen.stands === 'over') {
    const outcome = handoff.state === 'human' || seen.helped ? 'returned' : 'nobody';
    if (outcome === 'returned') looked.answeredAt ??= lookedAt;
    // The Conversation that Flex made for a phone would go on catching what the customer sends: it has to be closed.
    if (isOwnConversation(state, handoff)) return callOff(state, looked, outcome);
    return endHandoff(state, looked, outcome, lookedAt, settings, newId);
  }
  if (seen.stands === 'human' && handoff.state !== 'human') {
    return toHuman(state, looked, lookedAt, []);
  }
  if (handoff.state === 'waiting' && lookedAt >= deadlineOf(handoff, settings)) return callOff(state, looked, 'nobody');
  const isNameless = handoff.place.target === 'flex' && looked.refs.conversationSid === null;
  const watch = isNameless ? WATCH.nameless : handoff.state === 'human' ? humanWatch(handoff) : WATCH.waiting;
  return move(state, { ...looked, checkAt: later(lookedAt, watch) }, []);
}

/** Has the target told that it is over, before anybody speaks again. */
export function callOff(state: ThreadState, handoff: Handoff, outcome: HandoffOutcome): Transition {
  return move(state, { ...handoff, state: 'ending', outcome, attempts: 0, retryAt: null, checkAt: null }, []);
}

/** Closed at the target, which does not list yet what was said there last. */
export function awaitList(state: ThreadState, handoff: Handoff, listedAt: Date): Transition {
  return move(state, { ...handoff, checkAt: listedAt, retryAt: listedAt }, []);
}

/** The target could not be told. As long as a human may still be there, the assistant stays silent. */
export function tellTargetAgain(state: ThreadState, handoff: Handoff, error: string, now: Date): Transition {
  const attempts = handoff.attempts + 1;
  const retryAt = later(now, Math.min(TELL_AGAIN, backoff(attempts, handoff.id)));
  return move(state, { ...handoff, attempts, retryAt, error }, [{ kind: 'handoff.retrying', handoff, error, retryAt }]);
}

/** Back to the assistant, who is told of it with the customer's next words and says nothing before. */
export function endHandoff(
  state: ThreadState,
  handoff: Handoff,
  outcome: HandoffOutcome,
  now: Date,
  settings: HandoffSettings,
  newId: () => string,
): Transition {
  const ended: Handoff = { ...handoff, outcome };
  const isClosed = state.conversation?.state === 'closed';
  const text = outcome === 'nobody' || outcome === 'failed' ? settings.nobodyText : settings.returnText;
  const past = {
    id: handoff.id,
    target: handoff.place.target,
    requestedAt: handoff.requestedAt,
    answeredAt: handoff.answeredAt,
    heardUntil: handoff.lookedAt ?? now,
    toldTurnId: null,
  };
  return withNotice(
    {
      change: { handoff: { ...handoffRow(ended), state: 'ended', endedAt: now }, handling: 'assistant' },
      next: { ...state, handoff: undefined, past, thread: { ...state.thread, handling: 'assistant' } },
      announce: [{ kind: 'handoff.ended', handoff: ended, outcome }],
    },
    isClosed ? '' : text,
    now,
    newId,
  );
}

export function deadlineOf(handoff: Handoff, { timeout }: HandoffSettings): Date {
  return later(handoff.requestedAt, timeout);
}

/** Whether Flex made a Conversation of its own for this thread, or may have. */
export function isOwnConversation({ thread }: ThreadState, { place }: Handoff): boolean {
  return place.target === 'flex' && thread.channel !== 'conversation';
}

function toHuman(state: ThreadState, handoff: Handoff, at: Date, announced: Announcement[]): Transition {
  const answered: Handoff = { ...handoff, state: 'human', answeredAt: at, checkAt: later(at, humanWatch(handoff)) };
  const moved = move(state, answered, [...announced, { kind: 'handoff.answered', handoff: answered }]);
  return {
    ...moved,
    change: { ...moved.change, handling: 'human' },
    next: { ...moved.next, thread: { ...moved.next.thread, handling: 'human' } },
  };
}

/** A flow says nothing when it lets go. */
function humanWatch({ place }: Handoff): number {
  return place.target === 'studio' ? WATCH.flow : WATCH.human;
}

function withNotice(transition: Transition, body: string, now: Date, newId: () => string): Transition {
  if (!body) return transition;
  const notice = outgoing({ turnId: null, purpose: 'notice', body, now, newId, leaving: false });
  return {
    ...transition,
    change: { ...transition.change, add: [notice] },
    next: { ...transition.next, unsent: [...transition.next.unsent, notice] },
  };
}

function move(state: ThreadState, handoff: Handoff, announce: Announcement[]): Transition {
  return { change: { handoff: handoffRow(handoff) }, next: { ...state, handoff }, announce };
}

function handoffRow(handoff: Handoff): NonNullable<Change['handoff']> {
  const { refs, signals: _, recalledAt: __, ...row } = handoff;
  return { ...row, ...refs, endedAt: null };
}

function merge(known: HandoffRefs, news: Partial<HandoffRefs>): HandoffRefs {
  const refs = { ...known };
  for (const [name, sid] of Object.entries(news)) if (sid) refs[name as keyof HandoffRefs] = sid;
  return refs;
}

function later(time: Date, ms: number): Date {
  return new Date(time.getTime() + ms);
}
