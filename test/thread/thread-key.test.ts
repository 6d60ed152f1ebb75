import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { identityOf } from '../../src/thread/identity.ts';
import { newSessionId, stripWebhookPrefix } from '../../src/thread/session-id.ts';
import {
  type Address,
  formatAddress,
  type MessagingChannel,
  parseAddress,
  parseThreadKey,
  threadKey,
} from '../../src/thread/thread-key.ts';

const channel = fc.constantFrom<MessagingChannel>('sms', 'whatsapp', 'rcs');
const awkward = fc.oneof(
  fc.string({ minLength: 1, unit: 'binary' }),
  fc.stringMatching(/^[:%/ A3-5+\n]+$/),
  fc.constantFrom('+15550100', 'whatsapp:+1555', '%3A', '%253A', ':', 'US.13491208655302741918'),
);

describe('an address', () => {
  test.each<[string, Address]>([
    ['+15550100', { channel: 'sms', address: '+15550100' }],
    ['12345', { channel: 'sms', address: '12345' }],
    ['ACME', { channel: 'sms', address: 'ACME' }],
    ['whatsapp:+15550100', { channel: 'whatsapp', address: '+15550100' }],
    ['whatsapp:US.1349', { channel: 'whatsapp', address: 'US.1349' }],
    ['rcs:acme_agent', { channel: 'rcs', address: 'acme_agent' }],
    ['rcs:a:b', { channel: 'rcs', address: 'a:b' }],
  ])('%s is read and written back', (text, address) => {
    expect(parseAddress(text)).toEqual(address);
    expect(formatAddress(address)).toBe(text);
  });

  test.each(['', 'whatsapp:', 'rcs:', 'messenger:1234', 'WhatsApp:+1555', ':'])('"%s" is none of ours', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  test('whatever can be read is written back the same', () => {
    fc.assert(
      fc.property(awkward, fc.constantFrom('', 'whatsapp:', 'rcs:'), (text, prefix) => {
        const address = parseAddress(prefix + text);
        if (address) expect(formatAddress(address)).toBe(prefix + text);
        else expect(prefix + text).toContain(':');
      }),
    );
  });
});

describe('a thread key', () => {
  test.each([
    [{ channel: 'sms', ours: '+15550100', theirs: '+15550199' }, 'sms:+15550100:+15550199'],
    [{ channel: 'whatsapp', ours: '+15550100', theirs: 'US.1349' }, 'whatsapp:+15550100:US.1349'],
    [{ channel: 'rcs', ours: 'a:b', theirs: '100%' }, 'rcs:a%3Ab:100%25'],
    [{ channel: 'sms', ours: '%3A', theirs: '::' }, 'sms:%253A:%3A%3A'],
  ] as const)('of %j is %s', (ends, key) => {
    expect(threadKey(ends)).toBe(key);
    expect(parseThreadKey(key)).toEqual(ends);
  });

  test.each([
    '',
    'sms',
    'sms:+1555',
    'sms::+1555',
    'sms:+1555:',
    'sms:a:b:c',
    'sms:%3a:b',
    'sms:%41:b',
    'sms:100%:b',
    'call:CA1',
    'conversation:IS1:CH1',
    'messenger:a:b',
  ])('"%s" is none', (key) => {
    expect(parseThreadKey(key)).toBeUndefined();
  });

  test('is read back whatever the addresses hold, and no two threads share one', () => {
    const ends = fc.record({ channel, ours: awkward, theirs: awkward });
    fc.assert(
      fc.property(ends, ends, (one, other) => {
        expect(parseThreadKey(threadKey(one))).toEqual(one);
        const same = one.channel === other.channel && one.ours === other.ours && one.theirs === other.theirs;
        expect(threadKey(one) === threadKey(other)).toBe(same);
      }),
    );
  });

  test('a key that can be read is the only one for its thread', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^(sms|rcs):[:%23A5a-]+$/), (key) => {
        const ends = parseThreadKey(key);
        if (ends) expect(threadKey(ends)).toBe(key);
      }),
    );
  });
});

test.each([
  ['+15550100', 'phone:+15550100'],
  ['whatsapp:+15550100', 'whatsapp:+15550100'],
  ['12345', 'phone:12345'],
  ['rcs:acme', 'phone:rcs:acme'],
])('a customer at %s is %s, as in the samples of Twilio', (from, identity) => {
  expect(identityOf(from)).toBe(identity);
});

test.each([
  ['+15550100', 'messaging__+15550100/6f1c'],
  ['whatsapp:+15550100', 'messaging__whatsapp:+15550100/6f1c'],
])('a session with %s is %s', (to, sessionId) => {
  expect(newSessionId({ key: threadKey({ channel: 'sms', ours: to, theirs: '+1' }), ours: to }, '6f1c')).toBe(
    sessionId,
  );
  expect(stripWebhookPrefix(`webhook:${sessionId}`)).toBe(sessionId);
  expect(stripWebhookPrefix(sessionId)).toBe(sessionId);
});

test('only one webhook prefix is taken off, and only at the start', () => {
  expect(stripWebhookPrefix('webhook:webhook:x')).toBe('webhook:x');
  expect(stripWebhookPrefix('x/webhook:y')).toBe('x/webhook:y');
});
