import { type Queryable, sql } from '../../store/database.ts';
import type { ParsedSendMessageRequest, SendMessageResponse } from '../api/schemas.ts';

/** A message whose answer goes to a webhook. */
export type CallbackRow = {
  id: string;
  position: number;
  account_sid: string;
  assistant_id: string;
  session_id: string;
  idempotency_key: string;
  request_hash: string;
  request: ParsedSendMessageRequest;
  url: string;
  /** What is to be told; null until it is known. */
  response: SendMessageResponse | null;
  attempts: number;
};

const columns = sql`id, position, account_sid, assistant_id, session_id, idempotency_key, request_hash, request, url, response, attempts`;

/** Undefined if the account's idempotency key is taken. */
export async function insertCallback(
  db: Queryable,
  callback: Omit<CallbackRow, 'position' | 'response' | 'attempts'>,
  at: Date,
): Promise<CallbackRow | undefined> {
  const rows = await db.query<CallbackRow>(sql`
    insert into assistants.callback
      (id, account_sid, assistant_id, session_id, idempotency_key, request_hash, request, url, created_at)
    values
      (${callback.id}, ${callback.account_sid}, ${callback.assistant_id}, ${callback.session_id},
       ${callback.idempotency_key}, ${callback.request_hash}, ${callback.request}, ${callback.url}, ${at})
    on conflict (account_sid, idempotency_key) do nothing
    returning ${columns}`);
  return rows[0];
}

export async function findCallback(db: Queryable, id: string): Promise<CallbackRow | undefined> {
  const rows = await db.query<CallbackRow>(sql`select ${columns} from assistants.callback where id = ${id}`);
  return rows[0];
}

export async function findCallbackOfKey(
  db: Queryable,
  accountSid: string,
  key: string,
): Promise<CallbackRow | undefined> {
  const rows = await db.query<CallbackRow>(sql`
    select ${columns} from assistants.callback where account_sid = ${accountSid} and idempotency_key = ${key}`);
  return rows[0];
}

/** The first message of a session that has no answer yet, up to this one. */
export async function firstUnanswered(db: Queryable, until: CallbackRow): Promise<CallbackRow | undefined> {
  const rows = await db.query<CallbackRow>(sql`
    select ${columns} from assistants.callback
    where account_sid = ${until.account_sid} and session_id = ${until.session_id} and position <= ${until.position}
      and response is null
    order by position
    limit 1`);
  return rows[0];
}

export async function storeResponse(db: Queryable, id: string, response: SendMessageResponse): Promise<void> {
  await db.query(sql`
    update assistants.callback set response = ${response}, attempts = 0 where id = ${id} and response is null`);
}

/** How often it has been tried in vain by now. */
export async function countAttempt(db: Queryable, id: string): Promise<number> {
  const [row] = await db.query<{ attempts: number }>(sql`
    update assistants.callback set attempts = attempts + 1 where id = ${id} returning attempts`);
  return row?.attempts ?? 0;
}

export async function deleteCallback(db: Queryable, id: string): Promise<void> {
  await db.query(sql`delete from assistants.callback where id = ${id}`);
}

export async function openCallbacks(db: Queryable, limit: number): Promise<string[]> {
  const rows = await db.query<{ id: string }>(sql`
    select id from assistants.callback order by position limit ${limit}`);
  return rows.map(({ id }) => id);
}
