import { placeFor } from '../handoff/handoff.ts';
import { withRequest } from '../handoff/handoff-steps.ts';
import { answerParts } from '../outbox/answer-parts.ts';
import { isOutsideWindow, outgoing } from '../outbox/message-steps.ts';
import type { Change } from '../thread/change.ts';
import { newSessionId } from '../thread/session-id.ts';
import type { InboundEvent, MessageEvent, OpenTurn, ReplyEvent, ThreadState } from '../thread/thread-state.ts';
import {
  type AskedHandoff,
  backoff,
  type DropReason,
  type SilenceReason,
  type Transition,
  type TurnSettings,
} from './step.ts';

export function openTurn(
  state: ThreadState,
  burst: MessageEvent[],
  now: Date,
  settings: TurnSettings,
  newId: () => string,
): Transition {
  const { thread } = state;
  const spokenAt = burst.reduce(
    (latest, event) => (event.occurredAt > latest ? event.occurredAt : latest),
    new Date(0),
  );
  const idle = !thread.sessionActiveAt || spokenAt.getTime() - thread.sessionActiveAt.getTime() >= settings.sessionIdle;
  const sessionId = !thread.sessionId || idle ? newSessionId(thread, newId()) : thread.sessionId;
  const activeAt =
    thread.sessionActiveAt && !idle && thread.sessionActiveAt > spokenAt ? thread.sessionActiveAt : spokenAt;
  const turn: OpenTurn = {
    id: newId(),
    state: 'asking',
    sessionId,
    assistantId: state.conversation?.assistantId ?? thread.assistantId,
    attempts: 0,
    retryAt: null,
    openedAt: now,
    events: burst,
  };
  const opened = beginAttempt({ ...state, pending: state.pending.filter((event) => !includes(burst, event)) }, turn);
  const untold = state.past?.toldTurnId === null ? state.past : undefined;
  return {
    ...opened,
    change: { ...opened.change, session: { id: sessionId, activeAt }, ...(untold && { toldInTurn: turn.id }) },
    next: {
      ...opened.next,
      thread: { ...thread, sessionId, sessionActiveAt: activeAt },
      ...(untold && { past: { ...untold, toldTurnId: turn.id } }),
    },
    announce: [{ kind: 'turn.opened', turn }],
  };
}

/** Tries a failed turn again: its events wait for their answer again. */
export function reopenTurn(state: ThreadState, turn: OpenTurn): Transition {
  const begun = beginAttempt({ ...state, retry: undefined }, turn);
  return { ...begun, change: { ...begun.change, events: idsOf(turn.events) } };
}

/** The attempt is on record before it is made, so that a turn that kills its process runs out of attempts too. */
export function beginAttempt(state: ThreadState, turn: OpenTurn): Transition {
  const begun: OpenTurn = { ...turn, state: 'asking', attempts: turn.attempts + 1, retryAt: null };
  return {
    change: { turn: turnRow(begun) },
    next: { ...state, turn: begun },
    permit: { kind: 'ask', turnId: turn.id },
    announce: [],
  };
}

/** The process stops before the assistant has answered: that was no attempt of its. */
export function withdrawAttempt(state: ThreadState, turn: OpenTurn): Transition {
  const before: OpenTurn = { ...turn, attempts: turn.attempts - 1 };
  return { change: { turn: turnRow(before) }, next: { ...state, turn: before }, announce: [] };
}

export function concludeTurn(
  state: ThreadState,
  turn: OpenTurn,
  answer: { text: string; handoff: AskedHandoff | undefined },
  now: Date,
  settings: TurnSettings,
  newId: () => string,
): Transition {
  if (answer.handoff) {
    // Whatever the assistant says besides, the human says better.
    const { reason, summary = null } = answer.handoff;
    const { next, change } = finishTurn(state, turn, 'silent', 'handoff', null, now);
    const session = { id: turn.sessionId, activeAt: now };
    const silent: Transition = {
      change: { ...change, session },
      next: { ...next, thread: { ...next.thread, sessionActiveAt: now } },
      announce: [{ kind: 'turn.silent', turnId: turn.id, reason: 'handoff', events: turn.events.length }],
    };
    const place = placeFor(state.thread, settings.handoff);
    return withRequest(silent, { place, requestedBy: 'assistant', reason, summary }, now, newId);
  }
  const parts = answerParts(answer.text, state.thread);
  if (parts.length === 0) {
    // Markdown of which the channel shows nothing (a rule, say) leaves the customer without an answer as well.
    const failure = { error: 'The assistant answered with no text.', code: 'empty_answer', retryable: true };
    return failAttempt(state, turn, failure, now, settings, newId);
  }
  const mayLeave = !isOutsideWindow(state.thread, now);
  const messages = parts.map((part, index) =>
    outgoing({ turnId: turn.id, purpose: 'answer', ...part, now, newId, leaving: mayLeave && index === 0 }),
  );
  const { next, change } = finishTurn(state, turn, 'answered', null, null, now);
  return {
    change: { ...change, add: messages, session: { id: turn.sessionId, activeAt: now } },
    next: { ...next, unsent: messages, thread: { ...next.thread, sessionActiveAt: now } },
    permit: mayLeave && messages[0] ? { kind: 'call', messageId: messages[0].id } : undefined,
    announce: [{ kind: 'turn.completed', turn, parts: parts.length }],
  };
}

export function takeReply(
  state: ThreadState,
  turn: OpenTurn,
  reply: ReplyEvent,
  now: Date,
  settings: TurnSettings,
  newId: () => string,
): Transition {
  const withReply: OpenTurn = { ...turn, events: [...turn.events, reply] };
  const rest = { ...state, pending: state.pending.filter((event) => event.id !== reply.id) };
  if (reply.content.status === 'failed') {
    const error = reply.content.error ?? 'The assistant reported a failure.';
    const failure = { error, code: 'assistant_failed', retryable: reply.content.retryable ?? true };
    return failAttempt(rest, withReply, failure, now, settings, newId);
  }
  const { body: text, handoff } = reply.content;
  return concludeTurn(rest, withReply, { text, handoff }, now, settings, newId);
}

export type AttemptFailure = { error: string; code: string; retryable: boolean; retryAfterMs?: number };

/** An attempt at an answer failed: try again later, or fail in a way that the customer and the operator see. */
export function failAttempt(
  state: ThreadState,
  turn: OpenTurn,
  failure: AttemptFailure,
  now: Date,
  settings: TurnSettings,
  newId: () => string,
): Transition {
  if (failure.retryable && turn.attempts < settings.attempts) {
    const retryAt = new Date(now.getTime() + (failure.retryAfterMs ?? backoff(turn.attempts, turn.id)));
    const retrying: OpenTurn = { ...turn, state: 'asking', retryAt };
    return {
      change: { turn: turnRow(retrying, failure.error, failure.code) },
      next: { ...state, turn: retrying },
      announce: [{ kind: 'turn.retrying', turn, error: failure.error, errorCode: failure.code, retryAt }],
    };
  }
  const { next, change } = finishTurn(state, turn, 'failed', failure.error, failure.code, now);
  const announce: Transition['announce'] = [
    { kind: 'turn.failed', turn, error: failure.error, errorCode: failure.code },
  ];
  const place = placeFor(state.thread, settings.handoff);
  if (settings.handoff.onFailure && place.target !== 'operator' && !state.handoff) {
    const request = { place, requestedBy: 'failure' as const, reason: failure.error, summary: null };
    return withRequest({ change, next, announce }, request, now, newId);
  }
  const apology = settings.apologyText
    ? [outgoing({ turnId: turn.id, purpose: 'apology', body: settings.apologyText, now, newId, leaving: false })]
    : [];
  return {
    change: { ...change, add: apology },
    next: { ...next, unsent: [...state.unsent, ...apology] },
    announce,
  };
}

/** The assistant took the question and will deliver its answer to our callback. */
export function awaitReply(state: ThreadState, turn: OpenTurn, now: Date, settings: TurnSettings): Transition {
  const waiting: OpenTurn = { ...turn, state: 'waiting', retryAt: new Date(now.getTime() + settings.timeout) };
  return { change: { turn: turnRow(waiting) }, next: { ...state, turn: waiting }, announce: [] };
}

export function dropTurn(state: ThreadState, turn: OpenTurn, reason: DropReason, now: Date): Transition {
  const { change, next } = finishTurn({ ...state, retry: undefined }, turn, 'dropped', reason, null, now);
  return { change, next, announce: [{ kind: 'turn.dropped', turn, reason }] };
}

/** Twilio takes a YES of somebody who had opted out as START. */
export function optBackIn(state: ThreadState, word: MessageEvent, now: Date, newId: () => string): Transition {
  const silent = staySilent(state, [word], 'opt_in', now, newId);
  return {
    ...silent,
    change: { ...silent.change, consent: { optedOut: false, source: 'customer', at: word.occurredAt } },
    next: { ...silent.next, thread: { ...silent.next.thread, optedOut: false } },
  };
}

export function staySilent(
  state: ThreadState,
  events: InboundEvent[],
  reason: SilenceReason,
  now: Date,
  newId: () => string,
): Transition {
  const id = newId();
  const wish = reason === 'opt_out' || reason === 'opt_in' ? wishIn(state, events) : undefined;
  return {
    change: {
      ...(wish && { consent: wish }),
      turn: {
        id,
        sessionId: state.thread.sessionId,
        assistantId: state.thread.assistantId,
        state: 'silent',
        eventIds: idsOf(events),
        attempts: 0,
        retryAt: null,
        reason,
        errorCode: null,
        openedAt: now,
        finishedAt: now,
      },
      events: idsOf(events),
    },
    next: {
      ...state,
      pending: state.pending.filter((event) => !includes(events, event)),
      ...(wish && { thread: { ...state.thread, optedOut: wish.optedOut } }),
    },
    announce: [{ kind: 'turn.silent', turnId: id, reason, events: events.length }],
  };
}

/** A wish about consent that came by way of a Conversation, where it was not recorded on arrival. */
function wishIn({ conversation }: ThreadState, events: InboundEvent[]): Change['consent'] {
  const word = events.at(-1);
  if (!conversation || !word || word.kind === 'reply') return undefined;
  return { optedOut: word.kind === 'opt_out', source: 'customer', at: word.occurredAt };
}

function finishTurn(
  state: ThreadState,
  turn: OpenTurn,
  to: 'answered' | 'silent' | 'dropped' | 'failed',
  reason: string | null,
  errorCode: string | null,
  now: Date,
): { change: Change; next: ThreadState } {
  return {
    change: {
      turn: { ...turnRow(turn, reason, errorCode), state: to, retryAt: null, finishedAt: now },
      events: idsOf(turn.events),
    },
    next: { ...state, turn: undefined },
  };
}

function turnRow(turn: OpenTurn, reason: string | null = null, errorCode: string | null = null) {
  const { id, sessionId, assistantId, state, attempts, retryAt, openedAt } = turn;
  return {
    id,
    sessionId,
    assistantId,
    state,
    eventIds: idsOf(turn.events),
    attempts,
    retryAt,
    openedAt,
    reason,
    errorCode,
    finishedAt: null as Date | null,
  };
}

function idsOf(events: InboundEvent[]): number[] {
  return events.map((event) => event.id);
}

export function includes(events: InboundEvent[], event: InboundEvent): boolean {
  return events.some((other) => other.id === event.id);
}
