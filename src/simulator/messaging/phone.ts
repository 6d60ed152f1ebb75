import { z } from 'zod';
import type { Carrier } from '../carrier.ts';
import { captureText } from '../conversations/inbound.ts';
import { holdBack } from '../deliver-event.ts';
import type { WebhookOutcome } from '../deliver-webhook.ts';
import { newSid } from '../sid.ts';
import { channelOf, isPhone } from './address.ts';
import { carrierReplies, keywordOf } from './consent.ts';
import { mediaUri } from './message-resource.ts';
import type { Message } from './messages.ts';
import type { NumberSettings } from './numbers.ts';
import { carryToEnd } from './receipts.ts';
import { countSegments } from './segments.ts';
import { type Reply, readReplies } from './twiml.ts';

const maxMediaBytes = 5 * 1024 * 1024;
const address = z.string().refine(isPhone, 'must be a number like +15551230001, or whatsapp:+15551230001');
const contentType = z.string().regex(/^[\w.+-]+\/[\w.+-]+$/, 'must be a type like image/png');
const media = z.union([
  z.strictObject({ contentType, data: z.base64() }),
  z.strictObject({ contentType, url: z.url({ protocol: /^https?$/ }) }),
]);

/** What a phone sends. `copies` webhooks go out at the same moment, all for this one message. */
export const textSchema = z
  .strictObject({
    from: address,
    to: address,
    body: z.string().max(1600).default(''),
    media: z.array(media).max(10).default([]),
    profileName: z.string().max(100).optional(),
    optOutType: z.enum(['STOP', 'START', 'HELP']).optional(),
    messagingServiceSid: z
      .string()
      .regex(/^MG[0-9a-fA-F]{32}$/)
      .optional(),
    extra: z.record(z.string().regex(/^\w{1,64}$/), z.string().max(4096)).default({}),
    copies: z.number().int().min(1).max(100).default(1),
  })
  .refine((text) => channelOf(text.from) === channelOf(text.to), 'from and to must be of the same channel')
  .refine(
    (text) =>
      text.media.reduce((sum, item) => sum + ('data' in item ? (item.data.length * 3) / 4 : 0), 0) <= maxMediaBytes,
    'media may be 5 MB in all',
  );
export type Text = z.output<typeof textSchema>;

/**
 * A phone texts one of our numbers: into its conversation if it has one, else to the number's webhook. The message is in the log before its webhook is attempted, so that a webhook which
 * never arrives can still be found there. `origin` is where this simulator can be reached, for the media URLs.
 */
export async function receiveText(carrier: Carrier, text: Text, origin: string) {
  const { numbers, log, faults, pace } = carrier;
  const settings = numbers.settingsOf(text.to);
  const account = carrier.accounts.find(({ sid }) => sid === settings?.accountSid) ?? carrier.accounts[0];
  if (account === undefined) throw new Error('The simulator has no account');
  const message = log.add({
    accountSid: account.sid,
    direction: 'inbound',
    origin: 'phone',
    messagingServiceSid: text.messagingServiceSid ?? settings?.messagingServiceSid ?? null,
    from: text.from,
    to: text.to,
    body: text.body,
    media: text.media.map((item) => ({
      sid: newSid('ME'),
      contentType: item.contentType,
      content: 'data' in item ? Buffer.from(item.data, 'base64') : { url: item.url },
    })),
    numSegments: channelOf(text.to) === 'sms' ? countSegments(text.body) : 1,
    status: 'received',
  });
  carrier.consent.heard(text.to, text.from, message.createdAt);
  applyKeyword(carrier, message, text.optOutType);

  const captured = await captureText(carrier, message, text.copies);
  if (captured !== undefined) {
    const { conversationSid, webhooks } = captured;
    return { sid: message.sid, sequence: message.sequence, conversationSid, webhook: summaryOf(webhooks) };
  }
  const nothing = { status: null, attempts: 0, errorCode: null };
  const smsUrl = settings?.smsUrl;
  if (settings === undefined || smsUrl === undefined)
    return { sid: message.sid, sequence: message.sequence, webhook: nothing };
  const fault = faults.first('webhook', { to: text.to, from: text.from });
  if (fault?.kind === 'slow') await pace.wait(fault.ms);
  if (fault?.kind === 'out-of-order') await holdBack(carrier);
  const failures = fault?.kind === 'lose' ? 2 : fault?.kind === 'reset' ? 1 : 0;
  const copies = text.copies + (fault?.kind === 'duplicate' ? fault.times : 0);
  const fields = { ...inboundFields(message, text, origin), ...text.extra };
  const outcomes = await Promise.all(
    Array.from({ length: copies }, () =>
      callWebhook(carrier, {
        settings: { ...settings, smsUrl },
        authToken: account.authToken,
        fields,
        failures,
        message,
      }),
    ),
  );
  return { sid: message.sid, sequence: message.sequence, webhook: summaryOf(outcomes) };
}

/** What the first webhook met with, and how many attempts all of them took. */
export function summaryOf(outcomes: readonly Pick<WebhookOutcome, 'status' | 'attempts' | 'errorCode'>[]) {
  return {
    status: outcomes[0]?.status ?? null,
    attempts: outcomes.reduce((sum, outcome) => sum + outcome.attempts, 0),
    errorCode: outcomes[0]?.errorCode ?? null,
  };
}

/** The number's own webhook, and its fallback when that fails; what the answer says is sent. */
async function callWebhook(
  carrier: Carrier,
  call: {
    settings: NumberSettings & { smsUrl: string };
    authToken: string;
    fields: Record<string, string>;
    failures: number;
    message: Message;
  },
): Promise<Pick<WebhookOutcome, 'status' | 'attempts' | 'errorCode'>> {
  const { settings, authToken, message } = call;
  const ask = async (url: string, fields: Record<string, string>, failures: number) => {
    const outcome = await carrier.webhooks.post({ url, method: settings.smsMethod, authToken, fields }, { failures });
    const replies = outcome.errorCode === null ? readReplies(outcome.contentType, outcome.body) : [];
    if (!Array.isArray(replies)) return { ...outcome, errorCode: replies.errorCode };
    for (const reply of replies) sendReply(carrier, message, reply);
    return outcome;
  };

  const primary = await ask(settings.smsUrl, call.fields, call.failures);
  if (primary.errorCode === null || settings.smsFallbackUrl === undefined) return primary;
  const why = { ErrorCode: String(primary.errorCode), ErrorUrl: settings.smsUrl };
  const fallback = await ask(settings.smsFallbackUrl, { ...call.fields, ...why }, 0);
  return { ...fallback, attempts: primary.attempts + fallback.attempts };
}

function sendReply(carrier: Carrier, inbound: Message, reply: Reply): void {
  const from = reply.from ?? inbound.to;
  const to = reply.to ?? inbound.from ?? '';
  if (carrier.consent.isBlocked(carrier.numbers.consentScope(from), to)) return;
  storeReply(carrier, inbound, { ...reply, from, to, origin: 'twiml' });
}

function storeReply(
  carrier: Carrier,
  inbound: Message,
  reply: Reply & { from: string; to: string; origin: 'twiml' | 'carrier' },
): void {
  const message = carrier.log.add({
    accountSid: inbound.accountSid,
    direction: 'outbound-reply',
    origin: reply.origin,
    from: reply.from,
    to: reply.to,
    body: reply.body,
    media: reply.media.map((url) => ({ sid: newSid('ME'), contentType: null, content: { url } })),
    numSegments: channelOf(reply.to) === 'sms' ? countSegments(reply.body) : 1,
    status: 'queued',
    statusCallback: reply.statusCallback ?? null,
  });
  void carrier.pace.track(carryToEnd(carrier, message, {}));
}

/** By default the carrier acts on keywords in SMS only, and says so; with Advanced Opt-Out its replies are not ours to see. */
function applyKeyword(carrier: Carrier, message: Message, optOutType: Text['optOutType']): void {
  const phone = message.from ?? '';
  const scope = carrier.numbers.consentScope(message.to);
  const advanced = optOutType?.toLowerCase() as Lowercase<NonNullable<Text['optOutType']>> | undefined;
  const word = advanced ?? (channelOf(message.to) === 'sms' ? keywordOf(message.body) : undefined);
  if (word === undefined) return;
  // YES is an ordinary word to somebody who never said STOP, so only a change is worth a reply.
  const changed =
    word === 'help' || (word === 'stop' ? carrier.consent.block(scope, phone) : carrier.consent.unblock(scope, phone));
  if (!changed || advanced !== undefined) return;
  storeReply(carrier, message, {
    body: carrierReplies[word],
    media: [],
    from: message.to,
    to: phone,
    origin: 'carrier',
  });
}

function inboundFields(message: Message, text: Text, origin: string): Record<string, string> {
  const fields: Record<string, string> = {
    MessageSid: message.sid,
    SmsSid: message.sid,
    SmsMessageSid: message.sid,
    AccountSid: message.accountSid,
    From: text.from,
    To: text.to,
    Body: text.body,
    NumMedia: String(message.media.length),
    NumSegments: String(message.numSegments),
    SmsStatus: 'received',
    ApiVersion: '2010-04-01',
  };
  message.media.forEach((item, index) => {
    fields[`MediaUrl${index}`] = origin + mediaUri(message, item);
    fields[`MediaContentType${index}`] = item.contentType ?? '';
  });
  if (message.messagingServiceSid !== null) fields.MessagingServiceSid = message.messagingServiceSid;
  if (text.optOutType !== undefined) fields.OptOutType = text.optOutType;
  if (channelOf(text.to) === 'sms') return { ...fields, ...geography('From', text.from), ...geography('To', text.to) };
  if (text.profileName !== undefined) fields.ProfileName = text.profileName;
  if (channelOf(text.to) === 'whatsapp') {
    fields.WaId = text.from.replace(/^whatsapp:\+?/, '');
    fields.MessageType = messageType(text);
    fields.ProfileName ??= 'Simulated phone';
  }
  return fields;
}

/** Twilio sends the fields empty where it knows no more than the country. */
function geography(side: 'From' | 'To', number: string): Record<string, string> {
  return {
    [`${side}City`]: '',
    [`${side}State`]: '',
    [`${side}Zip`]: '',
    [`${side}Country`]: number.startsWith('+1') ? 'US' : '',
  };
}

function messageType(text: Text): string {
  const kind = text.media[0]?.contentType.split('/')[0];
  if (kind === undefined) return 'text';
  return kind === 'image' || kind === 'audio' || kind === 'video' ? kind : 'document';
}
