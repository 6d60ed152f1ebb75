import fc from 'fast-check';
import type { Handling } from '../../src/thread/thread-state.ts';

/**
 * How an effect of a process (a statement, a question to the assistant, a call to Twilio) goes. `held` stops the
 * process right after it: the effect has happened, and the process hears of it when it is next let on.
 */
const passages = ['flows', 'held', 'dies before', 'dies after', 'breaks before', 'breaks after'] as const;
const asks = [
  'answers',
  'answers in parts',
  'answers alike',
  'answers nothing',
  'hands over',
  'defers',
  'fails',
  'refuses',
] as const;
const sends = ['takes', 'is busy', 'is busy for long', 'is opted out', 'refuses'] as const;
const receipts = ['queued', 'sent', 'delivered', 'read', 'undelivered', 'failed'] as const;

/** The words that call a human. */
export const CALL = 'Agent!';

/** What becomes of the next effect of a process. */
export type Fate = {
  /** Which of the effects that the process is about to make. */
  pick: number;
  passage: (typeof passages)[number];
  ask: (typeof asks)[number];
  send: (typeof sends)[number];
  /** How long Twilio's log does not show the message, in milliseconds. */
  lag: number;
};

/** `which` and `process` count round whatever there is. */
export type Command =
  | { do: 'text'; thread: number; times: number }
  | { do: 'word'; thread: number; word: 'STOP' | 'START' | 'HELP' | 'YES' | typeof CALL }
  | { do: 'repeat'; which: number }
  | { do: 'text found late'; thread: number; secondsAgo: number }
  /** By a tool, or by an operator who takes the thread or gives it back. */
  | { do: 'hand over'; thread: number; to: Handling }
  | { do: 'operator says'; thread: number }
  /** An agent's doing, of which we may be told at once, twice, or never. */
  | { do: 'agent'; which: number; act: 'accepts' | 'lets go' | 'refuses'; told: number }
  | { do: 'tell again'; which: number }
  | { do: 'retry failed turn'; which: number }
  | { do: 'receipt'; which: number; status: (typeof receipts)[number]; bySidOnly: boolean }
  | { do: 'reply'; which: number; content: 'success' | 'failed' | 'blank' }
  | { do: 'work'; process: number; fates: Fate[] }
  | { do: 'look'; process: number }
  | { do: 'sweep'; process: number }
  | { do: 'renew'; process: number }
  | { do: 'kill'; process: number; lockLingers: boolean }
  | { do: 'stop'; process: number; breakOff: boolean }
  | { do: 'time passes'; ms: number };

/** What happens when nothing goes wrong. */
export const goodFate: Fate = { pick: 0, passage: 'flows', ask: 'answers', send: 'takes', lag: 0 };

const fate: fc.Arbitrary<Fate> = fc.record({
  pick: fc.nat(3),
  passage: mostly('flows', 30, passages),
  ask: mostly('answers', 2, asks),
  send: mostly('takes', 6, sends),
  lag: fc.constantFrom(0, 1_000, 3_000),
});

const thread = fc.nat(3);
const process = fc.nat(2);
const which = fc.nat(50);

const time = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 300 }) },
  { weight: 4, arbitrary: fc.integer({ min: 500, max: 5_000 }) },
  { weight: 3, arbitrary: fc.integer({ min: 5_000, max: 40_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 60_000, max: 600_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 3_600_000, max: 20_000_000 }) },
);

export const command: fc.Arbitrary<Command> = fc.oneof(
  weighted(7, { do: fc.constant('text' as const), thread, times: mostly(1, 4, [1, 2, 4]) }),
  weighted(2, {
    do: fc.constant('word' as const),
    thread,
    word: fc.constantFrom('STOP', 'START', 'HELP', 'YES', CALL),
  }),
  weighted(1, { do: fc.constant('repeat' as const), which }),
  weighted(1, { do: fc.constant('text found late' as const), thread, secondsAgo: fc.nat(600) }),
  weighted(2, {
    do: fc.constant('hand over' as const),
    thread,
    to: fc.constantFrom('assistant', 'requested', 'human'),
  }),
  weighted(1, { do: fc.constant('operator says' as const), thread }),
  weighted(3, {
    do: fc.constant('agent' as const),
    which,
    act: fc.constantFrom('accepts', 'lets go', 'refuses'),
    told: fc.nat(2),
  }),
  weighted(1, { do: fc.constant('tell again' as const), which }),
  weighted(2, { do: fc.constant('retry failed turn' as const), which }),
  weighted(3, {
    do: fc.constant('receipt' as const),
    which,
    status: fc.constantFrom(...receipts),
    bySidOnly: fc.boolean(),
  }),
  weighted(2, {
    do: fc.constant('reply' as const),
    which,
    content: mostly('success', 3, ['failed', 'blank'] as const),
  }),
  weighted(20, {
    do: fc.constant('work' as const),
    process,
    fates: fc.array(fate, { minLength: 1, maxLength: 10, size: 'max' }),
  }),
  weighted(2, { do: fc.constant('look' as const), process }),
  weighted(1, { do: fc.constant('sweep' as const), process }),
  weighted(1, { do: fc.constant('renew' as const), process }),
  weighted(1, { do: fc.constant('kill' as const), process, lockLingers: fc.boolean() }),
  weighted(1, { do: fc.constant('stop' as const), process, breakOff: fc.boolean() }),
  weighted(6, { do: fc.constant('time passes' as const), ms: time }),
);

function weighted<Shape>(weight: number, shape: { [Key in keyof Shape]: fc.Arbitrary<Shape[Key]> }) {
  return { weight, arbitrary: fc.record(shape) };
}

function mostly<Value>(usual: Value, weight: number, all: readonly Value[]): fc.Arbitrary<Value> {
  return fc.oneof({ weight, arbitrary: fc.constant(usual) }, { weight: 5, arbitrary: fc.constantFrom(...all) });
}
