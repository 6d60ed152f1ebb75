import type { ThreadState } from '../thread/thread-state.ts';
import { CALL_WITHIN, type Step, type Transition } from '../turn/step.ts';
import { LOG_LAG } from '../twilio/carrier.ts';
import type { Desk } from './desk.ts';
import type { Handoff, HandoffSettings } from './handoff.ts';
import {
  afterBegin,
  afterLook,
  afterNotFound,
  askTargetAgain,
  awaitList,
  endHandoff,
  tellTargetAgain,
  withdrawBegin,
} from './handoff-steps.ts';

export type HandoffParts = {
  /** Where humans sit, other than in the console. */
  desks: { flex: Desk; studio: Desk };
  settings: HandoffSettings;
  /** How long one call to Twilio may take, in milliseconds. */
  timeout: number;
  now: () => Date;
  newId: () => string;
};

/** Makes one effect of a handoff, and answers what is to be recorded of it. Never throws. */
export async function handoffEffect(
  parts: HandoffParts,
  state: ThreadState,
  step: Extract<Step, { handoff: Handoff }>,
): Promise<Transition> {
  const { settings, now, newId } = parts;
  const { handoff } = step;
  const { target } = handoff.place;
  if (target === 'operator') throw new Error('Operators are not asked: they look into the console.');
  const desk = parts.desks[target];
  const one = { thread: state.thread, handoff };
  switch (step.kind) {
    case 'begin': {
      if (now().getTime() - (handoff.attemptedAt as Date).getTime() > CALL_WITHIN) return withdrawBegin(state, handoff);
      return afterBegin(state, handoff, await desk.begin(one), now(), settings, newId);
    }
    case 'find': {
      const provenAt = new Date((handoff.attemptedAt as Date).getTime() + CALL_WITHIN + parts.timeout + LOG_LAG);
      // Read the time first: what the target shows is true of this moment or a later one.
      const lookedAt = now();
      try {
        const refs = await desk.find(one);
        if (!refs) return afterNotFound(state, handoff, provenAt, lookedAt);
        return afterBegin(state, handoff, { kind: 'begun', refs }, now(), settings, newId);
      } catch (error) {
        return askTargetAgain(state, handoff, (error as Error).message, now());
      }
    }
    case 'look': {
      const lookedAt = now();
      try {
        return afterLook(state, handoff, await desk.look(one), lookedAt, settings, newId);
      } catch (error) {
        return askTargetAgain(state, handoff, (error as Error).message, now());
      }
    }
    case 'close': {
      const lookedAt = now();
      try {
        const outcome = await desk.close(one);
        switch (outcome.kind) {
          case 'closed':
            return endHandoff(state, handoff, handoff.outcome ?? 'recalled', now(), settings, newId);
          case 'come': {
            const waiting: Handoff = { ...handoff, state: 'waiting', outcome: null };
            return afterLook(state, waiting, outcome.standing, lookedAt, settings, newId);
          }
          case 'unlisted':
            return awaitList(state, handoff, new Date(now().getTime() + outcome.forMs));
          default:
            return outcome satisfies never;
        }
      } catch (error) {
        return tellTargetAgain(state, handoff, (error as Error).message, now());
      }
    }
    default:
      return step.kind satisfies never;
  }
}
