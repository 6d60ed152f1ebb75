import { type Queryable, sql } from '../../store/database.ts';
import { type Page, type Placed, pageClause } from '../api/page.ts';
import type { MessageResource, SendMessageResponse } from '../api/schemas.ts';
import type { SessionLease } from './session-lease.ts';

export type SessionRow = Placed & {
  id: string;
  account_sid: string;
  assistant_id: string;
  identity: string;
  created_at: Date;
  updated_at: Date;
};

export type MessageRow = Placed & Omit<MessageResource, 'date_created' | 'date_updated'> & { created_at: Date };

export type StoredAnswer = { requestHash: string; response: SendMessageResponse };

/** One exchange: what was said, called and answered, and under which key the answer can be asked for again. */
export type Exchange = {
  assistantId: string;
  identity: string;
  /** In their order. */
  messages: { id: string; role: MessageResource['role']; content: object; meta: object }[];
  idempotency?: { key: string; requestHash: string };
  response: SendMessageResponse;
};

const UNIQUE_VIOLATION = '23505';

export async function findAnswer(db: Queryable, accountSid: string, key: string): Promise<StoredAnswer | undefined> {
  const rows = await db.query<StoredAnswer>(sql`
    select request_hash as "requestHash", response from assistants.answer
    where account_sid = ${accountSid} and idempotency_key = ${key}`);
  return rows[0];
}

/**
 * Stores a whole exchange and gives the lease back, in one statement: all of it, or nothing because somebody else holds
 * the lease by now (`lost`) or has answered under the idempotency key (`answered`).
 */
export async function storeExchange(
  db: Queryable,
  { accountSid, sessionId, token }: SessionLease,
  exchange: Exchange,
  at: Date,
): Promise<'stored' | 'lost' | 'answered'> {
  const { assistantId, identity, messages, idempotency } = exchange;
  try {
    const rows = await db.query(sql`
      with lease as (
        delete from assistants.session_lease
        where account_sid = ${accountSid} and session_id = ${sessionId} and token = ${token}
        returning account_sid, session_id
      ),
      stored_session as (
        insert into assistants.session (account_sid, id, assistant_id, identity, created_at, updated_at)
        select account_sid, session_id, ${assistantId}, ${identity}, ${at}::timestamptz, ${at}::timestamptz from lease
        on conflict (account_sid, id) do update
        set assistant_id = excluded.assistant_id, identity = excluded.identity, updated_at = excluded.updated_at
      ),
      stored_messages as (
        insert into assistants.message
          (id, account_sid, session_id, assistant_id, identity, role, content, meta, created_at)
        select said ->> 'id', account_sid, session_id, ${assistantId}, ${identity}, said ->> 'role', said -> 'content',
          said -> 'meta', ${at}::timestamptz
        from lease, jsonb_array_elements(${JSON.stringify(messages)}::jsonb) with ordinality as each (said, place)
        order by place
      ),
      stored_answer as (
        insert into assistants.answer (account_sid, idempotency_key, request_hash, response, created_at)
        select account_sid, ${idempotency?.key}, ${idempotency?.requestHash}, ${exchange.response}::json, ${at}::timestamptz
        from lease
        where ${idempotency?.key}::text is not null
      )
      select 1 from lease`);
    return rows.length > 0 ? 'stored' : 'lost';
  } catch (error) {
    const { code, constraint } = error as { code?: string; constraint?: string };
    if (code === UNIQUE_VIOLATION && constraint === 'answer_pkey') return 'answered';
    throw error;
  }
}

const sessionColumns = sql`id, position as place, account_sid, assistant_id, identity, created_at, updated_at`;

export async function findSession(db: Queryable, accountSid: string, id: string): Promise<SessionRow | undefined> {
  const rows = await db.query<SessionRow>(sql`
    select ${sessionColumns} from assistants.session where account_sid = ${accountSid} and id = ${id}`);
  return rows[0];
}

export function listSessions(db: Queryable, accountSid: string, page: Page): Promise<SessionRow[]> {
  return db.query<SessionRow>(sql`
    select ${sessionColumns} from assistants.session where account_sid = ${accountSid} and ${pageClause(page)}`);
}

export function listMessages(db: Queryable, accountSid: string, sessionId: string, page: Page): Promise<MessageRow[]> {
  return db.query<MessageRow>(sql`
    select id, position as place, account_sid, assistant_id, session_id, identity, role, content, meta, created_at
    from assistants.message
    where account_sid = ${accountSid} and session_id = ${sessionId} and ${pageClause(page)}`);
}
