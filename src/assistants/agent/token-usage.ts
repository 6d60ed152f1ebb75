import { type Queryable, sql } from '../../store/database.ts';
import type { Step } from './ask-models.ts';
import type { Spending } from './run-limits.ts';

/** Whose turn it is that is paid for. */
export type Spender = { accountSid: string; assistantId: string; sessionId: string; messageId: string };

/** At once, for it has to be paid for even if nothing comes of the turn. */
export async function recordUsage(
  db: Queryable,
  { accountSid, assistantId, sessionId, messageId }: Spender,
  { model, inputTokens, outputTokens }: Step['usage'],
  { id, at }: { id: string; at: Date },
): Promise<void> {
  await db.query(sql`
    insert into assistants.token_usage
      (id, account_sid, assistant_id, session_id, message_id, model, input_tokens, output_tokens, created_at)
    values
      (${id}, ${accountSid}, ${assistantId}, ${sessionId}, ${messageId}, ${model}, ${inputTokens}, ${outputTokens}, ${at})`);
}

/** What may still be spent in the session or, if that is less, by the assistant today (UTC). Negative if too much was. */
export async function tokensLeft(
  db: Queryable,
  { accountSid, assistantId, sessionId }: Omit<Spender, 'messageId'>,
  limits: Spending,
  now: Date,
): Promise<{ tokens: number; limit: keyof Spending }> {
  const midnight = new Date(now.toISOString().slice(0, 10));
  const [spent] = await db.query<{ session: number; day: number }>(sql`
    select
      (select coalesce(sum(input_tokens + output_tokens), 0)::float8 from assistants.token_usage
       where account_sid = ${accountSid} and session_id = ${sessionId}) as session,
      (select coalesce(sum(input_tokens + output_tokens), 0)::float8 from assistants.token_usage
       where assistant_id = ${assistantId} and created_at >= ${midnight}) as day`);
  const session = limits.tokens_per_session - (spent?.session ?? 0);
  const day = limits.tokens_per_day - (spent?.day ?? 0);
  return session < day ? { tokens: session, limit: 'tokens_per_session' } : { tokens: day, limit: 'tokens_per_day' };
}
