import type { ConversationStore } from '../conversations/conversation-store.ts';
import type { PublishMedia } from '../media/publish-media.ts';
import { type ConversationId, parseConversationKey } from '../thread/thread-key.ts';
import { ownAttributes, ownMessageId } from '../twilio/conversation-message.ts';
import type { Conversations } from '../twilio/conversations.ts';
import { type Line, type LineEnds, templateVariables } from './line.ts';

/** Replies in a Conversation. Each carries its id in its attributes, so one whose sending is in doubt is found by it. */
export function createConversationsLine(parts: {
  conversations: Pick<Conversations, 'send' | 'newestMessages'>;
  store: Pick<ConversationStore, 'noteIndex'>;
  publishMedia: PublishMedia;
}): Line {
  const { conversations, store, publishMedia } = parts;
  return {
    async send({ thread, conversation }, { id: messageId, body, media, contentSid }) {
      const { accountSid } = thread;
      const id = idOf({ thread });
      // A message carries one file; answers are parted accordingly.
      const [file] = media ?? [];
      const mediaSid = file && !contentSid ? await publishMedia(accountSid, id.serviceSid, file) : undefined;
      const text = mediaSid ? body : [body, file].filter((line) => line).join('\n');
      const { outcome, index } = await conversations.send(accountSid, id, {
        author: conversation?.author ?? undefined,
        ...(contentSid
          ? { contentSid, contentVariables: templateVariables(body) }
          : { body: text || undefined, mediaSid }),
        attributes: ownAttributes(messageId),
      });
      // Only to spare a question later: if it fails, the gap is looked into.
      if (index !== undefined) await store.noteIndex(thread.key, index).catch(() => undefined);
      return outcome;
    },
    async find({ thread }, { id }) {
      const newest = await conversations.newestMessages(thread.accountSid, idOf({ thread }));
      return newest.find(({ attributes }) => ownMessageId(attributes) === id)?.sid;
    },
  };
}

function idOf({ thread }: LineEnds): ConversationId {
  const id = parseConversationKey(thread.key);
  if (!id) throw new Error(`${thread.key} is no Conversation.`);
  return id;
}
