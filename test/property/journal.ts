import { type Database, sql } from '../../src/store/database.ts';

/** What happened, in the order in which it was committed. Triggers write it, so no code under test has a say in it. */
export type Entry = {
  kind:
    | 'arrived'
    | 'moved'
    | 'handled again'
    | 'handling'
    | 'leaving'
    | 'refused'
    | 'dropped'
    | 'finished'
    | 'taken'
    | 'at the desk';
  threadKey: string;
  subject: string;
  detail: Record<string, unknown>;
  /** What has the same number was committed at once. */
  commit: string;
};

export async function createJournal(db: Database): Promise<void> {
  await db.pool.query(`
    create schema witness;
    create table witness.journal (
      position bigint generated always as identity primary key,
      kind text not null, thread_key text not null, subject text not null, detail jsonb not null,
      transaction xid8 not null default pg_current_xact_id()
    );
    create function witness.note(kind text, thread_key text, subject text, detail jsonb) returns void language sql as $$
      insert into witness.journal (kind, thread_key, subject, detail) values (kind, thread_key, subject, detail)
    $$;

    create function witness.event() returns trigger language plpgsql as $$ begin
      if tg_op = 'INSERT' then
        perform witness.note('arrived', new.thread_key, new.id::text, jsonb_build_object('kind', new.kind,
          'occurredAt', new.occurred_at, 'body', new.event ->> 'body'));
      elsif old.turn_id is not null and new.turn_id is distinct from old.turn_id then
        perform witness.note('moved', new.thread_key, new.id::text, '{}');
      elsif old.handled_at is not null and new.handled_at is distinct from old.handled_at then
        perform witness.note('handled again', new.thread_key, new.id::text, '{}');
      end if;
      return null;
    end $$;
    create trigger witness after insert or update on gateway.inbound_event
      for each row execute function witness.event();

    create function witness.thread() returns trigger language plpgsql as $$ begin
      perform witness.note('handling', new.key, new.handling, '{}');
      return null;
    end $$;
    create trigger witness after update on gateway.thread
      for each row when (new.handling <> old.handling) execute function witness.thread();

    create function witness.message() returns trigger language plpgsql as $$ begin
      if new.status = 'sending' and (tg_op = 'INSERT' or old.status <> 'sending') then
        perform witness.note('leaving', new.thread_key, new.id::text, jsonb_build_object('at', new.attempted_at,
          'purpose', new.purpose));
      end if;
      if tg_op = 'UPDATE' and new.status = 'dropped' and old.status <> 'dropped' then
        perform witness.note('dropped', new.thread_key, new.id::text, '{}');
      end if;
      if tg_op = 'UPDATE' and new.status = 'failed' and new.error_code = 21610 and old.status <> 'failed' then
        perform witness.note('refused', new.thread_key, new.id::text, jsonb_build_object('at', new.attempted_at));
      end if;
      return null;
    end $$;
    create trigger witness after insert or update on gateway.outbound_message
      for each row execute function witness.message();

    create function witness.turn() returns trigger language plpgsql as $$ begin
      if new.finished_at is not null and (tg_op = 'INSERT' or old.finished_at is null) then
        perform witness.note('finished', new.thread_key, new.id::text,
          jsonb_build_object('state', new.state, 'reason', new.reason));
      end if;
      return null;
    end $$;
    create trigger witness after insert or update on gateway.turn for each row execute function witness.turn();`);
}

/** An empty gateway, whose numbers start anew, so that a run depends on its commands alone. */
export async function forgetAll(db: Database): Promise<void> {
  await db.pool.query(`
    truncate gateway.thread, gateway.inbound_event, gateway.turn, gateway.outbound_message, gateway.receipt,
      gateway.consent, gateway.number, gateway.handoff, witness.journal restart identity`);
}

export async function noteTaken(db: Database, outboundId: string, at: Date): Promise<void> {
  await db.query(sql`
    select witness.note('taken', thread_key, id::text, jsonb_build_object('at', ${at}::timestamptz))
    from gateway.outbound_message where id = ${outboundId}`);
}

/** How a thread really stands where agents are. */
export async function noteVisit(db: Database, threadKey: string, handoffId: string, stands: string): Promise<void> {
  await db.query(sql`
    select witness.note('at the desk', ${threadKey}, ${handoffId}, jsonb_build_object('stands', ${stands}::text))`);
}

export function readJournal(db: Database): Promise<Entry[]> {
  return db.query<Entry>(sql`
    select kind, thread_key as "threadKey", subject, detail, transaction::text as commit
    from witness.journal order by position`);
}
