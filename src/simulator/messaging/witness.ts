import { z } from 'zod';
import type { Carrier } from '../carrier.ts';
import { mediaUri } from './message-resource.ts';
import type { Message, MessageLog } from './messages.ts';

/** `number` is either end; `after` is the `sequence` of the last message already seen. */
export const witnessQuery = z.strictObject({
  from: z.string().optional(),
  to: z.string().optional(),
  number: z.string().optional(),
  after: z.coerce.number().int().min(0).optional(),
});

/** What was texted, in order of creation, including what was deleted over REST since. */
export function witnessed(log: MessageLog, query: z.output<typeof witnessQuery>) {
  const { from, to, number, after } = query;
  return log
    .all()
    .filter(
      (message) =>
        (from === undefined || message.from === from) &&
        (to === undefined || message.to === to) &&
        (number === undefined || message.from === number || message.to === number) &&
        (after === undefined || message.sequence > after),
    )
    .map(testimony);
}

export function testimony(message: Message) {
  return {
    ...message,
    media: message.media.map((media) => ({
      sid: media.sid,
      contentType: media.contentType,
      path: mediaUri(message, media),
      ...(!Buffer.isBuffer(media.content) && media.content),
    })),
  };
}

/** Totals since the messages were last deleted; calls and faults since the start. `underWay` 0 means all is quiet. */
export function witnessStats(carrier: Carrier) {
  const { log, webhooks, receipts, faults, pace } = carrier;
  const byDirection: Record<Message['direction'], number> = { inbound: 0, 'outbound-api': 0, 'outbound-reply': 0 };
  const byStatus: Partial<Record<Message['status'], number>> = {};
  for (const message of log.all()) {
    byDirection[message.direction] += 1;
    byStatus[message.status] = (byStatus[message.status] ?? 0) + 1;
  }
  return {
    messages: byDirection,
    statuses: byStatus,
    dropped: log.dropped(),
    callsToWebhooks: webhooks.counts,
    receipts,
    faults: faults.injected,
    underWay: pace.underWay(),
  };
}
