import type { Accept } from '../inbox/accept.ts';
import { type Database, sql } from '../store/database.ts';
import { type ConversationId, conversationKey } from '../thread/thread-key.ts';
import type { Thread } from '../thread/thread-state.ts';
import { arrivalOfConversation, isOwn } from '../twilio/conversation-message.ts';
import type { Conversations } from '../twilio/conversations.ts';

/** Of a longer conversation with an agent the newest messages are asked for. */
const MOST = 500;

/**
 * Stores what was said in the Conversation that Flex made for a phone, as far as it does not stand in the phone's thread:
 * the assistant is to be told of all of it. Once closed, nothing else asks for it. May be done again.
 */
export function createTranscribe(parts: {
  db: Database;
  conversations: Pick<Conversations, 'messagesSince'>;
  accept: Accept;
}) {
  return async (thread: Thread, conversation: ConversationId): Promise<void> => {
    const { key, accountSid, channel, ours, theirs, identity, messagingServiceSid, assistantId, publicUrl } = thread;
    const messages = await parts.conversations.messagesSince(accountSid, conversation, 0, MOST);
    const said = messages.filter(({ attributes }) => !isOwn(attributes)).reverse();
    // Where the list is cut short, what stands there may be in no other place.
    if (messages.length < MOST) await deleteStray(parts.db, conversationKey(conversation));
    await Promise.all(
      said.map((message) => {
        const arrival = arrivalOfConversation({
          ...message,
          conversation,
          accountSid,
          messagingServiceSid,
          assistantId,
          writesAs: null,
          publicUrl,
          source: 'backfill',
          fields: {},
        });
        return parts.accept({ ...arrival, threadKey: key, channel, ours, theirs, identity });
      }),
    );
  };
}

/**
 * What was told of before Flex had named the Conversation was taken for a thread of its own. Twilio still lists all of
 * it. A thread in which the assistant or a human was ever wanted is none of those.
 */
async function deleteStray(db: Database, threadKey: string): Promise<void> {
  await db.transaction(async (tx) => {
    // A statement of its own: the next one sees whatever held the lock before.
    await tx.query(sql`select from gateway.thread where key = ${threadKey} for update`);
    await tx.query(sql`
      with stray as (
        select key from gateway.thread
        where key = ${threadKey} and handling = 'assistant'
          and not exists (select from gateway.handoff where thread_key = key)
          and not exists (select from gateway.outbound_message where thread_key = key)
          and not exists (select from gateway.turn where thread_key = key and state <> 'silent')
      ), events as (
        delete from gateway.inbound_event using stray where thread_key = stray.key
      ), turns as (
        delete from gateway.turn using stray where thread_key = stray.key
      ), conversations as (
        delete from gateway.conversation using stray where thread_key = stray.key
      ), participants as (
        delete from gateway.participant using stray where thread_key = stray.key
      )
      delete from gateway.thread using stray where thread.key = stray.key`);
  });
}
