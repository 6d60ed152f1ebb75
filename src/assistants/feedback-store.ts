import { type Queryable, sql } from '../store/database.ts';
import { type Page, type Placed, pageClause } from './api/page.ts';
import type { CreateFeedbackRequest } from './api/schemas.ts';

export type FeedbackRow = Placed & {
  id: string;
  account_sid: string;
  assistant_id: string;
  session_id: string;
  message_id: string;
  score: number;
  text: string;
  created_at: Date;
  updated_at: Date;
};

const columns = sql`id, id as place, account_sid, assistant_id, session_id, message_id, score, text, created_at, updated_at`;

/** The message that feedback is about: the one that is named or, if none is, the latest answer of the session. */
export async function findRatedMessage(
  db: Queryable,
  accountSid: string,
  { session_id, message_id }: Pick<CreateFeedbackRequest, 'session_id' | 'message_id'>,
): Promise<string | undefined> {
  const rows = await db.query<{ id: string }>(sql`
    select id from assistants.message
    where account_sid = ${accountSid} and session_id = ${session_id}
      and case when ${message_id}::text is null then role = 'assistant' else id = ${message_id} end
    order by position desc
    limit 1`);
  return rows[0]?.id;
}

export async function insertFeedback(
  db: Queryable,
  feedback: Omit<FeedbackRow, 'place' | 'created_at' | 'updated_at'>,
  at: Date,
): Promise<FeedbackRow> {
  const rows = await db.query<FeedbackRow>(sql`
    insert into assistants.feedback
      (id, account_sid, assistant_id, session_id, message_id, score, text, created_at, updated_at)
    values
      (${feedback.id}, ${feedback.account_sid}, ${feedback.assistant_id}, ${feedback.session_id}, ${feedback.message_id},
       ${feedback.score}, ${feedback.text}, ${at}, ${at})
    returning ${columns}`);
  return rows[0] as FeedbackRow;
}

export function listFeedback(
  db: Queryable,
  accountSid: string,
  assistantId: string,
  page: Page,
): Promise<FeedbackRow[]> {
  return db.query<FeedbackRow>(sql`
    select ${columns} from assistants.feedback
    where account_sid = ${accountSid} and assistant_id = ${assistantId} and ${pageClause(page)}`);
}
