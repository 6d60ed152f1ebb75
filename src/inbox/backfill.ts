import { TandemError } from '../http/errors.ts';
import type { Events } from '../observability/events.ts';
import { type Database, isConnectionTrouble, sql } from '../store/database.ts';
import type { Media } from '../thread/thread-state.ts';
import type { Carrier, LoggedMessage } from '../twilio/carrier.ts';
import type { Conversations } from '../twilio/conversations.ts';
import { arrivalOf } from '../twilio/webhooks/messaging.ts';
import type { Accept } from './accept.ts';
import { findCaptured } from './captured.ts';
import type { RefusedNumbers } from './refused-numbers.ts';

type OurNumber = {
  accountSid: string;
  address: string;
  assistantId: string | null;
  publicUrl: string | null;
  completeUntil: Date;
  /** Of Conversations, in the same account. */
  services: string[];
};

export type BackfillParts = {
  db: Database;
  carrier: Carrier;
  talks: {
    /** Of the texts that Conversations took: Twilio's log of messages shows them all the same. */
    conversations: Pick<Conversations, 'captures' | 'messagesSince'>;
    /** The same for Conversations. */
    backfill: (isMissed: boolean) => Promise<{ services: number; recovered: number }>;
  };
  accept: Accept;
  refused: RefusedNumbers;
  events: Events;
  logLag: number;
  now: () => Date;
};

/** Messages older than this are not answered any more, however long we were away. */
const WINDOW = 24 * 3_600_000;
/** Twilio's list may lag behind, and clocks differ. */
const OVERLAP = 5 * 60_000;

/**
 * Asks Twilio what it received for our numbers since everything was known to be stored, and accepts what no webhook
 * has brought. Idempotent by SID. Throws when Twilio or the store cannot be reached; what was stored by then stays.
 */
export async function backfill(
  parts: BackfillParts,
  isMissed: boolean,
): Promise<{ numbers: number; recovered: number }> {
  const { db, now } = parts;
  await parts.refused.record();
  const numbers = await db.query<OurNumber>(sql`
    select account_sid as "accountSid", address, assistant_id as "assistantId", public_url as "publicUrl",
      complete_until as "completeUntil", array(
        select service.address from gateway.number service
        where service.account_sid = number.account_sid and service.address like 'IS%') as services
    from gateway.number where address not like 'IS%' order by address`);
  let recovered = 0;
  for (const number of numbers) {
    const startedAt = now();
    recovered += await backfillNumber(parts, number);
    await db.query(sql`
      update gateway.number set complete_until = greatest(complete_until, ${startedAt})
      where account_sid = ${number.accountSid} and address = ${number.address}`);
  }
  const talks = await parts.talks.backfill(isMissed);
  return { numbers: numbers.length + talks.services, recovered: recovered + talks.recovered };
}

async function backfillNumber(parts: BackfillParts, number: OurNumber): Promise<number> {
  const { db, carrier, accept, events, now } = parts;
  const since = new Date(Math.max(number.completeUntil.getTime() - OVERLAP, now().getTime() - WINDOW));
  const received: LoggedMessage[] = [];
  for await (const page of carrier.receivedBy({ accountSid: number.accountSid, number: number.address, since })) {
    received.push(...page.filter((message) => message.direction === 'inbound' && message.createdAt >= since));
    const oldest = page.at(-1);
    if (!oldest || oldest.createdAt < since) break;
  }
  if (received.length === 0) return 0;

  const keys = received.map((message) => `message:${message.sid}`);
  const rows = await db.query<{ key: string; occurredAt: Date }>(sql`
    select idempotency_key as key, occurred_at as "occurredAt" from gateway.inbound_event
    where idempotency_key = any(${keys}::text[])`);
  const known = new Map(rows.map((row) => [row.key, row.occurredAt]));

  const unknown = received.filter((message) => !known.has(`message:${message.sid}`));
  const { conversations } = parts.talks;
  const { accountSid, services } = number;
  const captured = await findCaptured({ conversations, services, logLag: parts.logLag, now }, accountSid, unknown);

  // Twilio's dates are cut to seconds, its order is finer: nobody is put before whom he followed.
  const latest = new Map<string, Date>();
  const missing: { message: LoggedMessage; occurredAt: Date; media: Media[] }[] = [];
  for (const message of received.reverse()) {
    const pair = `${message.from} ${message.to}`;
    const before = latest.get(pair);
    const stored = known.get(`message:${message.sid}`);
    const occurredAt = stored ?? (before && before > message.createdAt ? before : message.createdAt);
    latest.set(pair, occurredAt);
    if (stored || captured.has(message)) continue;
    const media =
      message.numMedia > 0 ? await carrier.mediaOf({ accountSid: number.accountSid, sid: message.sid }) : [];
    missing.push({ message, occurredAt, media });
  }
  // Handed over in order and at once, so that they share their commits.
  const outcomes = await Promise.all(
    missing.map(async ({ message, occurredAt, media }) => {
      try {
        return await accept(
          arrivalOf({
            sid: message.sid,
            accountSid: number.accountSid,
            from: message.from,
            to: message.to,
            body: message.body,
            media,
            messagingServiceSid: message.messagingServiceSid,
            optOutType: undefined,
            assistantId: number.assistantId,
            publicUrl: number.publicUrl,
            occurredAt,
            source: 'backfill',
            fields: {},
          }),
        );
      } catch (error) {
        // One message that can never be stored must not keep all the others waiting for good.
        if (!(error instanceof TandemError) && isConnectionTrouble(error)) throw error;
        events.backfillUnstorable({ messageSid: message.sid, error });
        return 'unstorable';
      }
    }),
  );
  const recovered = outcomes.filter((outcome) => outcome === 'accepted').length;
  if (recovered > 0) events.backfillRecovered({ number: number.address, messages: recovered });
  return recovered;
}
