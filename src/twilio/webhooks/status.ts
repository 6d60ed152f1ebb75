import { TandemError } from '../../http/errors.ts';
import type { Receipt } from '../../outbox/receipts.ts';
import { fromTwilioStatus } from '../message-status.ts';
import { firstValue } from './form.ts';
import type { SignedWebhook } from './signed-request.ts';

/** The query parameter of our status callbacks that names the message. */
export const MESSAGE_PARAMETER = 'message';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Parses a status callback (protocol reference 3.6). Undefined for a status that says nothing about an outbound message. */
export function parseStatus({ fields, query }: SignedWebhook): Receipt | undefined {
  const sid = firstValue(fields, 'MessageSid') || firstValue(fields, 'SmsSid') || '';
  if (!/^[A-Z]{2}[0-9a-fA-F]{32}$/.test(sid))
    throw new TandemError('invalidParameter', 'MessageSid: two letters and 32 hexadecimal digits.');
  const twilioStatus = firstValue(fields, 'MessageStatus') || firstValue(fields, 'SmsStatus');
  if (!twilioStatus) throw new TandemError('invalidParameter', 'MessageStatus: it is missing.');
  const status = fromTwilioStatus(twilioStatus);
  if (!status) return undefined;
  const outboundId = firstValue(query, MESSAGE_PARAMETER) ?? '';
  const errorCode = Number(firstValue(fields, 'ErrorCode') || Number.NaN);
  return {
    sid,
    outboundId: UUID.test(outboundId) ? outboundId : null,
    twilioStatus,
    status,
    errorCode: Number.isInteger(errorCode) && Math.abs(errorCode) < 2 ** 31 ? errorCode : null,
    fields: Object.fromEntries(fields),
  };
}
