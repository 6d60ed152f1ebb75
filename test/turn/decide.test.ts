import { describe, expect, test } from 'vitest';
import { type Handoff, newHandoff, type PastHandoff } from '../../src/handoff/handoff.ts';
import type {
  InboundEvent,
  MessageEvent,
  OpenTurn,
  Thread,
  ThreadState,
  Unsent,
} from '../../src/thread/thread-state.ts';
import { decide } from '../../src/turn/decide.ts';
import type { Permit, Step, TurnSettings } from '../../src/turn/step.ts';

const START = Date.parse('2026-03-01T12:00:00Z');
const settings: TurnSettings = {
  sessionIdle: 4 * 3_600_000,
  debounce: 0,
  timeout: 60_000,
  attempts: 3,
  apologyText: 'Sorry.',
  handoff: {
    keywords: ['agent'],
    onFailure: true,
    timeout: 600_000,
    flex: undefined,
    studioFlowSid: undefined,
    requestedText: 'One moment.',
    nobodyText: 'Nobody is here.',
    returnText: '',
  },
};

const inMs = (ms: number) => new Date(START + ms);

const thread: Thread = {
  key: 'sms:+1:+2',
  accountSid: 'AC1',
  channel: 'sms',
  ours: '+1',
  theirs: '+2',
  identity: 'phone:+2',
  messagingServiceSid: null,
  assistantId: null,
  publicUrl: null,
  handling: 'assistant',
  optedOut: false,
  sessionId: 'messaging__+1/s',
  sessionActiveAt: inMs(-1_000),
  heardAt: inMs(-1_000),
  revision: 1,
};

function said(id: number, body: string, kind: 'message' | 'opt_out' | 'opt_in' | 'help' = 'message'): InboundEvent {
  const time = inMs(-1_000 + id);
  const content = { sid: `SM${id}`, body, media: [], fields: {} };
  return { id, kind, occurredAt: time, receivedAt: time, source: 'webhook', content };
}

/** An agent in Flex had the thread from before the first event until the 500th, and came at the 100th. */
const past: PastHandoff = {
  id: 'past',
  target: 'flex',
  requestedAt: inMs(-1_000),
  answeredAt: inMs(-900),
  heardUntil: inMs(-500),
  toldTurnId: 'earlier',
};

function heardLate(id: number, more: { author?: string; body?: string } = {}): InboundEvent {
  const event = said(id, 'Hello') as MessageEvent;
  return { ...event, source: 'backfill', content: { ...event.content, ...more } };
}

/** An agent in Flex has the thread, and was last seen to have it at the 500th event. */
function withAgent(handoff: Partial<Handoff> = {}): State {
  const place = { target: 'flex', workspaceSid: 'WS', workflowSid: 'WW' } as const;
  const fresh = newHandoff(
    thread.key,
    { place, requestedBy: 'customer', reason: null, summary: null },
    'h',
    inMs(-1_000),
  );
  const refs = { ...fresh.refs, conversationSid: 'CH1' };
  const times = { lookedAt: inMs(-500), checkAt: inMs(60_000) };
  return { thread: human, handoff: { ...fresh, ...times, state: 'human', refs, ...handoff } };
}

function replied(id: number, turnId: string, status: 'success' | 'failed' = 'success', body = 'Later.'): InboundEvent {
  const content = { turnId, status, body };
  return { id, kind: 'reply', occurredAt: inMs(0), receivedAt: inMs(0), source: 'callback', content };
}

function turnOf(turn: Partial<OpenTurn> = {}): OpenTurn {
  return {
    id: 'turn',
    state: 'asking',
    sessionId: 'messaging__+1/s',
    assistantId: null,
    attempts: 1,
    retryAt: null,
    openedAt: inMs(-500),
    events: [said(1, 'Hello')],
    ...turn,
  };
}

function unsent(id: string, message: Partial<Unsent> = {}): Unsent {
  return {
    id,
    turnId: 'earlier',
    purpose: 'answer',
    body: `${id}.`,
    status: 'queued',
    attempts: 0,
    attemptedAt: null,
    retryAt: null,
    createdAt: inMs(-100),
    ...message,
  };
}

type State = { thread?: Partial<Thread> } & Partial<Omit<ThreadState, 'thread'>>;

function decideFor({ thread: its, ...state }: State, permit?: Permit, given: Partial<TurnSettings> = {}): Step {
  let ids = 0;
  const whole = {
    turn: undefined,
    pending: [],
    unsent: [],
    retry: undefined,
    handoff: undefined,
    past: undefined,
    ...state,
    thread: { ...thread, ...its },
  };
  return decide(whole, inMs(0), { ...settings, ...given }, () => `new-${++ids}`, permit);
}

/** A step in one line: what it does, and what it puts on record. */
function inWords(step: Step): string {
  switch (step.kind) {
    case 'rest':
      return step.until ? `rest for ${step.until.getTime() - START} ms` : 'rest';
    case 'ask':
      return `ask for ${step.turn.id}`;
    case 'call':
    case 'reconcile':
      return `${step.kind} ${step.message.id}`;
    case 'catchUp':
      return 'catch up';
    case 'begin':
    case 'find':
    case 'look':
    case 'close':
      return `${step.kind} ${step.handoff.id}`;
    case 'record': {
      const { change, permit } = step.transition;
      const { turn, add, outbound, consent, handling } = change;
      return [
        turn && `${turn.id} ${turn.state}${turn.reason ? ` (${turn.reason})` : ''}, attempt ${turn.attempts}`,
        turn && `events ${turn.eventIds.join(' ')}`,
        turn?.retryAt && `again after ${Math.round((turn.retryAt.getTime() - START) / 1_000)} s`,
        add && add.length > 0 && `new: ${add.map(({ purpose, status }) => `${purpose} ${status}`).join(', ')}`,
        outbound?.map(({ id, status }) => `${id} ${status}`).join(', '),
        consent && `opted ${consent.optedOut ? 'out' : 'in'}`,
        handling === 'requested' && 'calls a human',
        permit && `then ${permit.kind}`,
      ]
        .filter((words) => words)
        .join('; ');
    }
    default:
      return step satisfies never;
  }
}

const human = { handling: 'human' } as const;
const optedOut = { optedOut: true } as const;

type Row = [when: string, state: State, does: string, permit?: Permit, settings?: Partial<TurnSettings>];

function table(rows: Row[]): void {
  test.each(rows)('%s', (_, state, does, permit, given) => {
    expect(inWords(decideFor(state, permit, given))).toBe(does);
  });
}

describe('What a customer says', () => {
  table([
    ['nothing', {}, 'rest'],
    ['a question opens a turn', { pending: [said(1, 'Hello')] }, 'new-1 asking, attempt 1; events 1; then ask'],
    [
      'a burst opens one turn',
      { pending: [said(1, 'Hello'), said(2, 'Hours?')] },
      'new-1 asking, attempt 1; events 1 2; then ask',
    ],
    ['more words may follow', { pending: [said(900, 'Hello')] }, 'rest for 400 ms', undefined, { debounce: 500 }],
    [
      'who never stops talking is answered all the same',
      { pending: [said(1, 'Hello'), said(999, 'and')] },
      'new-1 asking, attempt 1; events 1 999; then ask',
      undefined,
      { debounce: 190 },
    ],
    [
      'a stop word silences what was said before it',
      { pending: [said(1, 'Hello'), said(2, 'STOP', 'opt_out'), said(3, 'Hi')] },
      'new-1 silent (opt_out), attempt 0; events 1 2',
    ],
    [
      'what was said before a word of consent other than stop is answered first',
      { pending: [said(1, 'Hello'), said(2, 'START', 'opt_in'), said(3, 'Hi')] },
      'new-1 asking, attempt 1; events 1; then ask',
    ],
    ['START is no question', { pending: [said(1, 'START', 'opt_in')] }, 'new-1 silent (opt_in), attempt 0; events 1'],
    ['HELP is no question', { pending: [said(1, 'HELP', 'help')] }, 'new-1 silent (help), attempt 0; events 1'],
    ['YES is a question to who is in', { pending: [said(1, 'YES')] }, 'new-1 asking, attempt 1; events 1; then ask'],
    [
      'YES is START to who is out',
      { thread: optedOut, pending: [said(1, ' yes '), said(2, 'Hi')] },
      'new-1 silent (opt_in), attempt 0; events 1; opted in',
    ],
    [
      'YES is no START on WhatsApp',
      { thread: { ...optedOut, channel: 'whatsapp' }, pending: [said(1, 'YES')] },
      'new-1 silent (opted_out), attempt 0; events 1',
    ],
    [
      'who is out gets no answer',
      { thread: optedOut, pending: [said(1, 'Hello')] },
      'new-1 silent (opted_out), attempt 0; events 1',
    ],
    [
      'a human answers, at once and without waiting for more words',
      { thread: human, pending: [said(999, 'Hello')] },
      'new-1 silent (human), attempt 0; events 999',
      undefined,
      { debounce: 500 },
    ],
    [
      'a human is on the way',
      { thread: { handling: 'requested' }, pending: [said(1, 'Hello')] },
      'new-1 silent (human), attempt 0; events 1',
    ],
    [
      'an answer that comes after its turn',
      { pending: [replied(1, 'past'), said(2, 'Hello')] },
      'new-1 silent (late_reply), attempt 0; events 1',
    ],
    [
      'heard of late, it was said to the agent in Flex’s own Conversation',
      { past, pending: [heardLate(1, { author: '+2' })] },
      'new-1 silent (human), attempt 0; events 1',
    ],
    [
      'said there once the agent had gone',
      { past, pending: [heardLate(900, { author: '+2' })] },
      'new-1 asking, attempt 1; events 900; then ask',
    ],
    [
      'heard of late, an agent said it',
      { past, pending: [heardLate(900, { author: 'robin' })] },
      'new-1 silent (human), attempt 0; events 900',
    ],
    [
      'heard of late, it had reached the number meanwhile: no agent saw it',
      { past, pending: [heardLate(1)] },
      'new-1 asking, attempt 1; events 1; then ask',
    ],
    [
      'heard of late, a call for a human to which one has come and gone',
      { past, pending: [heardLate(50, { body: 'Agent!' }), said(900, 'Hello')] },
      'new-1 silent (handoff), attempt 0; events 50',
    ],
    [
      'heard of late, a call for a human that was made before one to which nobody came',
      { past: { ...past, requestedAt: inMs(-940), answeredAt: null }, pending: [heardLate(50, { body: 'agent' })] },
      'new-1 silent (handoff), attempt 0; events 50',
    ],
    [
      'a call for a human once the last one has gone is a new one',
      { past, pending: [heardLate(900, { body: 'agent' })] },
      'new-1 silent (handoff), attempt 0; events 900; calls a human',
    ],
    [
      'it reaches the number though Flex’s own Conversation is there to catch it: Flex is asked who has the thread',
      { ...withAgent(), pending: [said(900, 'Hello')] },
      'look h',
    ],
    [
      'who has the thread cannot be asked: it waits for that',
      { ...withAgent({ retryAt: inMs(700) }), pending: [said(900, 'Hello')] },
      'rest for 700 ms',
    ],
    [
      'an agent was seen to have the thread after it came',
      { ...withAgent(), pending: [said(500, 'Hello')] },
      'new-1 silent (human), attempt 0; events 500',
    ],
  ]);
});

describe('A turn under way', () => {
  const words = 'turn asking, attempt 2; events 1; then ask';
  table([
    ['the attempt is on record: ask', { turn: turnOf() }, 'ask for turn', { kind: 'ask', turnId: 'turn' }],
    ['the attempt was made by who died: once more', { turn: turnOf() }, words],
    ['the permit is for another turn', { turn: turnOf() }, words, { kind: 'ask', turnId: 'another' }],
    [
      'it died in every attempt',
      { turn: turnOf({ attempts: 3 }) },
      'turn failed (The process stopped in the middle of the last attempt.), attempt 3; events 1; new: apology queued',
    ],
    ['it waits for its next attempt', { turn: turnOf({ retryAt: inMs(700) }) }, 'rest for 700 ms'],
    ['the time of the next attempt has come', { turn: turnOf({ retryAt: inMs(0) }) }, words],
    [
      'new questions wait for it',
      { turn: turnOf({ retryAt: inMs(700) }), pending: [said(2, 'Hi')] },
      'rest for 700 ms',
    ],
    [
      'an answer in hand is stored, its first part on its way',
      { turn: turnOf() },
      'turn answered, attempt 1; events 1; new: answer sending, answer queued; then call',
      { kind: 'answer', turnId: 'turn', text: `${'a'.repeat(1_000)}\n\n${'b'.repeat(1_000)}`, handoff: undefined },
    ],
    [
      'an answer of which nothing can be shown is none',
      { turn: turnOf() },
      'turn asking (The assistant answered with no text.), attempt 1; events 1; again after 1 s',
      { kind: 'answer', turnId: 'turn', text: '---', handoff: undefined },
    ],
    [
      'an answer in hand that nobody wants any more',
      { turn: turnOf(), thread: human },
      'turn dropped (human), attempt 1; events 1',
      { kind: 'answer', turnId: 'turn', text: 'Here I am.', handoff: undefined },
    ],
    [
      'the customer is out meanwhile',
      { turn: turnOf({ retryAt: inMs(700) }), thread: optedOut },
      'turn dropped (opted_out), attempt 1; events 1',
    ],
    [
      'the reply that it waits for has come',
      { turn: turnOf({ state: 'waiting', retryAt: inMs(700) }), pending: [said(2, 'Hi'), replied(3, 'turn')] },
      'turn answered, attempt 1; events 1 3; new: answer sending; then call',
    ],
    [
      'the reply says that the assistant failed',
      { turn: turnOf({ state: 'waiting', retryAt: inMs(700) }), pending: [replied(2, 'turn', 'failed')] },
      'turn asking (The assistant reported a failure.), attempt 1; events 1 2; again after 1 s',
    ],
    [
      'the reply is blank, for the last time',
      {
        turn: turnOf({ state: 'waiting', attempts: 3, retryAt: inMs(700) }),
        pending: [replied(2, 'turn', 'success', ' ')],
      },
      'turn failed (The assistant answered with no text.), attempt 3; events 1 2; new: apology queued',
    ],
    [
      'the reply of another turn is not its own',
      { turn: turnOf({ state: 'waiting', retryAt: inMs(700) }), pending: [replied(2, 'past')] },
      'rest for 700 ms',
    ],
    [
      'the reply has not come in time',
      { turn: turnOf({ state: 'waiting', retryAt: inMs(0) }) },
      'turn asking (The assistant did not deliver its answer in time.), attempt 1; events 1; again after 1 s',
    ],
    [
      'without an apology text there is no apology',
      { turn: turnOf({ attempts: 3 }) },
      'turn failed (The process stopped in the middle of the last attempt.), attempt 3; events 1',
      undefined,
      { apologyText: '' },
    ],
  ]);
});

describe('Messages that have not left', () => {
  const sending = { status: 'sending', attempts: 1, attemptedAt: inMs(-50) } as const;
  table([
    ['the next one is put on its way', { unsent: [unsent('a'), unsent('b')] }, 'a sending; then call'],
    [
      'they leave before anything new is looked at',
      { unsent: [unsent('a')], pending: [said(1, 'Hello')], turn: turnOf() },
      'a sending; then call',
    ],
    ['it is on record: call', { unsent: [unsent('a', sending)] }, 'call a', { kind: 'call', messageId: 'a' }],
    ['on its way when somebody died: reconcile', { unsent: [unsent('a', sending)] }, 'reconcile a'],
    [
      'the permit is for another message',
      { unsent: [unsent('a', sending)] },
      'reconcile a',
      { kind: 'call', messageId: 'b' },
    ],
    [
      'Twilio’s log is looked at later',
      { unsent: [unsent('a', { ...sending, retryAt: inMs(900) })] },
      'rest for 900 ms',
    ],
    ['Twilio was busy', { unsent: [unsent('a', { retryAt: inMs(900) }), unsent('b')] }, 'rest for 900 ms'],
    ['a human has taken over', { thread: human, unsent: [unsent('a'), unsent('b')] }, 'a dropped, b dropped'],
    ['the customer is out', { thread: optedOut, unsent: [unsent('a', { retryAt: inMs(900) })] }, 'a dropped'],
    [
      'a human has taken over while one is in doubt: that is settled first',
      { thread: human, unsent: [unsent('a', sending), unsent('b')] },
      'reconcile a',
    ],
    [
      'the words that go with a handoff leave all the same',
      { thread: { handling: 'requested' }, unsent: [unsent('a', { purpose: 'notice' })] },
      'a sending; then call',
    ],
    [
      'but not to who is out',
      { thread: { ...optedOut, handling: 'requested' }, unsent: [unsent('a', { purpose: 'notice' })] },
      'a dropped',
    ],
  ]);
});

describe('A failed turn that an operator wants tried again', () => {
  const { state: _, ...retry } = turnOf({ attempts: 0 });
  table([
    ['is tried when nothing else is left', { retry }, 'turn asking, attempt 1; events 1; then ask'],
    ['waits for new questions', { retry, pending: [said(2, 'Hi')] }, 'new-1 asking, attempt 1; events 2; then ask'],
    ['is dropped when a human has the thread', { retry, thread: human }, 'turn dropped (human), attempt 0; events 1'],
  ]);
});

describe('The session of a new turn', () => {
  const sessionOf = (its: Partial<Thread>) => {
    const step = decideFor({ thread: its, pending: [said(1, 'Hello')] });
    return step.kind === 'record' ? step.transition.change.session : undefined;
  };
  const spokenAt = inMs(-999);

  test('goes on while the customer is not idle for long', () => {
    const sessionActiveAt = new Date(spokenAt.getTime() - settings.sessionIdle + 1);
    expect(sessionOf({ sessionActiveAt })).toEqual({ id: 'messaging__+1/s', activeAt: spokenAt });
  });

  test('is new once they were', () => {
    const sessionActiveAt = new Date(spokenAt.getTime() - settings.sessionIdle);
    expect(sessionOf({ sessionActiveAt })).toEqual({ id: 'messaging__+1/new-1', activeAt: spokenAt });
  });

  test('is new to who never wrote before', () => {
    expect(sessionOf({ sessionId: null, sessionActiveAt: null })?.id).toBe('messaging__+1/new-1');
  });

  test('is not made older by words that were found late', () => {
    expect(sessionOf({ sessionActiveAt: inMs(-10) })).toEqual({ id: 'messaging__+1/s', activeAt: inMs(-10) });
  });
});
