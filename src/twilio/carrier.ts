import type { CallOutcome } from '../outbox/message-steps.ts';
import { storableText } from '../store/storable-text.ts';
import { failedCall, type TwilioClients } from './clients.ts';

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
    body?: string;
    mediaUrl?: string[];
    contentSid?: string;
    contentVariables?: string;
    statusCallback?: string;
  }): Promise<CallOutcome>;
  /** Newest first, as far as `limit` goes. */
  sentTo(query: { accountSid: string; from: string; to: string; limit: number }): Promise<LoggedMessage[]>;
  /** What `number` received since a time, newest first, page by page. */
  receivedBy(query: { accountSid: string; number: string; since: Date }): AsyncIterable<LoggedMessage[]>;
  mediaOf(query: { accountSid: string; sid: string }): Promise<{ url: string; contentType: string }[]>;
};

/** Twilio's list of messages follows what happens within this time, in milliseconds. */
export const LOG_LAG = 3_000;

export function createCarrier(clients: TwilioClients): Carrier {
  return {
    async send({ accountSid, ...message }) {
      try {
        const { sid } = await clients.of(accountSid).messages.create(message);
        return { kind: 'sent', sid, reconciled: false };
      } catch (error) {
        return failedCall(error);
      }
    },
    async sentTo({ accountSid, from, to, limit }) {
      const messages = await clients.of(accountSid).messages.list({ from, to, limit, pageSize: limit });
      return messages.map(loggedMessage);
    },
    async *receivedBy({ accountSid, number, since }) {
      const messages = clients.of(accountSid).messages;
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
      const media = await clients.of(accountSid).messages(sid).media.list({ limit: 20 });
      return media.map((item) => ({
        url: `https://api.twilio.com${item.uri.replace(/\.json$/, '')}`,
        contentType: item.contentType,
      }));
    },
  };
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
