import type { Logger } from '../observability/logger.ts';
import { type Database, sql } from '../store/database.ts';
import { mediumOf } from '../thread/medium.ts';
import { parseConversationKey } from '../thread/thread-key.ts';
import type { Announcement } from '../turn/step.ts';
import { attributesIn } from '../twilio/conversation-resource.ts';
import type { Conversations } from '../twilio/conversations.ts';

/** The attribute by which Twilio's JavaScript client for assistants shows that one is writing. */
const ATTRIBUTE = 'assistantIsTyping';
const ATTEMPTS = 3;
/** The resource has changed under us. */
const CONFLICTS = new Set([409, 412, 429]);

type Announce = (threadKey: string, announcement: Announcement, now: Date) => void;

const shows: Partial<Record<Announcement['kind'], boolean>> = {
  'turn.opened': true,
  'turn.completed': false,
  'turn.silent': false,
  'turn.dropped': false,
  'turn.failed': false,
};

/**
 * Shows in a chat's attributes that the assistant is writing, as Twilio's sample does. It is an ornament: nothing waits
 * for it and nothing fails with it. Attributes are one text that Twilio replaces as a whole, so they are read right
 * before they are written, one writer at a time here, and written only where that changes something.
 */
export function createTyping(parts: { db: Database; conversations: Conversations; log: Logger }) {
  const { db, conversations, log } = parts;
  const lines = new Map<string, Promise<void>>();
  const typing = new Set<string>();

  async function show(threadKey: string, isTyping: boolean): Promise<void> {
    const id = parseConversationKey(threadKey);
    const [thread] = await db.query<{ accountSid: string; theirs: string }>(sql`
      select account_sid as "accountSid", theirs from gateway.thread where key = ${threadKey}`);
    if (!id || !thread || mediumOf({ channel: 'conversation', theirs: thread.theirs }) !== 'chat') return;
    for (let attempt = 1; ; attempt++) {
      try {
        const before = await conversations.attributes(thread.accountSid, id);
        const attributes = attributesIn(before);
        // What is no object holds something that we could only destroy.
        if (Object.keys(attributes).length === 0 && !/^\s*(?:\{\s*\})?\s*$/.test(before)) return;
        if (Boolean(attributes[ATTRIBUTE]) === isTyping) return;
        await conversations.setAttributes(
          thread.accountSid,
          id,
          JSON.stringify({ ...attributes, [ATTRIBUTE]: isTyping }),
        );
        return;
      } catch (error) {
        const isConflict = CONFLICTS.has((error as { status?: number }).status ?? 0);
        if (!isConflict || attempt === ATTEMPTS) throw error;
      }
    }
  }

  function announced(threadKey: string, announcement: Announcement): void {
    const isTyping = shows[announcement.kind];
    if (isTyping === undefined || !threadKey.startsWith('conversation:')) return;
    // Another process may have begun a turn that ends here; silence mostly ends none.
    const wasTyping = typing.delete(threadKey);
    if (announcement.kind === 'turn.silent' && !wasTyping) return;
    if (isTyping) typing.add(threadKey);
    const line = (lines.get(threadKey) ?? Promise.resolve())
      .then(() => show(threadKey, isTyping))
      .catch((error) => log.debug({ err: error }, 'typing.failed'))
      .finally(() => {
        if (lines.get(threadKey) === line) lines.delete(threadKey);
      });
    lines.set(threadKey, line);
  }

  return {
    /** Whoever is told of the steps of threads, and the chat besides. */
    with:
      (announce: Announce): Announce =>
      (threadKey, announcement, now) => {
        announce(threadKey, announcement, now);
        announced(threadKey, announcement);
      },
    /** Resolves once nothing is being shown any more. */
    idle: async () => void (await Promise.all(lines.values())),
  };
}
