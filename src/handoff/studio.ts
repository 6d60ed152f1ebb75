import { type Queryable, sql } from '../store/database.ts';
import { parseConversationKey } from '../thread/thread-key.ts';
import type { TwilioClients } from '../twilio/clients.ts';
import { beginFailure, type Case, type Desk } from './desk.ts';

/** No Conversation has more of its own, and Twilio takes no greater page. */
export const MOST_WEBHOOKS = 5;

/** Studio flows, which have a Conversation as long as a webhook of it leads to them (protocol reference 6.1). */
export function createStudioDesk(parts: { clients: Pick<TwilioClients, 'of'>; db: Queryable }): Desk {
  function conversationOf({ thread, handoff: { place } }: Case) {
    const id = parseConversationKey(thread.key);
    if (!id || place.target !== 'studio') throw new Error('Only a Conversation can be given to a Studio flow.');
    const service = parts.clients.of(thread.accountSid).conversations.v1.services(id.serviceSid);
    return { conversation: service.conversations(id.sid), flowSid: place.flowSid };
  }

  async function find(one: Case) {
    const { conversation, flowSid } = conversationOf(one);
    const webhooks = await conversation.webhooks.list({ limit: MOST_WEBHOOKS });
    const ours = webhooks.find(({ target, configuration }) => {
      return target === 'studio' && (configuration as { flow_sid?: string }).flow_sid === flowSid;
    });
    return ours && { webhookSid: ours.sid };
  }

  return {
    find,
    async begin(one) {
      try {
        const { conversation, flowSid } = conversationOf(one);
        const index = await lastIndex(parts.db, one.thread.key);
        const { sid } = await conversation.webhooks.create({
          target: 'studio',
          'configuration.flowSid': flowSid,
          // Replayed, so that what the customer said last starts the flow.
          ...(index !== undefined && { 'configuration.replayAfter': index - 1 }),
        });
        return { kind: 'begun', refs: { webhookSid: sid } };
      } catch (error) {
        return beginFailure('Twilio', error);
      }
    },
    async look(one) {
      const refs = await find(one);
      return { stands: refs ? 'human' : 'over', refs: refs ?? {} };
    },
    async close(one) {
      const refs = await find(one);
      if (refs) await conversationOf(one).conversation.webhooks(refs.webhookSid).remove();
      return { kind: 'closed' };
    },
  };
}

/** The place in its Conversation of what the customer said last, as far as it is known. */
async function lastIndex(db: Queryable, threadKey: string): Promise<number | undefined> {
  const [row] = await db.query<{ index: number | null }>(sql`
    select max((event ->> 'index')::int) as index
    from gateway.inbound_event event join gateway.thread on thread.key = ${threadKey}
    where event.id in (select unnest(event_ids) from gateway.turn where thread_key = ${threadKey})
      and event ->> 'author' = theirs`);
  return row?.index ?? undefined;
}
