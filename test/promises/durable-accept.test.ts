import { describe } from 'vitest';
import { sql } from '../../src/store/database.ts';
import { hang } from '../support/fake-assistant.ts';
import { test } from '../support/gateway.ts';
import { interruptible } from '../support/interruptible.ts';
import { account, inbound, newPhone } from '../support/surroundings.ts';
import { until } from '../support/until.ts';

const path = '/webhooks/twilio/messaging';

describe.concurrent('A webhook answered 2xx is durable', () => {
  test('no answer leaves while the insert waits for a lock', async ({ gateway, expect }) => {
    const { post, db, rows } = await gateway();
    let answered = false;
    const from = newPhone();
    const answer = await db.transaction(async (tx) => {
      await tx.query(sql`lock table gateway.thread in access exclusive mode`);
      const pending = post(path, inbound(from, 'Hello')).finally(() => {
        answered = true;
      });
      await until('the insert waits', async () => {
        const [row] = await tx.query<{ waiting: number }>(sql`
          select count(*) as waiting from pg_locks
          where not granted and relation = 'gateway.thread'::regclass`);
        return row?.waiting;
      });
      expect(answered).toBe(false);
      return { pending };
    });
    expect(await answer.pending).toMatchObject({ status: 200 });
    expect(await rows()).toMatchObject({ inbound_event: 1, thread: 1 });
  });

  test('a commit that fails at its very end is not acknowledged, and harms no other message', async ({
    gateway,
    expect,
  }) => {
    const { post, db, failCommitsOf } = await gateway();
    await failCommitsOf('poison');
    const bodies = ['one', 'poison', 'two', 'poison', 'three'];
    const answers = await Promise.all(bodies.map((body) => post(path, inbound(newPhone(), body))));
    expect(answers.map(({ status }) => status)).toEqual([200, 500, 200, 500, 200]);
    const stored = await db.query<{ body: string }>(sql`select event ->> 'body' as body from gateway.inbound_event`);
    expect(stored.map(({ body }) => body).sort()).toEqual(['one', 'three', 'two']);
  });

  test('everything acknowledged is in the store, whatever else happens to the process', async ({ gateway, expect }) => {
    const { post, db, stop } = await gateway({ answer: hang });
    const acknowledged: string[] = [];
    let going = true;
    const senders = Array.from({ length: 20 }, async () => {
      while (going) {
        const fields = inbound(newPhone(), 'Hello');
        const answer = await post(path, fields).catch(() => undefined);
        if (answer?.status === 200) acknowledged.push(fields.MessageSid as string);
        if (answer === undefined) return;
      }
    });
    await until('a few hundred are acknowledged', () => acknowledged.length > 300);
    await stop();
    going = false;
    await Promise.all(senders);
    const [row] = await db.query<{ found: number }>(sql`
      select count(*) as found from gateway.inbound_event
      where idempotency_key = any(${acknowledged.map((sid) => `message:${sid}`)}::text[])`);
    expect(row?.found).toBe(acknowledged.length);
  });

  test('with PostgreSQL away the answer is a quick 503, and work goes on when it is back', async ({
    gateway,
    expect,
  }) => {
    const way = interruptible();
    const { post, text, settle, simulator } = await gateway({ databaseUrl: way.url });
    const from = newPhone();
    await text(from, 'First');
    await settle();
    way.cut();
    const startedAt = Date.now();
    const refused = await post(path, inbound(newPhone(), 'Hello'));
    expect(refused.status).toBe(503);
    expect(refused.json).toMatchObject({ code: 70007, status: 503 });
    expect(Date.now() - startedAt).toBeLessThan(2_000);
    way.mend();
    await until('it accepts again', async () => (await post(path, inbound(newPhone(), 'Hello'))).status === 200);
    await text(from, 'Second');
    await until('it answers again', async () => (await simulator.texts(from)).length === 2);
  });

  test('a PostgreSQL that takes the statement and says nothing is a 503 before Twilio gives up', async ({
    gateway,
    expect,
  }) => {
    const way = interruptible();
    const { post } = await gateway({ databaseUrl: way.url });
    expect((await post(path, inbound(newPhone(), 'Hello'))).status).toBe(200);
    way.freeze();
    const startedAt = Date.now();
    const refused = async (to: string, fields: Record<string, string>) => {
      expect((await post(to, fields)).status).toBe(503);
      return Date.now() - startedAt;
    };
    const event = (more: Record<string, string>) => ({
      AccountSid: account.sid,
      ChatServiceSid: `IS${'0'.repeat(32)}`,
      ConversationSid: `CH${'0'.repeat(32)}`,
      ...more,
    });
    const message = { EventType: 'onMessageAdded', MessageSid: `IM${'0'.repeat(32)}`, Index: '0', Author: 'ann' };
    // Twilio waits for 15 s, and for 5 s where it tells of Conversations.
    const [text, said, closed] = await Promise.all([
      refused(path, inbound(newPhone(), 'Hello')),
      refused('/webhooks/twilio/conversations', event(message)),
      refused('/webhooks/twilio/conversations', event({ EventType: 'onConversationStateUpdated', StateTo: 'closed' })),
    ]);
    expect(text).toBeLessThan(12_000);
    expect(Math.max(said, closed)).toBeLessThan(5_000);
    way.mend();
  });
});
