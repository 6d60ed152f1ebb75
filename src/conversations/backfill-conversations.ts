import { eachPatiently } from '../each-patiently.ts';
import type { Accept } from '../inbox/accept.ts';
import type { Events } from '../observability/events.ts';
import { type Database, sql } from '../store/database.ts';
import { type ConversationId, conversationKey, parseConversationKey } from '../thread/thread-key.ts';
import { arrivalOfConversation, isOwn } from '../twilio/conversation-message.ts';
import type { Conversations } from '../twilio/conversations.ts';

type Parts = {
  db: Database;
  conversations: Conversations;
  accept: Accept;
  events: Events;
  now: () => Date;
};

/** A Conversation that may hold messages which no webhook has brought. */
type Candidate = {
  accountSid: string;
  id: ConversationId;
  messagingServiceSid: string | null;
  assistantId: string | null;
  publicUrl: string | null;
  /** Everything below this Index is known. */
  known: number;
  since: Date;
};

/** Messages older than this are not answered any more, however long we were away. */
const WINDOW = 24 * 3_600_000;
/** Twilio's list may lag behind, and clocks differ. */
const OVERLAP = 5 * 60_000;
/** Where nothing is known to be missed, only those that were alive this lately are looked into. */
const LOOK_BACK = 30 * 60_000;
/** Conversations that are looked into at one time, those with the newest messages first. */
const MOST = 500;
const MOST_MESSAGES = 200;
const PACE = { atOnce: 8, tries: 4 };

/**
 * Asks Twilio for messages of Conversations that no webhook has brought: of those that we know and that were alive
 * lately, and of those that began in a service of ours since everything was known to be stored. Idempotent by SID.
 */
export async function backfillConversations(
  parts: Parts,
  isMissed: boolean,
): Promise<{ services: number; recovered: number }> {
  const { db, now } = parts;
  const startedAt = now();
  const services = await db.query<{
    accountSid: string;
    address: string;
    assistantId: string | null;
    publicUrl: string | null;
    completeUntil: Date;
  }>(sql`
    select account_sid as "accountSid", address, assistant_id as "assistantId", public_url as "publicUrl",
      complete_until as "completeUntil"
    from gateway.number where address like 'IS%' order by address`);
  if (services.length === 0) return { services: 0, recovered: 0 };
  const candidates = await knownConversations(parts, services, isMissed);
  const known = new Set(candidates.map(({ id }) => conversationKey(id)));
  for (const service of services) {
    const since = latest(service.completeUntil.getTime() - OVERLAP, startedAt.getTime() - WINDOW);
    const { accountSid, address: serviceSid, assistantId, publicUrl } = service;
    const begun = await parts.conversations.begunSince(accountSid, serviceSid, since, MOST);
    for (const { sid, createdAt, messagingServiceSid } of begun) {
      const id = { serviceSid, sid };
      if (createdAt < since || known.has(conversationKey(id))) continue;
      candidates.push({ accountSid, id, messagingServiceSid, assistantId, publicUrl, known: 0, since });
    }
  }
  let recovered = 0;
  await eachPatiently(candidates, PACE, async (candidate) => {
    recovered += await backfillOne(parts, candidate);
  });
  await db.query(sql`
    update gateway.number set complete_until = greatest(complete_until, ${startedAt})
    where address = any(${services.map(({ address }) => address)}::text[])`);
  return { services: services.length, recovered };
}

async function knownConversations(
  { db, now }: Parts,
  services: { completeUntil: Date }[],
  isMissed: boolean,
): Promise<Candidate[]> {
  const completeUntil = Math.min(now().getTime(), ...services.map((service) => service.completeUntil.getTime()));
  // A message in one that was quiet for longer is fetched when the next one comes.
  const aliveSince = new Date(completeUntil - (isMissed ? WINDOW : LOOK_BACK));
  const rows = await db.query<{
    key: string;
    accountSid: string;
    messagingServiceSid: string | null;
    publicUrl: string | null;
    known: number;
    createdAt: Date;
  }>(sql`
    select key, account_sid as "accountSid", messaging_service_sid as "messagingServiceSid",
      public_url as "publicUrl", lower(int4multirange(int4range(0, null)) - seen) as known,
      conversation.created_at as "createdAt"
    from gateway.thread join gateway.conversation on thread_key = key
    where channel = 'conversation' and state <> 'closed' and active_at > ${aliveSince}
    order by active_at desc limit ${MOST}`);
  return rows.flatMap(({ key, createdAt, ...row }) => {
    const id = parseConversationKey(key);
    const since = latest(createdAt.getTime() - OVERLAP, now().getTime() - WINDOW);
    return id ? [{ ...row, id, assistantId: null, since }] : [];
  });
}

async function backfillOne({ conversations, accept, events }: Parts, candidate: Candidate): Promise<number> {
  const { accountSid, id, known, since, ...rest } = candidate;
  let listed: Awaited<ReturnType<Conversations['messagesSince']>>;
  try {
    listed = await conversations.messagesSince(accountSid, id, known, MOST_MESSAGES);
  } catch (error) {
    // Deleted meanwhile.
    if ((error as { status?: number }).status === 404) return 0;
    throw error;
  }
  const missed = listed.filter(({ attributes, createdAt }) => !isOwn(attributes) && createdAt >= since).reverse();
  const outcomes = await Promise.all(
    missed.map((message) =>
      accept(
        arrivalOfConversation({
          ...rest,
          ...message,
          conversation: id,
          accountSid,
          writesAs: null,
          source: 'backfill',
          fields: {},
        }),
      ),
    ),
  );
  const recovered = outcomes.filter((outcome) => outcome === 'accepted').length;
  if (recovered > 0) events.backfillRecovered({ number: conversationKey(id), messages: recovered });
  return recovered;
}

function latest(...times: number[]): Date {
  return new Date(Math.max(...times));
}
