import type { Carrier } from '../carrier.ts';
import type { WebhookOutcome } from '../deliver-webhook.ts';
import type { ReceiptFault } from '../faults.ts';
import { channelOf } from './address.ts';
import type { Message, MessageChange } from './messages.ts';

/** Takes down how a message stands now, and answers what tells it: that may happen later. */
type Tell = (message: Message) => () => Promise<Pick<WebhookOutcome, 'errorCode'>[]>;

/**
 * Brings an outbound message to its end, step by step, and tells its StatusCallback, or whom `tell` tells. Twilio sends
 * no callback for the status that a message is created with. What the log says does not wait for callbacks.
 */
export async function carryToEnd(
  carrier: Carrier,
  message: Message,
  options: { begin?: MessageChange; errorCode?: number | undefined; tell?: Tell },
): Promise<void> {
  const { tell = tellStatusCallback(carrier) } = options;
  const faults = carrier.faults.onReceipt({ to: message.to, from: message.from ?? options.begin?.from ?? null });
  const repeats = faults.reduce((sum, fault) => sum + (fault.kind === 'repeat' ? fault.times : 0), 0);
  const lateBy = faults.reduce((sum, fault) => sum + (fault.kind === 'delay' ? fault.ms : 0), 0);
  const lost = faults.some((fault) => fault.kind === 'lose');
  const outOfOrder = faults.some((fault) => fault.kind === 'out-of-order');

  const callbacks: ReturnType<Tell>[] = [];
  let posting: Promise<void> = Promise.resolve();
  for (const step of stepsOf(message, faults, options)) {
    await carrier.pace.wait(carrier.receiptDelay);
    if (carrier.log.find(message.sid) !== message) return;
    carrier.log.change(message, step);
    const callback = tell(message);
    if (outOfOrder) callbacks.unshift(callback);
    else posting = posting.then(() => post(callback));
  }
  for (const callback of callbacks) posting = posting.then(() => post(callback));
  await posting;

  async function post(callback: ReturnType<Tell>): Promise<void> {
    if (lost) return;
    await carrier.pace.wait(lateBy);
    for (let copy = 0; copy <= repeats; copy += 1) {
      for (const { errorCode } of await callback()) {
        if (errorCode === null) carrier.receipts.answered += 1;
        else carrier.receipts.failed += 1;
      }
    }
  }
}

function tellStatusCallback(carrier: Carrier): Tell {
  return (message) => {
    const fields = receiptFields(message);
    const account = carrier.accounts.find((candidate) => candidate.sid === message.accountSid);
    const { statusCallback } = message;
    if (statusCallback === null || account === undefined) return async () => [];
    const { authToken } = account;
    return async () => [await carrier.webhooks.post({ url: statusCallback, method: 'POST', authToken, fields })];
  };
}

function stepsOf(
  message: Message,
  faults: ReceiptFault[],
  options: { begin?: MessageChange; errorCode?: number | undefined },
): MessageChange[] {
  const begin = options.begin === undefined ? [] : [options.begin];
  if (options.errorCode !== undefined) return [...begin, { status: 'failed', errorCode: options.errorCode }];
  for (const fault of faults) {
    if (fault.kind !== 'status') continue;
    const end = { status: fault.status, errorCode: fault.errorCode };
    return fault.status === 'failed' ? [...begin, end] : [...begin, { status: 'sent' }, end];
  }
  const delivered: MessageChange[] = [...begin, { status: 'sent' }, { status: 'delivered' }];
  return channelOf(message.to) === 'sms' ? delivered : [...delivered, { status: 'read' }];
}

function receiptFields(message: Message): Record<string, string> {
  const channel = channelOf(message.to);
  return {
    AccountSid: message.accountSid,
    ApiVersion: '2010-04-01',
    MessageSid: message.sid,
    MessageStatus: message.status,
    SmsSid: message.sid,
    SmsStatus: message.status,
    From: message.from ?? '',
    To: message.to,
    ...(message.messagingServiceSid !== null && { MessagingServiceSid: message.messagingServiceSid }),
    ...(message.errorCode !== null && { ErrorCode: String(message.errorCode) }),
    ...(channel === 'sms' &&
      message.status === 'delivered' && {
        RawDlrDoneDate: message.updatedAt.toISOString().replace(/\D/g, '').slice(2, 12),
      }),
    ...(channel !== 'sms' && {
      ChannelPrefix: channel,
      ChannelToAddress: message.to,
      ...((message.status === 'delivered' || message.status === 'read') && {
        EventType: message.status.toUpperCase(),
      }),
    }),
  };
}
