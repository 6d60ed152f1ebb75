import type { ThreadState } from '../thread/thread-state.ts';
import { isLater, type Permit, record, type Step } from '../turn/step.ts';
import type { Handoff, HandoffSettings } from './handoff.ts';
import { beginHandoff, callOff, deadlineOf, endHandoff, isOwnConversation, waitForOperator } from './handoff-steps.ts';

/** The next step of a handoff that is not over. Pure, as `decide` is. */
export function decideHandoff(
  state: ThreadState,
  handoff: Handoff,
  now: Date,
  settings: HandoffSettings,
  newId: () => string,
  permit: Permit | undefined,
): Step {
  const { place } = handoff;
  if (handoff.recalledAt && place.target === 'operator') {
    return record(endHandoff(state, handoff, 'recalled', now, settings, newId));
  }
  switch (handoff.state) {
    case 'requested':
      if (handoff.recalledAt) return record(endHandoff(state, handoff, 'recalled', now, settings, newId));
      if (place.target === 'operator') return record(waitForOperator(state, handoff, now, settings, newId));
      if (isLater(handoff.retryAt, now)) return { kind: 'rest', until: handoff.retryAt };
      if (handoff.attempts > 0 && now >= deadlineOf(handoff, settings)) {
        return record(endHandoff(state, handoff, 'failed', now, settings, newId));
      }
      return record(beginHandoff(state, handoff, now, settings, newId));
    case 'beginning':
      if (permit?.kind === 'begin' && permit.handoffId === handoff.id) return { kind: 'begin', handoff };
      if (isLater(handoff.retryAt, now)) return { kind: 'rest', until: handoff.retryAt };
      return { kind: 'find', handoff };
    case 'waiting':
    case 'human':
      return decideWatch(state, handoff, now, settings, newId);
    case 'ending':
      if (isLater(handoff.retryAt, now)) return { kind: 'rest', until: handoff.retryAt };
      return { kind: 'close', handoff };
    default:
      return handoff.state satisfies never;
  }
}

function decideWatch(
  state: ThreadState,
  handoff: Handoff,
  now: Date,
  settings: HandoffSettings,
  newId: () => string,
): Step {
  const deadline = handoff.state === 'waiting' ? deadlineOf(handoff, settings) : null;
  if (handoff.place.target === 'operator') {
    if (deadline && now >= deadline) return record(endHandoff(state, handoff, 'nobody', now, settings, newId));
    return { kind: 'rest', until: deadline };
  }
  if (handoff.recalledAt) return record(callOff(state, handoff, 'recalled'));
  const lookAt = earliest(handoff.checkAt, deadline);
  const isNews = handoff.signals > handoff.signalsSeen || hasEscaped(state, handoff);
  if (!isNews && isLater(lookAt, now)) return { kind: 'rest', until: lookAt };
  if (isLater(handoff.retryAt, now)) return { kind: 'rest', until: handoff.retryAt };
  return { kind: 'look', handoff };
}

/**
 * While Flex has a phone's thread, its Conversation catches what the customer sends. A message that reaches us past it
 * shows that the Conversation may be over, unless it was looked at since.
 */
export function hasEscaped(state: ThreadState, handoff: Handoff): boolean {
  if (!isOwnConversation(state, handoff) || !handoff.refs.conversationSid) return false;
  return state.pending.some(
    (event) =>
      event.kind === 'message' &&
      !event.content.sid.startsWith('IM') &&
      !(handoff.lookedAt && handoff.lookedAt >= event.receivedAt),
  );
}

export function earliest(one: Date | null, other: Date | null): Date | null {
  if (!one || !other) return one ?? other;
  return one < other ? one : other;
}
