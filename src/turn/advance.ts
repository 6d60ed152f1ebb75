import { type Ask, questionOf } from '../assistants-client/question.ts';
import type { Desk } from '../handoff/desk.ts';
import { handoffEffect } from '../handoff/handoff-effects.ts';
import { PUBLISH_TIME } from '../media/publish-media.ts';
import type { Line } from '../outbox/line.ts';
import { afterCall, afterMiss, type CallOutcome, lookAgain, withdrawCall } from '../outbox/message-steps.ts';
import type { Lease } from '../thread/change.ts';
import type { OpenTurn, ThreadState, Unsent } from '../thread/thread-state.ts';
import type { ThreadStore } from '../thread/thread-store.ts';
import { LOG_LAG } from '../twilio/carrier.ts';
import { decide } from './decide.ts';
import { type Announcement, CALL_WITHIN, type Permit, type Transition, type TurnSettings } from './step.ts';
import { awaitReply, failAttempt, withdrawAttempt } from './turn-steps.ts';

export type AdvanceParts = {
  store: ThreadStore;
  ask: Ask;
  line: Line;
  /** Asks Twilio what was not told of a Conversation, and stores it. */
  catchUp: (state: ThreadState) => Promise<void>;
  desks: { flex: Desk; studio: Desk };
  /** What a turn's assistant is to be told of a handoff before it. */
  meanwhile: (turnId: string) => Promise<string>;
  settings: TurnSettings;
  /** How long one call to Twilio may take, in milliseconds. */
  sendTimeout: number;
  announce: (threadKey: string, announcement: Announcement, now: Date) => void;
  wakeAt: (threadKey: string, time: Date) => void;
  now: () => Date;
  newId: () => string;
};

export type StopSignals = {
  /** Begin nothing new: finish the step in hand, then give the lease back. */
  soon: AbortSignal;
  /** Break off what the assistant is being asked. */
  now: AbortSignal;
};

/** What became of the lease with a step: still ours, given back (or the thread is at rest), or taken by somebody else. */
type After = 'ours' | 'over' | 'lost';

/**
 * Moves one thread forward, one durable step at a time, until nothing is left to do. Each step is at most one effect
 * outside, then one commit that records it, so a crash between any two lines repeats at most one step, and each step
 * is safe to repeat. Returns when the lease is given back or lost; throws when the store fails (the caller still
 * has the lease to give back then).
 */
export async function advance(parts: AdvanceParts, lease: Lease, stop: StopSignals): Promise<void> {
  const { store, settings, now, newId } = parts;
  let state = await store.load(lease.key);
  let permit: Permit | undefined;
  const handoffParts = {
    desks: parts.desks,
    settings: settings.handoff,
    timeout: parts.sendTimeout,
    now,
    newId,
  };

  async function write(transition: Transition, ifCurrent: boolean): Promise<After> {
    const then = decide(transition.next, now(), settings, newId, transition.permit);
    const release = then.kind === 'rest' ? { dueAt: then.until } : undefined;
    const { revision } = state.thread;
    const outcome = await store.commit({ lease, revision, change: transition.change, ifCurrent, release });
    if (outcome === 'stale') {
      // What has arrived may change the decision; an answer in hand stays in hand.
      state = await store.load(lease.key);
      return 'ours';
    }
    if (outcome === 'lost') return 'lost';
    for (const announcement of transition.announce) parts.announce(lease.key, announcement, now());
    state = transition.next;
    permit = transition.permit;
    if (outcome === 'released' && release?.dueAt) parts.wakeAt(lease.key, release.dueAt);
    return outcome === 'released' ? 'over' : 'ours';
  }

  async function rest(dueAt: Date | null): Promise<After> {
    const { revision } = state.thread;
    const outcome = await store.commit({ lease, revision, change: {}, ifCurrent: false, release: { dueAt } });
    if (outcome === 'lost') return 'lost';
    if (outcome === 'released') {
      if (dueAt) parts.wakeAt(lease.key, dueAt);
      return 'over';
    }
    state = await store.load(lease.key);
    return 'ours';
  }

  async function catchUp(): Promise<After> {
    await parts.catchUp(state);
    state = await store.load(lease.key);
    return 'ours';
  }

  async function askAssistant(turn: OpenTurn): Promise<After> {
    permit = undefined;
    const question = questionOf(state.thread, turn);
    if (state.past?.toldTurnId === turn.id) question.body = `${await parts.meanwhile(turn.id)}${question.body}`;
    const result = await parts.ask(question, stop.now);
    if (stop.now.aborted) return write(withdrawAttempt(state, turn), false);
    switch (result.kind) {
      case 'answer':
        permit = { kind: 'answer', turnId: turn.id, text: result.text, handoff: result.handoff };
        return 'ours';
      case 'accepted':
        return write(awaitReply(state, turn, now(), settings), false);
      case 'failed': {
        const failed = failAttempt(state, turn, result, now(), settings, newId);
        // Somebody else may have called a human meanwhile.
        return write(failed, failed.change.handoff !== undefined);
      }
      default:
        return result satisfies never;
    }
  }

  async function call(message: Unsent): Promise<After> {
    permit = undefined;
    if (now().getTime() - (message.attemptedAt as Date).getTime() > CALL_WITHIN) {
      return write(withdrawCall(state, message), false);
    }
    return noteCall(message, await parts.line.send(state, message));
  }

  async function noteCall(message: Unsent, outcome: CallOutcome): Promise<After> {
    const after = await write(afterCall(state, message, outcome, now()), false);
    if (after === 'lost' && outcome.kind === 'sent') await store.noteSent(lease.key, message.id, outcome.sid);
    return after;
  }

  async function reconcile(message: Unsent): Promise<After> {
    const callTime = parts.sendTimeout + (message.media?.length ? PUBLISH_TIME : 0);
    const provenAt = new Date((message.attemptedAt as Date).getTime() + CALL_WITHIN + callTime + LOG_LAG);
    // Read the time first: what the log shows is true of this moment or a later one.
    const lookedAt = now();
    let sid: string | undefined;
    try {
      sid = await parts.line.find(state, message);
    } catch {
      return write(lookAgain(state, message, now()), false);
    }
    if (sid) return noteCall(message, { kind: 'sent', sid, reconciled: true });
    return write(afterMiss(state, message, provenAt, lookedAt), false);
  }

  for (let after: After = 'ours'; after === 'ours'; ) {
    // An answer in hand is still stored, and a message that is recorded as leaving still leaves.
    if (stop.soon.aborted && (permit === undefined || permit.kind === 'ask')) return store.abandon([lease]);
    const step = decide(state, now(), settings, newId, permit);
    switch (step.kind) {
      case 'rest':
        after = await rest(step.until);
        break;
      case 'record':
        after = await write(step.transition, true);
        break;
      case 'ask':
        after = await askAssistant(step.turn);
        break;
      case 'call':
        after = await call(step.message);
        break;
      case 'reconcile':
        after = await reconcile(step.message);
        break;
      case 'catchUp':
        after = await catchUp();
        break;
      case 'begin':
      case 'find':
      case 'look':
      case 'close':
        permit = undefined;
        after = await write(await handoffEffect(handoffParts, state, step), false);
        break;
      default:
        step satisfies never;
    }
  }
}
