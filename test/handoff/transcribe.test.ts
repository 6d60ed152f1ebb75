import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTranscribe } from '../../src/handoff/transcribe.ts';
import { createAccept } from '../../src/inbox/accept.ts';
import { type Database, openDatabase, sql } from '../../src/store/database.ts';
import { conversationKey } from '../../src/thread/thread-key.ts';
import type { Thread } from '../../src/thread/thread-state.ts';
import { arrivalOfConversation } from '../../src/twilio/conversation-message.ts';
import type { ListedMessage } from '../../src/twilio/conversations.ts';
import { freshDatabase } from '../support/postgres.ts';
import { until } from '../support/until.ts';

const now = new Date('2026-03-01T12:00:00Z');
const conversation = { serviceSid: `IS${'0'.repeat(32)}`, sid: `CH${'0'.repeat(32)}` };
const stray = conversationKey(conversation);
const thread: Thread = {
  key: 'sms:+1:+2',
  accountSid: 'AC1',
  channel: 'sms',
  ours: '+1',
  theirs: '+2',
  identity: 'phone:+2',
  messagingServiceSid: null,
  assistantId: null,
  publicUrl: null,
  handling: 'human',
  optedOut: false,
  sessionId: null,
  sessionActiveAt: null,
  heardAt: null,
  revision: 1,
};

let database: Awaited<ReturnType<typeof freshDatabase>>;
let db: Database;
beforeAll(async () => {
  database = await freshDatabase();
  db = openDatabase(database.url, () => {});
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

function said(index: number, body: string): ListedMessage {
  const rest = { isParticipant: true, media: [], attributes: '{}', createdAt: now };
  return { ...rest, sid: `IM${index}`, index, author: 'robin', body };
}

test('what is heard in a thread of its own while that thread is being put away stands in the customer’s', async () => {
  const accept = createAccept(
    db,
    () => now,
    () => undefined,
  );
  const messages = [said(0, 'This is Robin.'), said(1, 'How can I help?')];
  const [first, second] = messages.map((message) =>
    arrivalOfConversation({
      ...message,
      conversation,
      accountSid: 'AC1',
      messagingServiceSid: null,
      assistantId: null,
      writesAs: null,
      publicUrl: null,
      source: 'webhook',
      fields: {},
    }),
  );
  if (!first || !second) throw new Error('Two messages.');
  await accept(first);

  const conversations = { messagesSince: async () => messages.toReversed() };
  const transcribe = createTranscribe({ db, conversations, accept });
  const transcribing = await db.transaction(async (tx) => {
    await tx.query(sql`select from gateway.thread where key = ${stray} for update`);
    const begun = transcribe(thread, conversation);
    await until('it waits for the thread', async () => {
      const [row] = await db.query<{ waiting: number }>(sql`
        select count(*) as waiting from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`);
      return row?.waiting;
    });
    await tx.query(sql`
      insert into gateway.inbound_event (idempotency_key, thread_key, kind, occurred_at, received_at, source, event)
      values (${second.idempotencyKey}, ${stray}, 'message', ${now}, ${now}, 'webhook', ${JSON.stringify(second.content)})`);
    return { begun };
  });
  await transcribing.begun;

  const heard = await db.query(
    sql`select thread_key as key, event ->> 'body' as body from gateway.inbound_event order by 2`,
  );
  expect(heard).toEqual(messages.map(({ body }) => ({ key: thread.key, body })).toReversed());
  expect(await db.query(sql`select key from gateway.thread`)).toEqual([{ key: thread.key }]);
  expect(await db.query(sql`select thread_key from gateway.conversation`)).toEqual([]);
});
