import { failureMeanings } from '../rest-errors.ts';
import type { Media, Message } from './messages.ts';

/** The Message resource, as Twilio's REST API shows it. */
export function messageResource(message: Message) {
  const uri = messageUri(message);
  return {
    account_sid: message.accountSid,
    api_version: '2010-04-01',
    body: message.body,
    date_created: rfc2822(message.createdAt),
    date_sent: message.sentAt && rfc2822(message.sentAt),
    date_updated: rfc2822(message.updatedAt),
    direction: message.direction,
    error_code: message.errorCode,
    error_message: message.errorCode === null ? null : (failureMeanings[message.errorCode] ?? null),
    from: message.from,
    messaging_service_sid: message.messagingServiceSid,
    num_media: String(message.media.length),
    num_segments: String(message.numSegments),
    price: null,
    price_unit: 'USD',
    sid: message.sid,
    status: message.status,
    subresource_uris: { media: `${uri}/Media.json` },
    to: message.to,
    uri: `${uri}.json`,
  };
}

export function mediaResource(message: Message, media: Media) {
  return {
    account_sid: message.accountSid,
    content_type: media.contentType,
    date_created: rfc2822(message.createdAt),
    date_updated: rfc2822(message.createdAt),
    parent_sid: message.sid,
    sid: media.sid,
    uri: `${mediaUri(message, media)}.json`,
  };
}

/** Where the bytes of a media are; with `.json` after it, where its description is. */
export function mediaUri(message: Message, media: Media): string {
  return `${messageUri(message)}/Media/${media.sid}`;
}

function messageUri(message: Message): string {
  return `/2010-04-01/Accounts/${message.accountSid}/Messages/${message.sid}`;
}

export function rfc2822(date: Date): string {
  return date.toUTCString().replace('GMT', '+0000');
}
