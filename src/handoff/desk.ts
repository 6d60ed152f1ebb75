import type { Thread } from '../thread/thread-state.ts';
import { failedCall } from '../twilio/clients.ts';
import type { Handoff, HandoffRefs } from './handoff.ts';
import type { BeginOutcome, Standing } from './handoff-steps.ts';

/** A handoff and the thread that it is about. */
export type Case = { thread: Thread; handoff: Handoff };

/** Where humans take threads over. What cannot be read there is thrown. */
export type Desk = {
  /** Never throws: what became of it is in the outcome. */
  begin(one: Case): Promise<BeginOutcome>;
  /** What an attempt to begin has left there, if anything. */
  find(one: Case): Promise<Partial<HandoffRefs> | undefined>;
  look(one: Case): Promise<Standing>;
  /** Ends it there; may be done again, and is until it is `closed`. */
  close(one: Case): Promise<CloseOutcome>;
};

export type CloseOutcome =
  | { kind: 'closed' }
  /** It was to end because nobody came; somebody has come at the last moment, and is left alone. */
  | { kind: 'come'; standing: Standing }
  /** Closed, but what was said last may not be listed before this time, in milliseconds, has gone by. */
  | { kind: 'unlisted'; forMs: number };

/** What came of asking to begin, told by the error that the call threw. Twilio's own words may name the customer. */
export function beginFailure(who: string, error: unknown): BeginOutcome {
  const failed = failedCall(error);
  if (failed.kind === 'later' || failed.kind === 'unknown') return failed;
  const { status, code } = error as { status?: number; code?: number };
  return { kind: 'refused', error: `${who} refused to take the thread (HTTP ${status}, code ${code ?? 'none'}).` };
}
