import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromTwilioStatus, type MessageStatus, mayBecome } from '../../src/twilio/message-status.ts';

test.each([
  ['accepted', 'sent'],
  ['scheduled', 'sent'],
  ['queued', 'sent'],
  ['sending', 'sent'],
  ['sent', 'sent'],
  ['delivered', 'delivered'],
  ['partially_delivered', 'delivered'],
  ['read', 'read'],
  ['undelivered', 'undelivered'],
  ['failed', 'failed'],
  ['canceled', 'failed'],
  ['receiving', undefined],
  ['received', undefined],
  ['Sent', undefined],
  ['constructor', undefined],
  ['', undefined],
])('Twilio\'s "%s" is our %s', (theirs, ours) => {
  expect(fromTwilioStatus(theirs)).toBe(ours);
});

test.each<[MessageStatus, MessageStatus[]]>([
  ['queued', []],
  ['sending', ['queued']],
  ['sent', ['queued', 'sending']],
  ['delivered', ['queued', 'sending', 'sent']],
  ['read', ['queued', 'sending', 'sent', 'delivered']],
  ['undelivered', ['queued', 'sending', 'sent']],
  ['failed', ['queued', 'sending', 'sent']],
  ['dropped', ['queued', 'sending']],
])('%s may follow %j', (to, from) => {
  expect(mayBecome(to)).toEqual(from);
});

const apply = (status: MessageStatus, to: MessageStatus) => (mayBecome(to).includes(status) ? to : status);

test('receipts in any order and number end where the ordered ones end', () => {
  const receipts: MessageStatus[] = ['sent', 'delivered', 'read'];
  const shuffled = fc.shuffledSubarray([...receipts, ...receipts], { minLength: 6 });
  fc.assert(
    fc.property(shuffled, (order) => {
      expect(order.reduce(apply, 'sending')).toBe('read');
    }),
  );
});

test('the first end stands, except that what was delivered may be read', () => {
  const any = fc.constantFrom<MessageStatus>(
    'queued',
    'sending',
    'sent',
    'delivered',
    'read',
    'undelivered',
    'failed',
    'dropped',
  );
  const end = fc.constantFrom<MessageStatus>('read', 'undelivered', 'failed', 'dropped');
  fc.assert(
    fc.property(end, fc.array(any), (end, later) => {
      expect(later.reduce(apply, end)).toBe(end);
      expect(['delivered', 'read']).toContain(later.reduce(apply, 'delivered'));
    }),
  );
});
