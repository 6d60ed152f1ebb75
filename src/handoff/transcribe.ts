import type { Accept } from '../inbox/accept.ts';
import type { ConversationId } from '../thread/thread-key.ts';
import type { Thread } from '../thread/thread-state.ts';
import { arrivalOfConversation, isOwn } from '../twilio/conversation-message.ts';
import type { Conversations } from '../twilio/conversations.ts';

/**
 * Stores what was said in the Conversation that Flex made for a phone, as far as no webhook told us: the assistant is to
 * be told of all of it. Once closed, nothing else asks for it.
 */
export function createTranscribe(parts: { conversations: Pick<Conversations, 'newestMessages'>; accept: Accept }) {
  return async (thread: Thread, conversation: ConversationId): Promise<void> => {
    const { key, accountSid, channel, ours, theirs, identity, messagingServiceSid, assistantId, publicUrl } = thread;
    const messages = await parts.conversations.newestMessages(accountSid, conversation);
    const said = messages.filter(({ attributes }) => !isOwn(attributes)).reverse();
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
