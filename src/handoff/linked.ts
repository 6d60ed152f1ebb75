import type { Accept, Arrival } from '../inbox/accept.ts';
import { batched } from '../store/batch.ts';
import { type Queryable, sql } from '../store/database.ts';
import { parseConversationKey } from '../thread/thread-key.ts';

type Link = Pick<Arrival, 'threadKey' | 'channel' | 'ours' | 'theirs' | 'identity' | 'assistantId' | 'publicUrl'>;

/**
 * What is said in a Conversation that Flex made for a phone belongs to the phone's thread: to its transcript while an
 * agent has it, and to the assistant afterwards. Until Flex has told us the Conversation's name, it is known by who
 * writes in it.
 */
export function createLinkedAccept(db: Queryable, accept: Accept): Accept {
  const find = batched(async (arrivals: Arrival[]): Promise<(Link | undefined)[]> => {
    const authors = arrivals.map(({ accountSid, threadKey, content }, n) => ({
      n,
      accountSid,
      conversationSid: parseConversationKey(threadKey)?.sid,
      author: content.author,
    }));
    const links = await db.query<Link & { n: number }>(sql`
      select n, link.* from json_to_recordset(${JSON.stringify(authors)}::json) as arrival (
        n int, "accountSid" text, "conversationSid" text, author text)
      cross join lateral (
        select thread.key as "threadKey", channel, ours, theirs, identity, assistant_id as "assistantId",
          public_url as "publicUrl"
        from gateway.handoff join gateway.thread on thread.key = handoff.thread_key
        where target = 'flex' and channel <> 'conversation' and account_sid = arrival."accountSid"
          and (handoff.conversation_sid = arrival."conversationSid"
            or handoff.conversation_sid is null and ended_at is null and attempts > 0 and theirs = arrival.author)
        order by handoff.conversation_sid is null, requested_at desc limit 1
      ) link`);
    const byNumber = new Map(links.map(({ n, ...link }) => [n, link]));
    return arrivals.map((_, n) => byNumber.get(n));
  });

  return async (arrival) => {
    if (arrival.channel !== 'conversation') return accept(arrival);
    const link = await find(arrival);
    if (!link) return accept(arrival);
    return accept({ ...arrival, ...link, messagingServiceSid: null, author: null });
  };
}
