import { describe, expect, test } from 'vitest';
import { decideHandoff } from '../../src/handoff/decide-handoff.ts';
import type { Desk } from '../../src/handoff/desk.ts';
import { type Handoff, type HandoffSettings, isCallForHuman, newHandoff, placeFor } from '../../src/handoff/handoff.ts';
import { handoffEffect } from '../../src/handoff/handoff-effects.ts';
import { withdrawBegin } from '../../src/handoff/handoff-steps.ts';
import { briefing } from '../../src/handoff/meanwhile.ts';
import { taskAttributes } from '../../src/handoff/task-attributes.ts';
import { keyOfSession } from '../../src/handoff/tool-routes.ts';
import type { MessageEvent, Thread, ThreadState } from '../../src/thread/thread-state.ts';
import type { Permit } from '../../src/turn/step.ts';

const START = Date.parse('2026-03-01T12:00:00Z');
const inMs = (ms: number) => new Date(START + ms);

describe('Words that call a human', () => {
  const keywords = ['agent', 'real person', 'человек'];
  test.each(['agent', ' Agent! ', 'AGENT', '"agent".', 'Real  person?', 'real-person', 'ЧЕЛОВЕК!'])('%s', (body) => {
    expect(isCallForHuman(body, keywords)).toBe(true);
  });
  test.each(['', '!', 'agents', 'the agent', 'no agent please', 'realperson', 'agent 5'])('not “%s”', (body) => {
    expect(isCallForHuman(body, keywords)).toBe(false);
  });
  test('none are set: nothing does', () => expect(isCallForHuman('', [''])).toBe(false));
});

describe('Where a thread goes', () => {
  const flex = { workspaceSid: 'WS1', workflowSid: 'WW1' };
  test.each([
    ['sms', { flex, studioFlowSid: 'FW1' }, 'flex'],
    ['conversation', { flex, studioFlowSid: 'FW1' }, 'flex'],
    ['conversation', { flex: undefined, studioFlowSid: 'FW1' }, 'studio'],
    ['whatsapp', { flex: undefined, studioFlowSid: 'FW1' }, 'operator'],
    ['rcs', { flex, studioFlowSid: undefined }, 'operator'],
    ['sms', { flex: undefined, studioFlowSid: undefined }, 'operator'],
  ] as const)('%s with %o', (channel, settings, target) => {
    expect(placeFor({ channel }, settings).target).toBe(target);
  });
});

test.each([
  ['messaging__+15550001/u', 'phone:+15550002', 'sms:+15550001:+15550002'],
  ['messaging__whatsapp:+15550001/u', 'whatsapp:+15550002', 'whatsapp:+15550001:+15550002'],
  [
    `conversations__IS${'1'.repeat(32)}/CH${'2'.repeat(32)}`,
    'user_id:ann',
    `conversation:IS${'1'.repeat(32)}:CH${'2'.repeat(32)}`,
  ],
  ['messaging__+15550001/u', 'whatsapp:+15550002', undefined],
  ['messaging__+15550001', 'phone:+15550002', undefined],
  ['conversations__IS1/CH2', 'user_id:ann', undefined],
  ['voice:CA1/u', 'phone:+15550002', undefined],
])('the thread of session %s and %s', (sessionId, identity, key) => {
  expect(keyOfSession(sessionId, identity)).toBe(key);
});

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
  handling: 'requested',
  optedOut: false,
  sessionId: 's',
  sessionActiveAt: null,
  heardAt: null,
  revision: 1,
};
const settings: HandoffSettings = {
  keywords: [],
  onFailure: true,
  timeout: 600_000,
  flex: undefined,
  studioFlowSid: undefined,
  requestedText: 'One moment.',
  nobodyText: 'Nobody is here.',
  returnText: '',
};

function handoffOf(its: Partial<Handoff>): Handoff {
  const place = { target: 'flex', workspaceSid: 'WS1', workflowSid: 'WW1' } as const;
  const request = { place, requestedBy: 'customer', reason: null, summary: null } as const;
  return { ...newHandoff(thread.key, request, 'h', inMs(-1_000)), ...its };
}

function stateOf(handoff: Handoff, pending: MessageEvent[] = []): ThreadState {
  return { thread, turn: undefined, pending, unsent: [], retry: undefined, handoff, past: undefined };
}

/** A step in one line: what it does, or the state that it puts on record, and what the customer is told. */
function decided(its: Partial<Handoff>, pending: MessageEvent[] = [], permit?: Permit): string {
  const handoff = handoffOf(its);
  const state = stateOf(handoff, pending);
  const step = decideHandoff(state, handoff, inMs(0), settings, () => 'new', permit);
  if (step.kind === 'rest') return step.until ? `rest for ${step.until.getTime() - START} ms` : 'rest';
  if (step.kind !== 'record') return step.kind;
  const { change } = step.transition;
  return [
    `${change.handoff?.state} ${change.handoff?.outcome ?? ''}`.trim(),
    change.handling && `with ${change.handling}`,
    change.add?.map(({ body }) => `“${body}”`).join(' '),
    step.transition.permit && `then ${step.transition.permit.kind}`,
  ]
    .filter(Boolean)
    .join(', ');
}

function said(sid: string, ms: number): MessageEvent {
  const content = { sid, body: 'Hello?', media: [], fields: {} };
  return { id: 1, kind: 'message', occurredAt: inMs(ms), receivedAt: inMs(ms), source: 'webhook', content };
}

describe('The next step of a handoff', () => {
  const operator = { place: { target: 'operator' } } as const;
  const known = { refs: { ...handoffOf({}).refs, conversationSid: 'CH1' } };
  const rows: [when: string, its: Partial<Handoff>, does: string, pending?: MessageEvent[], permit?: Permit][] = [
    ['requested: the attempt is recorded and the customer told', {}, 'beginning, “One moment.”, then begin'],
    ['requested again: not told twice', { attempts: 1 }, 'beginning, then begin'],
    ['its target asked to wait', { attempts: 1, retryAt: inMs(700) }, 'rest for 700 ms'],
    [
      'it could not be begun in time',
      { attempts: 3, requestedAt: inMs(-600_000) },
      'ended failed, with assistant, “Nobody is here.”',
    ],
    ['called back before it was begun', { recalledAt: inMs(-1) }, 'ended recalled, with assistant'],
    ['recorded: ask now', { state: 'beginning' }, 'begin', [], { kind: 'begin', handoffId: 'h' }],
    ['recorded by who died: look for it', { state: 'beginning' }, 'find'],
    ['the permit is for another one', { state: 'beginning' }, 'find', [], { kind: 'begin', handoffId: 'other' }],
    ['looked for a moment ago', { state: 'beginning', retryAt: inMs(700) }, 'rest for 700 ms'],
    ['called back while in doubt: that is settled first', { state: 'beginning', recalledAt: inMs(-1) }, 'find'],
    ['it waits', { state: 'waiting', checkAt: inMs(900) }, 'rest for 900 ms'],
    ['it waits for its end', { state: 'waiting', checkAt: inMs(1e9) }, 'rest for 599000 ms'],
    ['its time is over: look first', { state: 'waiting', requestedAt: inMs(-600_000), checkAt: inMs(900) }, 'look'],
    ['a human has no time limit', { state: 'human', requestedAt: inMs(-6e8), checkAt: inMs(900) }, 'rest for 900 ms'],
    ['there is news', { state: 'waiting', signals: 2, signalsSeen: 1, checkAt: inMs(900) }, 'look'],
    ['nothing was heard for long', { state: 'human', checkAt: inMs(0) }, 'look'],
    ['it could not be asked', { state: 'human', checkAt: inMs(0), retryAt: inMs(700) }, 'rest for 700 ms'],
    ['called back', { state: 'human', recalledAt: inMs(-1) }, 'ending recalled'],
    [
      'a text has come past the Conversation',
      { state: 'human', checkAt: inMs(900), ...known },
      'look',
      [said('SM1', -5)],
    ],
    [
      'which was looked at since',
      { state: 'human', checkAt: inMs(900), lookedAt: inMs(-4), ...known },
      'rest for 900 ms',
      [said('SM1', -5)],
    ],
    [
      'a message of the Conversation is none',
      { state: 'human', checkAt: inMs(900), ...known },
      'rest for 900 ms',
      [said('IM1', -5)],
    ],
    ['Flex has no Conversation yet', { state: 'waiting', checkAt: inMs(900) }, 'rest for 900 ms', [said('SM1', -5)]],
    ['over: the target is told', { state: 'ending' }, 'close'],
    ['the target could not be told', { state: 'ending', retryAt: inMs(700) }, 'rest for 700 ms'],
    ['an operator is called', operator, 'waiting, “One moment.”'],
    ['an operator has not come', { ...operator, state: 'waiting' }, 'rest for 599000 ms'],
    [
      'no operator has come in time',
      { ...operator, state: 'waiting', requestedAt: inMs(-600_000) },
      'ended nobody, with assistant, “Nobody is here.”',
    ],
    ['an operator has it', { ...operator, state: 'human' }, 'rest'],
    [
      'an operator gives it back',
      { ...operator, state: 'human', recalledAt: inMs(-1) },
      'ended recalled, with assistant',
    ],
  ];
  test.each(rows)('%s', (_, its, does, pending, permit) => {
    expect(decided(its, pending, permit)).toBe(does);
  });
});

test('An attempt to begin that came too late is made again, and the customer is not told twice', () => {
  const late = handoffOf({ state: 'beginning', attempts: 1, attemptedAt: inMs(-5_000) });
  const { next } = withdrawBegin(stateOf(late), late);
  expect(decided(next.handoff as Handoff)).toBe('beginning, then begin');
});

test('An agent who comes while it is being given up has the thread', async () => {
  const ending = handoffOf({ state: 'ending', outcome: 'nobody' });
  const come = { close: async () => ({ kind: 'come', standing: { stands: 'human', refs: {} } }) } as unknown as Desk;
  const parts = {
    desks: { flex: come, studio: come },
    settings,
    timeout: 1_000,
    now: () => inMs(0),
    newId: () => 'new',
  };
  const { change } = await handoffEffect(parts, stateOf(ending), { kind: 'close', handoff: ending });
  expect(change).toMatchObject({ handling: 'human', handoff: { state: 'human', outcome: null } });
  expect(change.add).toBeUndefined();
});

describe('What an agent starts with', () => {
  test.each(['a', 'ä', '😀', '"', '\n', '\u0001'])('fits into a task, whatever was said (%j)', (character) => {
    const long = `x${character.repeat(5_000)}x`;
    const attributes = taskAttributes(
      { thread, handoff: handoffOf({ reason: long, summary: long }) },
      { name: long, said: Array.from({ length: 10 }, () => ({ who: 'Customer', body: long })) },
      'https://tandem.example/console/threads/x',
    );
    expect(Buffer.byteLength(JSON.stringify(attributes))).toBeLessThanOrEqual(3_000);
    expect(attributes).toMatchObject({ customerAddress: '+2', tandemHandoff: 'h', requestedBy: 'customer' });
  });

  test('the newest messages are kept', () => {
    const body = (n: number) => `${n} ${'a'.repeat(190)}`;
    const said = Array.from({ length: 30 }, (_, n) => ({ who: 'Customer' as const, body: body(n) }));
    const { lastMessages } = taskAttributes({ thread, handoff: handoffOf({}) }, { name: null, said }, undefined);
    expect((lastMessages as string[]).at(-1)).toBe(`Customer: ${body(29)}`);
    expect((lastMessages as string[]).length).toBeGreaterThan(5);
  });
});

describe('What the assistant is told', () => {
  test('who said what', () => {
    const told = briefing(true, [
      { who: 'Customer', body: 'Hello?' },
      { who: 'Agent', body: '' },
    ]);
    expect(told).toMatch(/^\[A human colleague [\s\S]*\nCustomer: Hello\?\nAgent: \(a file\)\]\n\n$/);
  });

  test('the newest words, where there are many', () => {
    const told = briefing(
      false,
      Array.from({ length: 100 }, (_, n) => ({ who: 'Customer', body: `${n} ${'a'.repeat(90)}` })),
    );
    expect(told.length).toBeLessThan(4_300);
    expect(told).toContain('(earlier words are left out)\nCustomer: ');
    expect(told).toContain('Customer: 99 ');
  });

  test('that nobody came', () =>
    expect(briefing(false, [])).toMatch(/^\[The customer was waiting.*nobody was available\.\]\n\n$/));
});
