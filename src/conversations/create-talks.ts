import type { Accept } from '../inbox/accept.ts';
import { createPublishMedia } from '../media/publish-media.ts';
import type { Events } from '../observability/events.ts';
import type { Logger } from '../observability/logger.ts';
import { createConversationsLine } from '../outbox/conversations-line.ts';
import type { Database } from '../store/database.ts';
import type { TwilioClients } from '../twilio/clients.ts';
import { createConversations } from '../twilio/conversations.ts';
import { backfillConversations } from './backfill-conversations.ts';
import { createCatchUp } from './catch-up.ts';
import { createConversationStore } from './conversation-store.ts';
import { createTyping } from './typing.ts';

/** All that threads need that are Twilio Conversations. */
export function createTalks(parts: {
  db: Database;
  clients: TwilioClients;
  media: Parameters<typeof createPublishMedia>[0];
  accept: Accept;
  wake: (threadKeys: string[]) => void;
  events: Events;
  log: Logger;
  now: () => Date;
}) {
  const { db, accept, events, log, now } = parts;
  const conversations = createConversations(parts.clients);
  const store = createConversationStore(db, now, parts.wake);
  const typing = createTyping({ db, conversations, log });
  return {
    line: createConversationsLine({ conversations, store, publishMedia: createPublishMedia(parts.media) }),
    catchUp: createCatchUp({ conversations, store, accept, events, now }),
    applyNews: store.apply,
    isSending: store.isSending,
    backfill: (isMissed: boolean) => backfillConversations({ db, conversations, accept, events, now }, isMissed),
    conversations,
    typing,
  };
}
