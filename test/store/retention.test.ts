import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { uuidv7 } from '../../src/ids.ts';
import { createAccept } from '../../src/inbox/accept.ts';
import { type Database, openDatabase, sql } from '../../src/store/database.ts';
import { type Deleted, deleteExpired } from '../../src/store/retention.ts';
import { freshDatabase } from '../support/postgres.ts';

const DAY = 24 * 3_600_000;
const now = new Date('2026-06-01T12:00:00Z');
const daysAgo = (days: number) => new Date(now.getTime() - days * DAY);
const nothing: Deleted = {
  turns: 0,
  events: 0,
  outbound: 0,
  receipts: 0,
  handoffs: 0,
  threads: 0,
  messages: 0,
  sessions: 0,
  answers: 0,
  usage: 0,
  traits: 0,
};

let database: Awaited<ReturnType<typeof freshDatabase>>;
let db: Database;

beforeEach(async () => {
  database = await freshDatabase();
  db = openDatabase(database.url, () => {});
});

afterEach(async () => {
  await db.close();
  await database.drop();
});

const expire = (retentionMs = 90 * DAY) => deleteExpired(db, now, retentionMs);

type ThreadState = { dueAt?: Date; leaseUntil?: Date; handling?: string };

async function addThread(key: string, activeAt: Date, { dueAt, leaseUntil, handling }: ThreadState = {}) {
  await db.query(sql`
    insert into gateway.thread (key, account_sid, channel, ours, theirs, identity, handling, due_at, lease_until,
      created_at, active_at)
    values (${key}, 'AC1', 'sms', '+1', ${key}, ${`phone:${key}`}, ${handling ?? 'assistant'}, ${dueAt ?? null},
      ${leaseUntil ?? null}, ${activeAt}, ${activeAt})`);
}

/** An answered exchange: an event, its turn, the answer and its receipt. */
async function addExchange(key: string, at: Date, { state = 'answered', status = 'delivered', retry = false } = {}) {
  const turn = uuidv7(at.getTime());
  const message = uuidv7(at.getTime());
  const open = state === 'asking' || state === 'waiting';
  await db.query(sql`
    with event as (
      insert into gateway.inbound_event (idempotency_key, thread_key, kind, occurred_at, received_at, source, event,
        turn_id, handled_at)
      values (${turn}, ${key}, 'message', ${at}, ${at}, 'webhook', '{}', ${turn}, ${open ? null : at})
      returning id
    )
    insert into gateway.turn (id, thread_key, state, event_ids, opened_at, finished_at, retry_requested_at)
    select ${turn}, ${key}, ${state}, array[id], ${at}::timestamptz, ${open ? null : at}::timestamptz,
      ${retry ? now : null}::timestamptz from event`);
  await db.query(sql`
    insert into gateway.outbound_message (id, thread_key, turn_id, purpose, body, status, sid, created_at, updated_at)
    values (${message}, ${key}, ${turn}, 'answer', 'Hello', ${status}, ${`SM${message}`}, ${at}, ${at})`);
  await db.query(sql`
    insert into gateway.receipt (sid, status, outbound_id, fields, received_at)
    values (${`SM${message}`}, 'delivered', ${message}, '{}', ${at})`);
}

async function addHandoff(key: string, endedAt: Date | null) {
  await db.query(sql`
    insert into gateway.handoff (id, thread_key, target, place, requested_by, state, outcome, requested_at, ended_at)
    values (${uuidv7()}, ${key}, 'flex', '{}', 'customer', ${endedAt ? 'ended' : 'human'},
      ${endedAt ? 'returned' : null}, ${daysAgo(100)}, ${endedAt})`);
}

async function addSaid(session: string, at: Date, updatedAt: Date, count = 1) {
  await db.query(sql`
    insert into assistants.session (account_sid, id, assistant_id, identity, created_at, updated_at)
    values ('AC1', ${session}, 'aia_asst_1', 'phone:+1', ${at}, ${updatedAt})
    on conflict (account_sid, id) do update set updated_at = excluded.updated_at`);
  const ids = Array.from({ length: count }, () => `aia_msg_${uuidv7(at.getTime())}`);
  await db.query(sql`
    insert into assistants.message (id, account_sid, session_id, assistant_id, identity, role, content, meta, created_at)
    select id, 'AC1', ${session}, 'aia_asst_1', 'phone:+1', 'user', '{}', '{}', ${at}
    from unnest(${ids}::text[]) as id`);
}

async function count(table: string): Promise<number> {
  const [row] = await db.query<{ count: number }>({
    text: `select count(*) as count from ${table}`,
    values: [],
    name: '',
  });
  return row?.count ?? 0;
}

describe('what is old', () => {
  it('goes, with all that belongs to it, and what is younger stays', async () => {
    await addThread('old', daysAgo(91));
    await addExchange('old', daysAgo(91));
    await addHandoff('old', daysAgo(91));
    await addThread('both', daysAgo(1));
    await addExchange('both', daysAgo(91));
    await addExchange('both', daysAgo(89));
    await addHandoff('both', daysAgo(89));
    await addHandoff('both', null);

    expect(await expire()).toEqual({
      ...nothing,
      turns: 2,
      events: 2,
      outbound: 2,
      receipts: 2,
      handoffs: 1,
      threads: 1,
    });
    for (const table of ['thread', 'turn', 'inbound_event', 'outbound_message', 'receipt']) {
      expect(await count(`gateway.${table}`), table).toBe(1);
    }
    expect(await expire()).toEqual(nothing);
  });

  it('goes however much it is', async () => {
    await addThread('busy', daysAgo(1));
    await db.query(sql`
      with events as (
        insert into gateway.inbound_event (idempotency_key, thread_key, kind, occurred_at, received_at, source, event,
          turn_id, handled_at)
        select n || '-' || part, 'busy', 'message', ${daysAgo(100)}, ${daysAgo(100)}, 'webhook', '{}',
          ('01900000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, ${daysAgo(100)}
        from generate_series(1, 1300) as n, generate_series(1, 2) as part
        returning id, turn_id
      )
      insert into gateway.turn (id, thread_key, state, event_ids, opened_at)
      select turn_id, 'busy', 'answered', array_agg(id), ${daysAgo(100)}::timestamptz from events group by turn_id`);
    await addSaid('long', daysAgo(100), daysAgo(1), 1300);
    expect(await expire()).toEqual({ ...nothing, turns: 1300, events: 2600, messages: 1300 });
  });

  it('goes from the sessions of assistants, and whole sessions once nothing new was said', async () => {
    await addSaid('silent', daysAgo(95), daysAgo(91), 3);
    await addSaid('alive', daysAgo(95), daysAgo(95));
    await addSaid('alive', daysAgo(2), daysAgo(2));
    await db.query(sql`
      insert into assistants.answer (account_sid, idempotency_key, request_hash, response, created_at)
      values ('AC1', 'old', '', '{}', ${daysAgo(91)}), ('AC1', 'young', '', '{}', ${daysAgo(89)})`);
    for (const at of [daysAgo(91), daysAgo(89)]) {
      await db.query(sql`
        insert into assistants.token_usage
          (id, account_sid, assistant_id, session_id, message_id, model, input_tokens, output_tokens, created_at)
        values (${uuidv7(at.getTime())}, 'AC1', 'aia_asst_1', 'silent', 'aia_msg_1', 'openai/x', 10, 2, ${at})`);
    }

    const deleted = await expire();
    expect(deleted).toMatchObject({ sessions: 1, answers: 1, usage: 1 });
    expect(await db.query(sql`select id from assistants.session`)).toEqual([{ id: 'alive' }]);
    expect(await count('assistants.message')).toBe(1);
    expect(await db.query(sql`select idempotency_key as key from assistants.answer`)).toEqual([{ key: 'young' }]);
  });
});

describe('what is remembered of somebody', () => {
  const remember = (identity: string, at: Date) =>
    db.query(sql`
      insert into assistants.trait (account_sid, identity, name, value, source, session_id, message_id, updated_at)
      values ('AC1', ${identity}, 'name', 'Ada', 'rules', 's', 'aia_msg_1', ${at})`);

  it('goes with the last of the messages that a summary was made of', async () => {
    await addSaid('long', daysAgo(95), daysAgo(95));
    await addSaid('long', daysAgo(2), daysAgo(2));
    await addSaid('young', daysAgo(2), daysAgo(2));
    await db.query(sql`
      insert into assistants.session_memory (account_sid, session_id, summary, summarised_until)
      select account_sid, session_id, 'Ada waits.', min(position) from assistants.message group by 1, 2`);
    await expire();
    expect(await db.query(sql`select session_id, summary from assistants.session_memory order by 1`)).toEqual([
      { session_id: 'long', summary: '' },
      { session_id: 'young', summary: 'Ada waits.' },
    ]);
  });

  it('goes once it is old and none of their sessions is left', async () => {
    await remember('phone:+1', daysAgo(100));
    await remember('phone:+2', daysAgo(100));
    await remember('phone:+3', daysAgo(10));
    await addSaid('alive', daysAgo(2), daysAgo(2)); // of phone:+1
    expect(await expire()).toEqual({ ...nothing, traits: 1 });
    expect(await db.query(sql`select identity from assistants.trait order by identity`)).toEqual([
      { identity: 'phone:+1' },
      { identity: 'phone:+3' },
    ]);
  });
});

describe('what stays, whatever its age', () => {
  it.each<[string, ThreadState]>([
    ['is due', { dueAt: daysAgo(91) }],
    ['is leased', { leaseUntil: daysAgo(91) }],
  ])('everything of a thread that %s', async (_, state) => {
    await addThread('open', daysAgo(91), state);
    await addExchange('open', daysAgo(91));
    expect(await expire()).toEqual(nothing);
  });

  it('turns that are open or wanted again, with their events, and messages that have not left', async () => {
    await addThread('a', daysAgo(91));
    await addExchange('a', daysAgo(91), { state: 'waiting', status: 'sending' });
    await addThread('b', daysAgo(91));
    await addExchange('b', daysAgo(91), { state: 'failed', status: 'queued', retry: true });
    expect(await expire()).toEqual(nothing);
  });

  it('the row of a thread that a human has', async () => {
    await addThread('human', daysAgo(91), { handling: 'human' });
    await addThread('requested', daysAgo(91), { handling: 'requested' });
    expect(await expire()).toEqual(nothing);
  });

  it('consent', async () => {
    await db.query(sql`
      insert into gateway.consent (scope, address, opted_out, source, changed_at)
      values ('+1', '+2', true, 'customer', ${daysAgo(4_000)})`);
    await expire();
    expect(await count('gateway.consent')).toBe(1);
  });

  it('what backfill may list again, even if less is to be kept', async () => {
    await addThread('a', daysAgo(1));
    await addExchange('a', daysAgo(1));
    expect(await expire(1_000)).toEqual(nothing);
  });
});

describe('beside live traffic', () => {
  it('keeps every message that arrives in a thread that is about to be deleted', async () => {
    const keys = Array.from({ length: 300 }, (_, n) => `sms:+1:+${n}`);
    for (const key of keys) await addThread(key, daysAgo(91));
    const accept = createAccept(
      db,
      () => now,
      () => {},
    );
    const accepting = (async () => {
      for (const [n, key] of keys.entries()) {
        await accept({
          idempotencyKey: key,
          threadKey: key,
          accountSid: 'AC1',
          channel: 'sms',
          ours: '+1',
          theirs: `+${n}`,
          identity: `phone:+${n}`,
          messagingServiceSid: null,
          assistantId: null,
          publicUrl: null,
          kind: 'message',
          occurredAt: now,
          source: 'webhook',
          content: { sid: key, body: 'Hi', media: [], fields: {} },
        });
      }
    })();
    let done = false;
    const arrived = accepting.finally(() => {
      done = true;
    });
    while (!done) await expire();
    await arrived;

    const [row] = await db.query<{ due: number }>(sql`
      select count(*) as due from gateway.inbound_event join gateway.thread on key = thread_key
      where handled_at is null and due_at is not null`);
    expect(row?.due).toBe(keys.length);
  });

  it('waits for nobody: what is locked is left for the next time', async () => {
    await addThread('locked', daysAgo(91));
    await addThread('free', daysAgo(91));
    const client = await db.connect();
    await client.query('begin');
    await client.query(`select from gateway.thread where key = 'locked' for update`);
    expect(await expire()).toEqual({ ...nothing, threads: 1 });
    await client.query('rollback');
    await client.end();
    expect(await expire()).toEqual({ ...nothing, threads: 1 });
  });

  it('stops where it is asked to', async () => {
    await addThread('old', daysAgo(91));
    const stop = AbortSignal.abort(new Error('The process stops.'));
    await expect(deleteExpired(db, now, 90 * DAY, stop)).rejects.toThrow('The process stops.');
    expect(await count('gateway.thread')).toBe(1);
  });
});
