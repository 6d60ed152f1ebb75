import type { Accept } from '../inbox/accept.ts';
import type { Events } from '../observability/events.ts';
import { conversationIdentityOf } from '../thread/identity.ts';
import { type ConversationId, parseConversationKey } from '../thread/thread-key.ts';
import type { ThreadState } from '../thread/thread-state.ts';
import { arrivalOfConversation, isOwn } from '../twilio/conversation-message.ts';
import type { Conversations, ListedMessage } from '../twilio/conversations.ts';
import type { ConversationStore } from './conversation-store.ts';
import { customerOf } from './talk.ts';

export type CatchUp = (state: ThreadState) => Promise<void>;

/** No more missed messages than this are fetched at once, and none that is older. */
const MOST = 200;
const OLDEST = 24 * 3_600_000;
/** What was said before we were told of a Conversation, or so long before, was not said to us. */
const BEFORE_US = 5 * 60_000;
const SHORTEST_PAUSE = 1_000;
const LONGEST_PAUSE = 60_000;

/**
 * Asks Twilio who is in a Conversation and, where messages are missing, what was said; stores it. When Twilio cannot be
 * asked the time of the next attempt is stored. Throws when the store fails.
 */
export function createCatchUp(parts: {
  conversations: Conversations;
  store: ConversationStore;
  accept: Accept;
  events: Events;
  now: () => Date;
}): CatchUp {
  const { conversations, store, now } = parts;

  return async (state) => {
    const { thread, conversation, pending } = state;
    const id = parseConversationKey(thread.key);
    if (!id || !conversation) return;
    const newest = Math.max(now().getTime(), ...pending.map(({ receivedAt }) => receivedAt.getTime()));
    const top = Math.max(-1, ...pending.map((event) => (event.kind === 'reply' ? -1 : (event.content.index ?? -1))));
    const isGap = top > conversation.unseen;
    let known: [Awaited<ReturnType<Conversations['look']>>, ListedMessage[]];
    try {
      known = await Promise.all([
        conversations.look(thread.accountSid, id),
        isGap ? conversations.messagesSince(thread.accountSid, id, conversation.unseen, MOST) : [],
      ]);
    } catch (error) {
      if ((error as { status?: number }).status === 404) {
        const at = now();
        await store.apply({ kind: 'changed', conversation: id, state: 'closed', at });
        return;
      }
      const waited = now().getTime() - Math.min(newest, ...pending.map(({ receivedAt }) => receivedAt.getTime()));
      const pause = Math.min(LONGEST_PAUSE, Math.max(SHORTEST_PAUSE, waited / 2));
      parts.events.catchUpFailed({ threadKey: thread.key, error });
      await store.lookLater(thread.key, new Date(now().getTime() + pause));
      return;
    }
    const [facts, missing] = known;
    await acceptMissed(parts, state, id, missing);
    // Until Twilio was asked for the first time, it is only known who wrote first.
    const before = conversation.lookedAt ? thread.theirs : '';
    const customer = customerOf(facts.participants, conversation.author, before);
    const theirs = customer && (customer.address ?? customer.identity);
    await store.learn(thread.key, {
      facts,
      knownUpTo: isGap ? top : undefined,
      customer: theirs ? { theirs, identity: conversationIdentityOf(theirs), ours: customer.proxyAddress } : undefined,
      lookedAt: new Date(newest),
    });
  };
}

async function acceptMissed(
  { accept, events, now }: { accept: Accept; events: Events; now: () => Date },
  { thread, conversation, pending }: ThreadState,
  id: ConversationId,
  missing: ListedMessage[],
): Promise<void> {
  const since = Math.max((conversation?.createdAt.getTime() ?? 0) - BEFORE_US, now().getTime() - OLDEST);
  const wanted = missing.filter(({ attributes, createdAt }) => !isOwn(attributes) && createdAt.getTime() >= since);
  // Twilio's list cuts dates to seconds, its order is finer: nobody is put before whom he followed.
  const createdAt = ({ createdAt: second, index }: ListedMessage) => {
    const later = pending.filter((event) => event.kind !== 'reply' && (event.content.index ?? 0) > index);
    return new Date(Math.min(second.getTime() + 999, ...later.map(({ occurredAt }) => occurredAt.getTime() - 1)));
  };
  const outcomes = await Promise.all(
    wanted.reverse().map((message) =>
      accept(
        arrivalOfConversation({
          ...message,
          createdAt: createdAt(message),
          conversation: id,
          accountSid: thread.accountSid,
          messagingServiceSid: thread.messagingServiceSid,
          assistantId: null,
          writesAs: null,
          publicUrl: thread.publicUrl,
          source: 'backfill',
          fields: {},
        }),
      ),
    ),
  );
  const recovered = outcomes.filter((outcome) => outcome === 'accepted').length;
  if (recovered > 0) events.backfillRecovered({ number: thread.key, messages: recovered });
}
