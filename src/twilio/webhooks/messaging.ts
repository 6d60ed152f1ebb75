import { TandemError } from '../../http/errors.ts';
import type { Arrival } from '../../inbox/accept.ts';
import { identityOf } from '../../thread/identity.ts';
import { optWord } from '../../thread/opt-words.ts';
import { formatAddress, parseAddress, threadKey } from '../../thread/thread-key.ts';
import type { Media } from '../../thread/thread-state.ts';
import { type FormFields, firstValue } from './form.ts';
import type { SignedWebhook } from './signed-request.ts';

/** A message as Twilio tells of it, by webhook or in its log. */
export type ReceivedMessage = {
  sid: string;
  accountSid: string;
  from: string;
  to: string;
  body: string;
  media: Media[];
  messagingServiceSid: string | null;
  optOutType: string | undefined;
  assistantId: string | null;
  publicUrl: string | null;
  occurredAt: Date;
  source: 'webhook' | 'backfill';
  fields: Record<string, string | string[]>;
};

/** Twilio sends at most ten; more would be somebody playing with us. */
const MAX_MEDIA = 20;
/** Addresses are keys: a few dozen printable characters, as any number or id is. */
const ADDRESS = /^[\x20-\x7e]{1,128}$/;
/** Fields that have a place of their own in what is stored. */
const MEDIA_FIELD = /^Media(Url|ContentType)\d+$/;
const READ = new Set([
  'MessageSid',
  'SmsSid',
  'SmsMessageSid',
  'AccountSid',
  'From',
  'To',
  'Body',
  'MessagingServiceSid',
  'ApiVersion',
]);

/** Parses an inbound message (protocol reference 2.1); unknown fields are kept. Throws `invalidParameter`, naming the field. */
export function parseMessaging(webhook: SignedWebhook, receivedAt: Date): Arrival {
  const { fields, query, accountSid, publicUrl } = webhook;
  const sid = required(fields, 'MessageSid');
  if (!/^(SM|MM)[0-9a-fA-F]{32}$/.test(sid))
    throw new TandemError('invalidParameter', 'MessageSid: SM or MM and 32 hexadecimal digits.');
  return arrivalOf({
    sid,
    accountSid,
    from: required(fields, 'From'),
    to: required(fields, 'To'),
    body: firstValue(fields, 'Body') ?? '',
    media: mediaOf(fields),
    messagingServiceSid: messagingServiceOf(fields),
    optOutType: firstValue(fields, 'OptOutType'),
    assistantId: firstValue(query, 'AssistantId') || firstValue(query, 'AssistantSid') || null,
    publicUrl,
    occurredAt: receivedAt,
    source: 'webhook',
    fields: otherFields(fields),
  });
}

/** The arrival that a received message stands for: its thread, its identity, and whether it is a word about consent. */
export function arrivalOf(message: ReceivedMessage): Arrival {
  const ours = ADDRESS.test(message.to) ? parseAddress(message.to) : undefined;
  const theirs = ADDRESS.test(message.from) ? parseAddress(message.from) : undefined;
  if (!ours)
    throw new TandemError(
      'invalidParameter',
      'To: an address of a channel that Tandem serves (a number, whatsapp:… or rcs:…).',
    );
  if (!theirs)
    throw new TandemError(
      'invalidParameter',
      'From: an address of a channel that Tandem serves (a number, whatsapp:… or rcs:…).',
    );
  const { channel } = ours;
  return {
    idempotencyKey: `message:${message.sid}`,
    threadKey: threadKey({ channel, ours: ours.address, theirs: theirs.address }),
    accountSid: message.accountSid,
    channel,
    ours: formatAddress(ours),
    theirs: formatAddress(theirs),
    identity: identityOf(message.from),
    messagingServiceSid: message.messagingServiceSid,
    assistantId: message.assistantId,
    publicUrl: message.publicUrl,
    kind: optWord({ body: message.body, optOutType: message.optOutType, channel }) ?? 'message',
    occurredAt: message.occurredAt,
    source: message.source,
    content: { sid: message.sid, body: message.body, media: message.media, fields: message.fields },
    heard: true,
  };
}

function otherFields(fields: FormFields): Record<string, string | string[]> {
  const others: Record<string, string | string[]> = Object.create(null);
  for (const [name, value] of fields) {
    if (!READ.has(name) && !(name.startsWith('Media') && MEDIA_FIELD.test(name))) others[name] = value;
  }
  return others;
}

function required(fields: FormFields, name: string): string {
  const value = firstValue(fields, name);
  if (!value) throw new TandemError('invalidParameter', `${name}: it is missing.`);
  return value;
}

function messagingServiceOf(fields: FormFields): string | null {
  const sid = firstValue(fields, 'MessagingServiceSid');
  if (!sid) return null;
  if (!/^MG[0-9a-fA-F]{32}$/.test(sid))
    throw new TandemError('invalidParameter', 'MessagingServiceSid: MG and 32 hexadecimal digits.');
  return sid;
}

function mediaOf(fields: FormFields): Media[] {
  const count = Math.min(MAX_MEDIA, Number(firstValue(fields, 'NumMedia') ?? 0) || 0);
  const media: Media[] = [];
  for (let n = 0; n < count; n++) {
    const url = firstValue(fields, `MediaUrl${n}`);
    if (url) media.push({ url, contentType: firstValue(fields, `MediaContentType${n}`) ?? 'application/octet-stream' });
  }
  return media;
}
