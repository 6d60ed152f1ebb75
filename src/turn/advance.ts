import { type Ask, questionOf } from '../assistants-client/question.ts';
import { findSent } from '../outbox/find-sent.ts';
import { afterCall, afterMiss, type CallOutcome, lookAgain, withdrawCall } from '../outbox/message-steps.ts';
import type { Lease } from '../thread/change.ts';
import type { OpenTurn, Unsent } from '../thread/thread-state.ts';
import type { ThreadStore } from '../thread/thread-store.ts';
import { type Carrier, LOG_LAG } from '../twilio/carrier.ts';
import { decide } from './decide.ts';
import type { Announcement, Permit, Transition, TurnSettings } from './step.ts';
import { awaitReply, failAttempt, withdrawAttempt } from './turn-steps.ts';

export type AdvanceParts = {
  store: ThreadStore;
  ask: Ask;
  carrier: Carrier;
  settings: TurnSettings;
  /** How long one call to Twilio may take, in milliseconds. */
  sendTimeout: number;
  /** The URL for delivery receipts of a message, if Tandem can be reached. */
  statusCallback: (thread: { publicUrl: string | null }, messageId: string) => string | undefined;
  announce: (threadKey: string, announcement: Announcement, now: Date) => void;
  wakeAt: (threadKey: string, time: Date) => void;
  now: () => Date;
  newId: () => string;
};

/** A call that was not made this soon after it was recorded is not made at all: somebody may be reconciling it. */
const CALL_WITHIN = 2_000;

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

  async function askAssistant(turn: OpenTurn): Promise<After> {
    permit = undefined;
    const result = await parts.ask(questionOf(state.thread, turn), stop.now);
    if (stop.now.aborted) return write(withdrawAttempt(state, turn), false);
    switch (result.kind) {
      case 'answer':
        permit = { kind: 'answer', turnId: turn.id, text: result.text };
        return 'ours';
      case 'accepted':
        return write(awaitReply(state, turn, now(), settings), false);
      case 'failed':
        return write(failAttempt(state, turn, result, now(), settings, newId), false);
      default:
        return result satisfies never;
    }
  }

  async function call(message: Unsent): Promise<After> {
    permit = undefined;
    if (now().getTime() - (message.attemptedAt as Date).getTime() > CALL_WITHIN) {
      return write(withdrawCall(state, message), false);
    }
    const { accountSid, ours, theirs } = state.thread;
    const outcome = await parts.carrier.send({
      accountSid,
      from: ours,
      to: theirs,
      body: message.body,
      statusCallback: parts.statusCallback(state.thread, message.id),
    });
    return noteCall(message, outcome);
  }

  async function noteCall(message: Unsent, outcome: CallOutcome): Promise<After> {
    const after = await write(afterCall(state, message, outcome, now()), false);
    if (after === 'lost' && outcome.kind === 'sent') await store.noteSent(lease.key, message.id, outcome.sid);
    return after;
  }

  async function reconcile(message: Unsent): Promise<After> {
    const provenAt = new Date((message.attemptedAt as Date).getTime() + CALL_WITHIN + parts.sendTimeout + LOG_LAG);
    // Read the time first: what the log shows is true of this moment or a later one.
    const lookedAt = now();
    let sid: string | undefined;
    try {
      sid = await findSent(parts, state.thread, message);
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
      default:
        step satisfies never;
    }
  }
}
