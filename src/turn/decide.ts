import { catchUpAt, hasSaidStop, noQuestion, silenceIn } from '../conversations/talk.ts';
import { decideHandoff, earliest, hasEscaped } from '../handoff/decide-handoff.ts';
import { isCallForHuman, placeFor } from '../handoff/handoff.ts';
import { withRequest } from '../handoff/handoff-steps.ts';
import { decideUnsent } from '../outbox/message-steps.ts';
import { mediumOf } from '../thread/medium.ts';
import { optsBackIn } from '../thread/opt-words.ts';
import type { InboundEvent, MessageEvent, OpenTurn, ReplyEvent, ThreadState } from '../thread/thread-state.ts';
import { type DropReason, isLater, type Permit, record, type Step, type TurnSettings } from './step.ts';
import {
  beginAttempt,
  concludeTurn,
  dropTurn,
  failAttempt,
  openTurn,
  optBackIn,
  reopenTurn,
  staySilent,
  takeReply,
} from './turn-steps.ts';

/** Twilio cuts its dates to it. */
const SECOND = 1_000;
/** Silence may be awaited for this many times `debounce` after the first words, no longer. */
const DEBOUNCE_CEILING = 5;

/**
 * What to do next for a thread. Pure: the same state, time and ids give the same step.
 * Messages leave before anything else is looked at, so answers go out in the order of the questions.
 */
export function decide(
  state: ThreadState,
  now: Date,
  settings: TurnSettings,
  newId: () => string,
  permit?: Permit,
): Step {
  const { handoff } = state;
  const unwanted = unwantedReason(state, settings);
  const call = unwanted ? undefined : state.pending.find((event) => callsForHuman(state, event, settings));
  if (call) {
    const request = { place: placeFor(state.thread, settings.handoff), requestedBy: 'customer' as const };
    const silent = staySilent(state, [call], 'handoff', now, newId);
    return record(withRequest(silent, { ...request, reason: null, summary: null }, now, newId));
  }
  if (handoff && permit?.kind === 'begin') return decideHandoff(state, handoff, now, settings.handoff, newId, permit);

  const [first] = state.unsent;
  const sending = first && decideUnsent(state, first, now, unwanted, permit, settings);
  if (sending && sending.kind !== 'rest') return sending;
  // A handoff does not wait for what cannot be sent yet, nor for the turn that it ends.
  const handing = handoff && decideHandoff(state, handoff, now, settings.handoff, newId, permit);
  if (handing && handing.kind !== 'rest') return handing;
  const until = handing?.until ?? null;
  if (sending) return { kind: 'rest', until: earliest(sending.until, until) };

  if (state.turn && unwanted) return record(dropTurn(state, state.turn, unwanted, now));
  if (state.turn) return decideTurn(state, state.turn, now, settings, newId, permit);
  const behind = state.conversation && catchUpAt(state.conversation, state.pending, now);
  if (behind) {
    return behind > now ? { kind: 'rest', until: earliest(behind, until) } : { kind: 'catchUp' };
  }
  // What the customer says while a handoff comes to its end, or may be over, is for who has the thread then.
  if (handoff && (handoff.state === 'ending' || hasEscaped(state, handoff))) return { kind: 'rest', until };
  if (state.pending.length > 0) return decidePending(state, now, settings, newId, unwanted);
  if (state.retry) {
    // Whoever says stop, or talks with a human, is not answered by a retry either.
    const turn: OpenTurn = { ...state.retry, state: 'asking' };
    return record(unwanted ? dropTurn(state, turn, unwanted, now) : reopenTurn(state, turn));
  }
  return { kind: 'rest', until };
}

function callsForHuman(state: ThreadState, event: InboundEvent, settings: TurnSettings): boolean {
  const { handoff, groupMention } = settings;
  if (event.kind !== 'message' || !isCallForHuman(event.content.body, handoff.keywords)) return false;
  if (wasSaidToHuman(state, event) || wasHeeded(state, event, settings)) return false;
  // Who is who in a Conversation is known once Twilio was asked.
  return state.conversation?.lookedAt !== null && !noQuestion(event, state, groupMention);
}

/** Why nothing that the assistant says may leave this thread now. */
function unwantedReason(state: ThreadState, { groupMention }: TurnSettings): DropReason | undefined {
  const { thread } = state;
  if (thread.optedOut || hasSaidStop(state)) return 'opted_out';
  if (thread.handling !== 'assistant') return 'human';
  return silenceIn(state, groupMention);
}

function decideTurn(
  state: ThreadState,
  turn: OpenTurn,
  now: Date,
  settings: TurnSettings,
  newId: () => string,
  permit: Permit | undefined,
): Step {
  if (permit?.kind === 'answer' && permit.turnId === turn.id) {
    return record(concludeTurn(state, turn, permit, now, settings, newId));
  }
  if (permit?.kind === 'ask' && permit.turnId === turn.id) return { kind: 'ask', turn };

  const reply = state.pending.find((event): event is ReplyEvent => isReplyTo(event, turn));
  if (reply) return record(takeReply(state, turn, reply, now, settings, newId));
  if (isLater(turn.retryAt, now)) return { kind: 'rest', until: turn.retryAt };
  if (turn.state === 'waiting') {
    const failure = {
      error: 'The assistant did not deliver its answer in time.',
      code: 'reply_timeout',
      retryable: true,
    };
    return record(failAttempt(state, turn, failure, now, settings, newId));
  }
  if (turn.attempts >= settings.attempts) {
    const failure = {
      error: 'The process stopped in the middle of the last attempt.',
      code: 'crashed',
      retryable: false,
    };
    return record(failAttempt(state, turn, failure, now, settings, newId));
  }
  return record(beginAttempt(state, turn));
}

function decidePending(
  state: ThreadState,
  now: Date,
  settings: TurnSettings,
  newId: () => string,
  unwanted: DropReason | undefined,
): Step {
  const [first] = state.pending as [InboundEvent];
  if (first.kind === 'reply') return record(staySilent(state, [first], 'late_reply', now, newId));
  const consentWord = state.pending.findIndex(isConsentWord);
  if (consentWord !== -1) {
    const word = state.pending[consentWord] as InboundEvent;
    // What was said before a stop word needs no answer any more; before the other words it does.
    const before = state.pending.slice(0, consentWord);
    if (word.kind === 'opt_out') return record(staySilent(state, [...before, word], 'opt_out', now, newId));
    if (before.length === 0) return record(staySilent(state, [word], word.kind as 'opt_in' | 'help', now, newId));
  }
  const burst = leadingMessages(state.pending);
  const [word] = burst as [MessageEvent];
  if (unwanted === 'opted_out' && optsBackIn({ body: word.content.body, channel: mediumOf(state.thread) })) {
    return record(optBackIn(state, word, now, newId));
  }
  if (unwanted) return record(staySilent(state, burst, unwanted, now, newId));
  const answered = burst.filter((event) => wasSaidToHuman(state, event));
  if (answered.length > 0) return record(staySilent(state, answered, 'human', now, newId));
  const heeded = burst.filter((event) => wasHeeded(state, event, settings));
  if (heeded.length > 0) return record(staySilent(state, heeded, 'handoff', now, newId));
  const reasons = burst.map((event) => noQuestion(event, state, settings.groupMention));
  const [reason] = reasons;
  if (reason) {
    const end = reasons.findIndex((other) => other !== reason);
    return record(staySilent(state, end === -1 ? burst : burst.slice(0, end), reason, now, newId));
  }
  const end = reasons.findIndex((other) => other !== undefined);
  const questions = end === -1 ? burst : burst.slice(0, end);
  const quietAt = quietTime(questions, settings.debounce);
  if (isLater(quietAt, now)) return { kind: 'rest', until: quietAt };
  return record(openTurn(state, questions, now, settings, newId));
}

/** The messages at the head of what is pending, up to the first event of another kind. */
function leadingMessages(pending: InboundEvent[]): MessageEvent[] {
  const end = pending.findIndex((event) => event.kind !== 'message');
  return (end === -1 ? pending : pending.slice(0, end)) as MessageEvent[];
}

/**
 * The Conversation that Flex makes for a phone catches what is said while Flex has the thread: by the agent, and to the
 * agent, who saw it there whenever we hear of it. What reached the number, past the Conversation, nobody saw.
 */
function wasSaidToHuman({ thread, past }: ThreadState, event: MessageEvent): boolean {
  const { author } = event.content;
  if (thread.channel === 'conversation' || author === undefined) return false;
  if (author !== thread.theirs) return true;
  if (past?.target !== 'flex') return false;
  const saidAt = event.occurredAt.getTime();
  return saidAt > past.requestedAt.getTime() - SECOND && saidAt <= past.heardUntil.getTime();
}

/** Of a call for a human we may hear only when one has come since, or has been called by other words. */
function wasHeeded({ past }: ThreadState, { content, occurredAt }: MessageEvent, { handoff }: TurnSettings): boolean {
  if (!past || !isCallForHuman(content.body, handoff.keywords)) return false;
  return occurredAt < (past.answeredAt ?? past.requestedAt);
}

function quietTime(burst: MessageEvent[], debounce: number): Date | null {
  const times = burst.map((event) => event.receivedAt.getTime());
  if (debounce === 0 || times.length === 0) return null;
  return new Date(Math.min(Math.max(...times) + debounce, Math.min(...times) + debounce * DEBOUNCE_CEILING));
}

function isConsentWord(event: InboundEvent): boolean {
  return event.kind === 'opt_out' || event.kind === 'opt_in' || event.kind === 'help';
}

function isReplyTo(event: InboundEvent, turn: OpenTurn): boolean {
  return event.kind === 'reply' && event.content.turnId === turn.id;
}
