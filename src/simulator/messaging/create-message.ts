import type { Carrier } from '../carrier.ts';
import { RestError } from '../rest-errors.ts';
import { newSid } from '../sid.ts';
import { channelOf, isRecipient, isSender } from './address.ts';
import type { Message } from './messages.ts';
import { carryToEnd } from './receipts.ts';
import { countSegments } from './segments.ts';

/** `POST …/Messages.json`: checks the form as Twilio does, stores the message, and sets it on its way. */
export function createMessage(carrier: Carrier, accountSid: string, form: URLSearchParams): Message {
  const given = (name: string) => form.get(name) || undefined;
  const to = given('To');
  const serviceSid = given('MessagingServiceSid');
  if (to === undefined) throw new RestError(21604);
  if (given('From') === undefined && serviceSid === undefined) throw new RestError(21603);
  const content = readContent(form);
  if (!isRecipient(to)) throw new RestError(21211, to);
  const sendAt = readSchedule(carrier, form);
  const from = given('From') ?? chooseSender(carrier, serviceSid ?? '', to);
  checkSender(carrier, { accountSid, serviceSid, from, to });
  const statusCallback = given('StatusCallback') ?? carrier.numbers.settingsOf(from)?.statusCallback ?? null;
  if (statusCallback !== null && !isWebUrl(statusCallback)) throw new RestError(21609, statusCallback);
  if (carrier.consent.isBlocked(serviceSid ?? carrier.numbers.consentScope(from), to)) throw new RestError(21610);

  const isWhatsApp = channelOf(to) === 'whatsapp';
  const mediaUrls = isWhatsApp ? content.mediaUrls.slice(0, 1) : content.mediaUrls;
  const numSegments = channelOf(to) === 'sms' ? countSegments(content.body) : 1;
  const message = carrier.log.add({
    accountSid,
    direction: 'outbound-api',
    origin: 'api',
    messagingServiceSid: serviceSid ?? null,
    // A service answers before it has chosen the sender.
    from: serviceSid === undefined || given('From') !== undefined ? from : null,
    to,
    body: content.body,
    media: mediaUrls.map((url) => ({ sid: newSid('ME'), contentType: null, content: { url } })),
    numSegments: serviceSid === undefined ? numSegments : 0,
    status: sendAt !== undefined ? 'scheduled' : serviceSid !== undefined ? 'accepted' : 'queued',
    statusCallback,
    contentSid: content.contentSid,
    contentVariables: content.contentVariables,
  });

  const begin = message.status === 'queued' ? undefined : ({ status: 'queued', from, numSegments } as const);
  const windowIsClosed = content.contentSid === null && !carrier.consent.windowIsOpen(from, to, carrier.now());
  const errorCode = !isWhatsApp ? undefined : from === to ? 63031 : windowIsClosed ? 63016 : undefined;
  if (sendAt === undefined) void carrier.pace.track(carryToEnd(carrier, message, { begin, errorCode }));
  else void sendLater(carrier, message, sendAt, () => carryToEnd(carrier, message, { begin, errorCode }));
  return message;
}

async function sendLater(carrier: Carrier, message: Message, sendAt: Date, send: () => Promise<void>): Promise<void> {
  await carrier.pace.wait(sendAt.getTime() - carrier.now().getTime());
  if (message.status === 'scheduled') await carrier.pace.track(send());
}

function readContent(form: URLSearchParams) {
  const body = form.get('Body') ?? '';
  const mediaUrls = form.getAll('MediaUrl').filter((url) => url !== '');
  const contentSid = form.get('ContentSid') || null;
  const contentVariables = form.get('ContentVariables') || null;
  if (contentVariables !== null && contentSid === null) throw new RestError(21654);
  if (contentSid !== null && !/^HX[0-9a-fA-F]{32}$/.test(contentSid)) throw new RestError(21655, contentSid);
  if (contentVariables !== null && !isJsonObject(contentVariables)) throw new RestError(21656);
  if (body.trim() === '' && mediaUrls.length === 0 && contentSid === null) throw new RestError(21619);
  if (body.length > 1600) throw new RestError(21617);
  if (mediaUrls.length > 10) throw new RestError(21623);
  const badUrl = mediaUrls.find((url) => !isWebUrl(url));
  if (badUrl !== undefined) throw new RestError(21620, badUrl);
  return { body, mediaUrls, contentSid, contentVariables };
}

function readSchedule(carrier: Carrier, form: URLSearchParams): Date | undefined {
  if (form.get('ScheduleType') !== 'fixed') return undefined;
  if (!form.has('MessagingServiceSid')) throw new RestError(35118);
  const sendAt = new Date(form.get('SendAt') ?? '');
  const minutes = (sendAt.getTime() - carrier.now().getTime()) / 60_000;
  if (!(minutes >= 15 && minutes <= 35 * 24 * 60)) throw new RestError(35111);
  return sendAt;
}

function chooseSender(carrier: Carrier, serviceSid: string, to: string): string {
  const senders = carrier.numbers.inService(serviceSid);
  if (senders.length === 0) throw new RestError(21701, serviceSid);
  const sender = senders.find((number) => channelOf(number) === channelOf(to));
  if (sender === undefined) throw new RestError(21703);
  return sender;
}

function checkSender(
  carrier: Carrier,
  choice: { accountSid: string; serviceSid: string | undefined; from: string; to: string },
): void {
  const { from, to } = choice;
  if (!isSender(from)) throw new RestError(21212, from);
  if (channelOf(from) !== channelOf(to)) throw new RestError(21910);
  if (from === to && channelOf(from) === 'sms') throw new RestError(21266);
  const owner = carrier.numbers.settingsOf(from)?.accountSid;
  if (owner !== undefined && owner !== choice.accountSid) throw new RestError(21606, from);
  const inService = choice.serviceSid === undefined || carrier.numbers.inService(choice.serviceSid).includes(from);
  if (!inService) throw new RestError(21703);
}

function isWebUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
