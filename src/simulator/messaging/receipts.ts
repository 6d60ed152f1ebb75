import type { Carrier } from '../carrier.ts';
import type { ReceiptFault } from '../faults.ts';
import { channelOf } from './address.ts';
import type { Message, MessageChange } from './messages.ts';

/**
 * Brings an outbound message to its end, step by step, and tells its StatusCallback. Twilio sends no callback for
 * the status that a message is created with. What the log says does not wait for callbacks to be answered.
 */
export async function carryToEnd(
  carrier: Carrier,
  message: Message,
  options: { begin?: MessageChange; errorCode?: number },
): Promise<void> {
  const faults = carrier.faults.onReceipt({ to: message.to, from: message.from ?? options.begin?.from ?? null });
  const repeats = faults.reduce((sum, fault) => sum + (fault.kind === 'repeat' ? fault.times : 0), 0);
  const lateBy = faults.reduce((sum, fault) => sum + (fault.kind === 'delay' ? fault.ms : 0), 0);
  const lost = faults.some((fault) => fault.kind === 'lose');
  const outOfOrder = faults.some((fault) => fault.kind === 'out-of-order');

  const callbacks: Record<string, string>[] = [];
  let posting: Promise<void> = Promise.resolve();
  for (const step of stepsOf(message, faults, options)) {
    await carrier.pace.wait(carrier.receiptDelay);
    if (carrier.log.find(message.sid) !== message) return;
    carrier.log.change(message, step);
    const fields = receiptFields(message);
    if (outOfOrder) callbacks.unshift(fields);
    else posting = posting.then(() => post(fields));
  }
  for (const fields of callbacks) posting = posting.then(() => post(fields));
  await posting;

  async function post(fields: Record<string, string>): Promise<void> {
    const account = carrier.accounts.find((candidate) => candidate.sid === message.accountSid);
    if (message.statusCallback === null || account === undefined || lost) return;
    await carrier.pace.wait(lateBy);
    for (let copy = 0; copy <= repeats; copy += 1) {
      const outcome = await carrier.webhooks.post({
        url: message.statusCallback,
        method: 'POST',
        authToken: account.authToken,
        fields,
      });
      if (outcome.errorCode === null) carrier.receipts.answered += 1;
      else carrier.receipts.failed += 1;
    }
  }
}

function stepsOf(
  message: Message,
  faults: ReceiptFault[],
  options: { begin?: MessageChange; errorCode?: number },
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
