import twilio from 'twilio';
import type { TwilioAccount } from '../config/config.ts';
import type { CallOutcome } from '../outbox/message-steps.ts';
import { storableText } from '../store/storable-text.ts';
import { meaningOf } from './error-meanings.ts';
import { createHttpClient, OutcomeUnknown, TryLater } from './http-client.ts';

/** A message as Twilio's own log shows it. */
export type LoggedMessage = {
  sid: string;
  from: string;
  to: string;
  body: string;
  direction: string;
  messagingServiceSid: string | null;
  numMedia: number;
  createdAt: Date;
};

/** What Tandem asks of Twilio's messaging API, and nothing more. */
export type Carrier = {
  send(message: {
    accountSid: string;
    from: string;
    to: string;
    body: string;
    statusCallback?: string;
  }): Promise<CallOutcome>;
  /** Newest first, as far as `limit` goes. */
  sentTo(query: { accountSid: string; from: string; to: string; limit: number }): Promise<LoggedMessage[]>;
  /** What `number` received since a time, newest first, page by page. */
  receivedBy(query: { accountSid: string; number: string; since: Date }): AsyncIterable<LoggedMessage[]>;
  mediaOf(query: { accountSid: string; sid: string }): Promise<{ url: string; contentType: string }[]>;
  close(): Promise<void>;
};

/** Twilio's list of messages follows what happens within this time, in milliseconds. */
export const LOG_LAG = 3_000;
/** Too many messages wait for this sender: Twilio took nothing. */
const QUEUE_FULL = 21611;
const OPTED_OUT = 21610;
/** Credentials can be mended while messages wait. */
const AUTH_RETRY = 60_000;

export function createCarrier(options: {
  accounts: TwilioAccount[];
  baseUrl: string | undefined;
  timeout: number;
}): Carrier {
  const http = createHttpClient(options);
  const clients = new Map(
    options.accounts.map(({ accountSid, username, password }) => [
      accountSid,
      twilio(username, password, { accountSid, httpClient: http as never }),
    ]),
  );
  const clientOf = (accountSid: string) => {
    const client = clients.get(accountSid);
    if (!client)
      throw new TryLater(
        `No credentials for the Twilio account ${accountSid}: add it to TWILIO_SUBACCOUNTS.`,
        AUTH_RETRY,
      );
    return client;
  };

  return {
    async send({ accountSid, from, to, body, statusCallback }) {
      try {
        const { sid } = await clientOf(accountSid).messages.create({ from, to, body, statusCallback });
        return { kind: 'sent', sid, reconciled: false };
      } catch (error) {
        return outcomeOf(error);
      }
    },
    async sentTo({ accountSid, from, to, limit }) {
      const messages = await clientOf(accountSid).messages.list({ from, to, limit, pageSize: limit });
      return messages.map(loggedMessage);
    },
    async *receivedBy({ accountSid, number, since }) {
      const messages = clientOf(accountSid).messages;
      for (let url: string | undefined; ; ) {
        const page = url
          ? await messages.getPage(url)
          : await messages.page({ to: number, dateSentAfter: since, pageSize: 1000 });
        yield page.instances.map(loggedMessage);
        url = page.nextPageUrl;
        if (!url) return;
      }
    },
    async mediaOf({ accountSid, sid }) {
      const media = await clientOf(accountSid).messages(sid).media.list({ limit: 20 });
      return media.map((item) => ({
        url: `https://api.twilio.com${item.uri.replace(/\.json$/, '')}`,
        contentType: item.contentType,
      }));
    },
    close: () => http.close(),
  };
}

function outcomeOf(error: unknown): CallOutcome {
  if (error instanceof TryLater) return { kind: 'later', error: error.message, retryAfterMs: error.retryAfterMs };
  if (error instanceof OutcomeUnknown) return { kind: 'unknown', error: error.message };
  const { status, code } = error as { status?: number; code?: number };
  // Anything that is not an answer of Twilio's (an answer we cannot read, say) proves nothing.
  if (status === undefined) return { kind: 'unknown', error: 'Twilio’s answer could not be read.' };
  const meaning = code === undefined ? `Twilio refused the message (HTTP ${status}).` : meaningOf(code).meaning;
  if (status === 401 || code === 20003) return { kind: 'later', error: meaning, retryAfterMs: AUTH_RETRY };
  if (code === QUEUE_FULL) return { kind: 'later', error: meaning, retryAfterMs: undefined };
  return { kind: 'refused', error: meaning, code, optedOut: code === OPTED_OUT };
}

function loggedMessage(message: {
  sid: string;
  from: string;
  to: string;
  body: string;
  direction: string;
  messagingServiceSid: string;
  numMedia: string;
  dateCreated: Date;
}): LoggedMessage {
  return {
    sid: message.sid,
    from: message.from,
    to: message.to,
    body: storableText(message.body ?? ''),
    direction: message.direction,
    messagingServiceSid: message.messagingServiceSid ?? null,
    numMedia: Number(message.numMedia ?? 0),
    createdAt: message.dateCreated,
  };
}
