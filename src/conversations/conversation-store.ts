import { type Database, type Queryable, sql } from '../store/database.ts';
import { conversationKey } from '../thread/thread-key.ts';
import type { ConversationFacts } from '../twilio/conversations.ts';
import type { ConversationNews } from './news.ts';

export type ConversationStore = ReturnType<typeof createConversationStore>;

/** What was learned of a Conversation by asking Twilio. */
export type Learned = {
  facts: ConversationFacts;
  /** Every message up to here is known, or not worth knowing. */
  knownUpTo: number | undefined;
  /** The customer as `theirs` and `identity`, and our number that they see, where there is one. */
  customer: { theirs: string; identity: string; ours: string | null } | undefined;
  lookedAt: Date;
};

const DEADLOCK = '40P01';
const ATTEMPTS = 3;

/**
 * What is known of Conversations. Whatever changes it locks the thread first, as accept does, and moves its revision: a
 * decision that was made on the old knowledge is made anew.
 */
export function createConversationStore(db: Database, now: () => Date, wake: (threadKeys: string[]) => void) {
  async function change(threadKey: string, work: (tx: Queryable) => Promise<void>): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await changeOnce(threadKey, work);
      } catch (error) {
        // A message that is deleted while it is being accepted: the two wait for each other.
        if ((error as { code?: string }).code !== DEADLOCK || attempt === ATTEMPTS) throw error;
      }
    }
  }

  async function changeOnce(threadKey: string, work: (tx: Queryable) => Promise<void>): Promise<void> {
    const isThread = await db.transaction(async (tx) => {
      const time = now();
      const threads = await tx.query(sql`
        update gateway.thread
        set revision = revision + 1, due_at = case when lease_until > ${time} then due_at else least(due_at, ${time}) end
        where key = ${threadKey}
        returning key`);
      await work(tx);
      return threads.length > 0;
    });
    if (isThread) wake([threadKey]);
  }

  return {
    /** Applies an event, whatever order events come in and however often. */
    async apply(news: ConversationNews): Promise<void> {
      const key = conversationKey(news.conversation);
      await change(key, async (tx) => {
        switch (news.kind) {
          case 'joined':
          case 'left':
            return applyParticipant(tx, key, news);
          case 'changed':
            return applyChange(tx, key, news, now());
          case 'edited':
            return applyEdit(tx, key, news);
          case 'removed':
            return applyRemoval(tx, key, news, now());
          default:
            news satisfies never;
        }
      });
    },

    async learn(threadKey: string, { facts, knownUpTo, customer, lookedAt }: Learned): Promise<void> {
      await change(threadKey, async (tx) => {
        const seen = knownUpTo === undefined ? '{}' : `{[0,${knownUpTo}]}`;
        await tx.query(sql`
          update gateway.conversation
          set state = case when state = 'closed' then state else ${facts.state} end, assistant_id = ${facts.assistantId},
            studio = ${facts.studio}, seen = seen + ${seen}::int4multirange, looked_at = ${lookedAt},
            look_again_at = null
          where thread_key = ${threadKey}`);
        if (customer) {
          await tx.query(sql`
            update gateway.thread
            set theirs = ${customer.theirs}, identity = ${customer.identity}, ours = coalesce(${customer.ours}, ours)
            where key = ${threadKey}`);
        }
        const participants = JSON.stringify(facts.participants);
        await tx.query(sql`
          insert into gateway.participant (sid, thread_key, identity, address, proxy_address, joined_at)
          select sid, ${threadKey}, identity, address, "proxyAddress", "joinedAt"
          from json_to_recordset(${participants}::json) as participant (
            sid text, identity text, address text, "proxyAddress" text, "joinedAt" timestamptz)
          on conflict (sid) do nothing`);
        await tx.query(sql`
          update gateway.participant set left_at = ${lookedAt}
          where thread_key = ${threadKey} and left_at is null and joined_at < ${lookedAt}
            and sid <> all(${facts.participants.map(({ sid }) => sid)}::text[])`);
      });
    },

    /** Twilio could not be asked: not again before that time. */
    async lookLater(threadKey: string, time: Date): Promise<void> {
      await db.query(sql`update gateway.conversation set look_again_at = ${time} where thread_key = ${threadKey}`);
    },

    async isSending(threadKey: string): Promise<boolean> {
      const rows = await db.query(sql`
        select from gateway.outbound_message where thread_key = ${threadKey} and status = 'sending'`);
      return rows.length > 0;
    },

    /** A message of ours has that place, so nobody needs to ask what was said there. */
    async noteIndex(threadKey: string, index: number): Promise<void> {
      await db.query(sql`
        update gateway.conversation set seen = seen + int4multirange(int4range(${index}, ${index + 1}))
        where thread_key = ${threadKey}`);
    },
  };
}

type Of<Kind> = Extract<ConversationNews, { kind: Kind }>;

async function applyParticipant(tx: Queryable, key: string, news: Of<'joined' | 'left'>): Promise<void> {
  const { sid, identity, address, proxyAddress } = news.participant;
  const leftAt = news.kind === 'left' ? news.at : null;
  await tx.query(sql`
    insert into gateway.participant as participant (sid, thread_key, identity, address, proxy_address, joined_at, left_at)
    values (${sid}, ${key}, ${identity}, ${address}, ${proxyAddress}, ${news.at}, ${leftAt})
    on conflict (sid) do update set left_at = coalesce(participant.left_at, excluded.left_at)`);
}

async function applyChange(tx: Queryable, key: string, news: Of<'changed'>, time: Date): Promise<void> {
  const state = news.state ?? null;
  const isAssistantTold = news.assistantId !== undefined;
  await tx.query(sql`
    insert into gateway.conversation as conversation (thread_key, state, told_at, assistant_id, created_at)
    values (${key}, coalesce(${state}::text, 'active'), ${news.at}, ${news.assistantId ?? null}, ${time})
    on conflict (thread_key) do update
    -- Closed is for ever.
    set state = case when conversation.state = 'closed' then 'closed' else coalesce(${state}, conversation.state) end,
      told_at = excluded.told_at,
      assistant_id = case when ${isAssistantTold} then excluded.assistant_id else conversation.assistant_id end
    where ${state}::text = 'closed' or conversation.told_at is null or conversation.told_at <= excluded.told_at`);
}

/** Once somebody is asked about a message it stays as it was asked. */
async function applyEdit(tx: Queryable, key: string, news: Of<'edited'>): Promise<void> {
  const edit = JSON.stringify({ body: news.body, editedAt: news.at });
  await tx.query(sql`
    update gateway.inbound_event event set event = (event.event::jsonb || ${edit}::jsonb)::json
    where idempotency_key = ${`message:${news.sid}`} and thread_key = ${key} and kind = 'message' and handled_at is null
      and coalesce((event.event ->> 'editedAt')::timestamptz <= ${news.at}, true)
      and not exists (
        select from gateway.turn
        where turn.thread_key = ${key} and state in ('asking', 'waiting') and event.id = any(event_ids))`);
}

/** The event stays, or comes, without its words: a webhook that brings them later is a repetition. */
async function applyRemoval(tx: Queryable, key: string, news: Of<'removed'>, time: Date): Promise<void> {
  const { sid, author, index, at } = news;
  const removed = { body: '', media: [], unasked: 'removed' };
  const whole = JSON.stringify({ sid, fields: {}, author, index, ...removed });
  await tx.query(sql`
    insert into gateway.inbound_event as event (idempotency_key, thread_key, kind, occurred_at, received_at, source, event)
    select ${`message:${sid}`}, ${key}, 'message', ${at}, ${time}, 'webhook', ${whole}::json
    where exists (select from gateway.thread where key = ${key})
    on conflict (idempotency_key) do update
    set event = (event.event::jsonb || ${JSON.stringify(removed)}::jsonb)::json
    where event.thread_key = ${key} and event.kind = 'message' and event.handled_at is null
      and not exists (
        select from gateway.turn
        where turn.thread_key = ${key} and state in ('asking', 'waiting') and event.id = any(event_ids))`);
  await tx.query(sql`
    update gateway.conversation set seen = seen + int4multirange(int4range(${index}, ${index + 1}))
    where thread_key = ${key}`);
}
