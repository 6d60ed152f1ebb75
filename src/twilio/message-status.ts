/** Where an outbound message stands. `dropped` is our own: nobody wanted it any more, so it was never sent. */
export type MessageStatus = 'queued' | 'sending' | 'sent' | 'delivered' | 'read' | 'undelivered' | 'failed' | 'dropped';

const fromTwilio: Record<string, MessageStatus> = {
  // Any word about the message proves that Twilio has it, and that is all `sent` claims.
  accepted: 'sent',
  scheduled: 'sent',
  queued: 'sent',
  sending: 'sent',
  sent: 'sent',
  delivered: 'delivered',
  partially_delivered: 'delivered',
  read: 'read',
  undelivered: 'undelivered',
  failed: 'failed',
  canceled: 'failed',
};

/** Undefined for the statuses of inbound messages and for words that Twilio has not documented. */
export function fromTwilioStatus(status: string): MessageStatus | undefined {
  return Object.hasOwn(fromTwilio, status) ? fromTwilio[status] : undefined;
}

const unsettled: readonly MessageStatus[] = ['queued', 'sending', 'sent'];

const predecessors: Record<MessageStatus, readonly MessageStatus[]> = {
  queued: [],
  sending: ['queued'],
  sent: ['queued', 'sending'],
  delivered: unsettled,
  // The one step past an end: somebody reads what was delivered.
  read: [...unsettled, 'delivered'],
  undelivered: unsettled,
  failed: unsettled,
  // From `sending` only once it is certain that Twilio never got it.
  dropped: ['queued', 'sending'],
};

/**
 * The statuses from which a message may move to `to`, for `where status = any(…)`. Forward only, so receipts may come
 * late, twice or out of order, and the first end stands.
 */
export function mayBecome(to: MessageStatus): readonly MessageStatus[] {
  return predecessors[to];
}
