import { CALL, type Command, type Fate, goodFate } from './commands.ts';

const good = (effects: number): Fate[] => Array.from({ length: effects }, () => goodFate);
const work = (process: number, ...fates: Fate[]): Command => ({ do: 'work', process, fates });
const text = (thread: number): Command => ({ do: 'text', thread, times: 1 });
const fate = (given: Partial<Fate>): Fate => ({ ...goodFate, ...given });

/** Claim, load, open the turn, ask, conclude it: the next effect is the call to Twilio. */
const UNTIL_CALL = 5;

/** What the campaign found once, smallest form, so that every run tries it again. */
export const found: [what: string, commands: Command[]][] = [
  [
    'a message becomes too old while a call for it is on its way',
    [
      text(0),
      work(1, ...good(UNTIL_CALL)),
      text(0),
      { do: 'time passes', ms: 3_600_000 },
      work(0, ...good(3)),
      { do: 'time passes', ms: 3 * 3_600_000 - 20 },
      work(0, ...good(2)),
      { do: 'time passes', ms: 20 },
      work(1, ...good(9)),
    ],
  ],
  [
    'a zombie notes its SID while another process looks for it in Twilio’s log',
    [text(0), work(0, ...good(UNTIL_CALL + 1)), { do: 'time passes', ms: 60_000 }, work(1, ...good(2))],
  ],
  [
    'Twilio says “opted out” to one thread while another of the same service is about to answer',
    [text(0), text(1), work(0, ...good(4), fate({ pick: 1 }), fate({ pick: 3, send: 'is opted out' }), goodFate)],
  ],
  [
    'START comes while “opted out” is on its way back from Twilio',
    [
      text(0),
      work(0, ...good(UNTIL_CALL), fate({ send: 'is opted out', passage: 'held' })),
      { do: 'time passes', ms: 500 },
      { do: 'word', thread: 0, word: 'START' },
    ],
  ],
  [
    'a failed turn is tried again, and the store breaks before the answer is stored',
    [
      text(0),
      work(0, ...good(3), fate({ ask: 'refuses' }), ...good(4)),
      { do: 'retry failed turn', which: 0 },
      work(0, ...good(4), fate({ passage: 'breaks before' })),
      { do: 'sweep', process: 0 },
    ],
  ],
  [
    'the assistant answers with a line across the page, of which a text message shows nothing',
    [text(0), work(0, ...good(3), fate({ ask: 'answers nothing' }))],
  ],
  [
    'a zombie asks Flex for an agent after another process has done so',
    [
      { do: 'word', thread: 0, word: CALL },
      work(0, ...good(3), fate({ passage: 'held' })),
      { do: 'time passes', ms: 60_000 },
      work(1, ...good(9)),
      work(0, ...good(2)),
    ],
  ],
  [
    'Flex takes the thread, and the process dies before it hears of it',
    [
      { do: 'word', thread: 0, word: CALL },
      work(0, ...good(4), fate({ passage: 'dies after', lag: 3_000 })),
      { do: 'sweep', process: 1 },
      work(1, ...good(9)),
    ],
  ],
];
