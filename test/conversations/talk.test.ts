import { describe, expect, test } from 'vitest';
import { catchUpAt, customerOf, noQuestion, silenceIn } from '../../src/conversations/talk.ts';
import type {
  Conversation,
  InboundEvent,
  MessageEvent,
  Participant,
  ThreadState,
} from '../../src/thread/thread-state.ts';

const START = Date.parse('2026-03-01T12:00:00Z');
const inMs = (ms: number) => new Date(START + ms);

const chatter = (identity: string, joined = 0): Participant => ({
  sid: `MB ${identity}`,
  identity,
  address: null,
  joinedAt: inMs(joined),
});
const phone = (address: string, joined = 0): Participant => ({
  ...chatter('', joined),
  sid: `MB ${address}`,
  identity: null,
  address,
});

const conversation: Conversation = {
  state: 'active',
  assistantId: null,
  author: null,
  studio: false,
  unseen: 3,
  lookedAt: inMs(0),
  lookAgainAt: null,
  createdAt: inMs(-1_000),
  participants: [chatter('ann')],
};

function said(index: number, received = 0, content: object = {}): MessageEvent {
  const time = inMs(received);
  return {
    id: index,
    kind: 'message',
    source: 'webhook',
    occurredAt: time,
    receivedAt: time,
    content: { sid: `IM${index}`, body: 'Hello', media: [], fields: {}, author: 'ann', index, ...content },
  };
}

function stateOf(changes: Partial<Conversation>, theirs = 'ann'): ThreadState {
  const thread = { channel: 'conversation', theirs } as ThreadState['thread'];
  return { thread, conversation: { ...conversation, ...changes } } as ThreadState;
}

describe('The customer of a Conversation is', () => {
  test.each<[string, Participant[], string, string | undefined]>([
    ['whoever is on a phone, whatever chat users are there', [chatter('agent'), phone('+1555', 9)], 'agent', '+1555'],
    ['who it was before, of several on phones', [phone('+1555'), phone('+1666', 9)], '+1666', '+1666'],
    ['the guest of a Flex web chat, not the agent', [chatter('agent'), chatter('FX1', 9)], 'agent', 'FX1'],
    ['who it was before, of several chat users', [chatter('bob'), chatter('ann', 9)], 'ann', 'ann'],
    ['who came first, when nobody was it before', [chatter('ann', 9), chatter('bob', 1)], '', 'bob'],
    ['not the name under which the assistant writes', [chatter('Tandem'), chatter('ann', 9)], '', 'ann'],
    ['nobody, when nobody is there', [], 'ann', undefined],
  ])('%s', (_, people, before, expected) => {
    const customer = customerOf(people, 'Tandem', before);
    expect(customer && (customer.address ?? customer.identity)).toBe(expected);
  });
});

describe('A message is a question', () => {
  const group = { participants: [chatter('ann'), chatter('bob')] };
  test.each<[string, Partial<Conversation>, object, string | undefined, string | undefined]>([
    ['of the customer', {}, {}, undefined, undefined],
    ['unless somebody else wrote it', {}, { author: 'bob' }, undefined, 'not_customer'],
    ['unless it was deleted', {}, { unasked: 'removed' }, undefined, 'removed'],
    ['unless it was written from outside', {}, { unasked: 'imported' }, undefined, 'imported'],
    ['of the customer alone, with groups answered', {}, {}, '@tandem', undefined],
    ['of a group, by name', group, { author: 'bob', body: 'Hey @Tandem!' }, '@tandem', undefined],
    ['of a group, not without the name', group, { author: 'bob' }, '@tandem', 'not_addressed'],
    ['of a group, not of strangers', group, { author: 'eve', body: '@tandem' }, '@tandem', 'not_customer'],
  ])('%s', (_, changes, content, mention, expected) => {
    expect(noQuestion(said(3, 0, content), stateOf(changes), mention)).toBe(expected);
  });

  test.each<[string, Partial<Conversation>, string | undefined, string | undefined]>([
    ['nobody is silenced in a talk of two', {}, undefined, undefined],
    ['an agent silences the assistant', group, undefined, 'human'],
    ['a group that may call the assistant does not', group, '@tandem', undefined],
    ['Studio silences it', { studio: true }, '@tandem', 'human'],
    ['the end silences everybody', { state: 'closed' }, undefined, 'closed'],
  ])('%s', (_, changes, mention, expected) => {
    expect(silenceIn(stateOf(changes), mention)).toBe(expected);
  });
});

describe('Twilio is asked about a Conversation', () => {
  const reply = { kind: 'reply', receivedAt: inMs(-1) } as InboundEvent;
  test.each<[string, Partial<Conversation>, InboundEvent[], number | undefined]>([
    ['not when nothing is to be answered', { lookedAt: inMs(-1) }, [], undefined],
    ['not when it was asked since the message came', {}, [said(3), reply], undefined],
    ['at once when it was not', { lookedAt: inMs(-1) }, [said(3)], 50],
    ['at once when it never was', { lookedAt: null }, [said(3)], 50],
    ['a moment after a message that overtook another one', {}, [said(5)], 400],
    ['not after a message that nothing is missing before', {}, [said(2), said(3)], undefined],
    ['later when it could not be asked', { lookedAt: null, lookAgainAt: inMs(900) }, [said(3)], 900],
    ['never again when it is closed', { lookedAt: null, state: 'closed' }, [said(5)], undefined],
  ])('%s', (_, changes, pending, expected) => {
    const at = catchUpAt({ ...conversation, ...changes }, pending, inMs(50));
    expect(at && at.getTime() - START).toBe(expected);
  });
});
