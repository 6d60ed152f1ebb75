import type { Thread } from '../thread/thread-state.ts';
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
  /** Ends it there. May be done again. */
  close(one: Case): Promise<void>;
};
