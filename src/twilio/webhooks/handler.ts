import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import type { TwilioAccount } from '../../config/config.ts';
import type { ConversationNews } from '../../conversations/news.ts';
import type { HandoffNames } from '../../handoff/handoff.ts';
import { errorBody, TandemError } from '../../http/errors.ts';
import type { Accept, Arrival } from '../../inbox/accept.ts';
import type { RefusedNumbers } from '../../inbox/refused-numbers.ts';
import type { Events } from '../../observability/events.ts';
import type { Receipt, ReceiptOutcome } from '../../outbox/receipts.ts';
import { isConnectionTrouble } from '../../store/database.ts';
import { conversationKey } from '../../thread/thread-key.ts';
import { within } from '../../within.ts';
import { meaningOf } from '../error-meanings.ts';
import { parseConversationEvent } from './conversations.ts';
import { parseFlexEvent } from './flex.ts';
import { parseMessaging } from './messaging.ts';
import { readSignedWebhook, type SignedWebhook } from './signed-request.ts';
import { parseStatus } from './status.ts';

export type WebhookParts = {
  accounts: Map<string, TwilioAccount>;
  publicUrl: string | undefined;
  accept: Accept;
  refused: Pick<RefusedNumbers, 'note'>;
  applyReceipt: (receipt: Receipt) => Promise<ReceiptOutcome>;
  /** Something happened in a Conversation that is no message. */
  applyNews: (news: ConversationNews) => Promise<void>;
  /** Something has changed where humans take threads over. Answers the threads that it is about. */
  signalHandoff: (names: HandoffNames) => Promise<string[]>;
  /** Whether a message of ours is on its way in that thread. */
  isSending: (threadKey: string) => Promise<boolean>;
  /** A webhook of Twilio's was refused because the store is away: what it brought has to be fetched later. */
  missed: () => void;
  /** A message of Twilio's has come this far, and is about to be stored. */
  reached: () => void;
  events: Events;
  now: () => Date;
};

type Answer = { status: 200 | 204; body: string };

/** No reply by TwiML: answers leave through the API. */
const EMPTY_TWIML: Answer = { status: 200, body: '<?xml version="1.0" encoding="UTF-8"?><Response/>' };
const NO_CONTENT: Answer = { status: 204, body: '' };

type WebhookKind = 'messaging' | 'status' | 'conversations' | 'flex';

const paths: Record<string, WebhookKind> = {
  '/webhooks/twilio/messaging': 'messaging',
  '/channels/messaging/incoming': 'messaging',
  '/webhooks/twilio/status': 'status',
  '/webhooks/twilio/conversations': 'conversations',
  '/channels/conversations/messageAdded': 'conversations',
  '/webhooks/twilio/flex': 'flex',
};

/** How long the store may take. Twilio waits for 15 s in all, and for 5 s where it tells of Conversations. */
const PATIENCE: Record<WebhookKind, number> = { messaging: 8_000, status: 8_000, conversations: 4_000, flex: 8_000 };
/** A message may have 32 KB, each byte of them spelled with three, and attributes besides. */
const CONVERSATION_LIMIT = 192 * 1024;
/** In all well within the 5 s that Twilio waits. */
const RECEIPT_LOOKS = 20;
const RECEIPT_PAUSE = 100;

/** What a URL's path is for, if it is a Twilio webhook. */
export function webhookKind(url: string | undefined): WebhookKind | undefined {
  const path = (url ?? '').split('?', 1)[0] as string;
  return Object.hasOwn(paths, path) ? paths[path] : undefined;
}

/**
 * Answers Twilio's webhooks: verify → parse → store → acknowledge, in this order, so a 2xx is durable. A plain request
 * handler in front of Express, which would cost three quarters of the throughput.
 */
export function createWebhookHandler(parts: WebhookParts) {
  const { events } = parts;

  async function receiveMessage(arrival: Arrival, kind: WebhookKind, startedAt: number): Promise<void> {
    parts.reached();
    const outcome = await inTime(kind, parts.accept(arrival)).catch((error) => {
      parts.refused.note(arrival);
      throw error;
    });
    events.webhookAccepted({
      kind: arrival.kind,
      threadKey: arrival.threadKey,
      messageSid: arrival.content.sid,
      body: arrival.content.body,
      ms: Math.round((performance.now() - startedAt) * 10) / 10,
      duplicate: outcome === 'duplicate',
    });
  }

  async function receiveReceipt(receipt: Receipt | undefined): Promise<ReceiptOutcome | undefined> {
    const outcome = receipt && (await parts.applyReceipt(receipt));
    if (outcome === 'applied') {
      const { sid, status, errorCode } = receipt as Receipt;
      const error = errorCode === null ? null : meaningOf(errorCode).meaning;
      events.receiptApplied({ messageSid: sid, status, errorCode, error });
    }
    return outcome;
  }

  /** A receipt in a Conversation carries no id of ours: it may have to wait until we know the SID that it names. */
  async function receiveEarlyReceipt(receipt: Receipt, threadKey: string): Promise<void> {
    for (let look = 1; look <= RECEIPT_LOOKS; look++) {
      const mayBeOurs = await parts.isSending(threadKey);
      if ((await receiveReceipt(receipt)) !== 'unknown' || !mayBeOurs) return;
      await setTimeout(RECEIPT_PAUSE);
    }
  }

  async function receiveNews(news: ConversationNews): Promise<void> {
    await parts.applyNews(news);
    await parts.signalHandoff({ conversationSid: news.conversation.sid });
  }

  async function receiveConversation(webhook: SignedWebhook, startedAt: number): Promise<void> {
    const event = parseConversationEvent(webhook, parts.now());
    switch (event.kind) {
      case 'arrival':
        return receiveMessage(event.arrival, 'conversations', startedAt);
      case 'news':
        await inTime('conversations', receiveNews(event.news));
        return events.conversationChanged({
          kind: event.news.kind,
          threadKey: conversationKey(event.news.conversation),
        });
      case 'receipt':
        return inTime('conversations', receiveEarlyReceipt(event.receipt, conversationKey(event.conversation)));
      case 'nothing':
        return;
      default:
        event satisfies never;
    }
  }

  async function receive(webhook: SignedWebhook, kind: WebhookKind, startedAt: number): Promise<Answer> {
    if (kind === 'conversations') {
      await receiveConversation(webhook, startedAt);
      return NO_CONTENT;
    }
    if (kind === 'flex') {
      const { event, names } = parseFlexEvent(webhook);
      events.handoffSignalled({ event, threadKeys: await inTime(kind, parts.signalHandoff(names)) });
      return NO_CONTENT;
    }
    // Both may be configured on one URL; only a status callback has this field.
    if (kind === 'status' || webhook.fields.has('MessageStatus')) {
      await inTime(kind, receiveReceipt(parseStatus(webhook)));
      return NO_CONTENT;
    }
    await receiveMessage(parseMessaging(webhook, parts.now()), kind, startedAt);
    return EMPTY_TWIML;
  }

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const kind = webhookKind(request.url) as WebhookKind;
    const startedAt = performance.now();
    let webhook: SignedWebhook | undefined;
    try {
      const { accounts, publicUrl } = parts;
      const limit = kind === 'conversations' ? CONVERSATION_LIMIT : undefined;
      webhook = await readSignedWebhook(request, { accounts, publicUrl, limit });
      const { status, body } = await receive(webhook, kind, startedAt);
      response.writeHead(status, body ? { 'content-type': 'text/xml', 'content-length': Buffer.byteLength(body) } : {});
      response.end(body);
    } catch (error) {
      const answer = error instanceof TandemError ? error : storeError(error);
      if (error instanceof TandemError) {
        const accountSid = webhook?.accountSid;
        events.webhookRejected({ kind, error: error.kind, status: error.status, accountSid, detail: error.message });
      } else {
        events.webhookFailed(kind, error);
        if (webhook) parts.missed();
      }
      const body = JSON.stringify(errorBody(answer));
      response.writeHead(answer.status, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        // A body that was not read to its end must not be taken for the next request.
        ...(request.complete ? {} : { connection: 'close' }),
        ...answer.headers,
      });
      response.end(body);
    }
  };
}

function inTime<Result>(kind: WebhookKind, storing: Promise<Result>): Promise<Result> {
  return within(PATIENCE[kind], storing, () => new Error('The database did not answer in time.'));
}

function storeError(error: unknown): TandemError {
  return new TandemError(isConnectionTrouble(error) ? 'storeAway' : 'internal', undefined, { cause: error });
}
