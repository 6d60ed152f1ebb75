import express, { Router } from 'express';
import { z } from 'zod';
import { TandemError } from '../http/errors.ts';
import { type Database, sql } from '../store/database.ts';
import { storableText } from '../store/storable-text.ts';
import { stripWebhookPrefix } from '../thread/session-id.ts';
import type { ReplyContent } from '../thread/thread-state.ts';
import { askedHandoff } from './asked-handoff.ts';
import { openCallbackToken } from './callback-token.ts';

export const CALLBACK_PATH = '/webhooks/assistants/reply';

/** What servers send to the `webhook` of a message (protocol reference 7.7), as a form or as JSON. */
const reply = z.object({
  Status: z.string(),
  SessionId: z.string(),
  Body: z.string().default(''),
  Error: z.string().optional(),
  // Tandem's own additions. Under these names another server may say something else.
  Retryable: z.stringbool().optional().catch(undefined),
  HandoffReason: z.string().optional().catch(undefined),
  HandoffSummary: z.string().optional().catch(undefined),
});

/** Receives the answers of assistants that were asked with a callback. The token in the URL names the turn and works once. */
export function callbackRoute(parts: {
  db: Database;
  key: Buffer;
  now: () => Date;
  wake: (threadKeys: string[]) => void;
}) {
  const { db, key, now, wake } = parts;
  const router = Router();
  const limit = '256kb';
  router.post(
    CALLBACK_PATH,
    express.urlencoded({ extended: false, limit }),
    express.json({ limit }),
    async (request, response) => {
      const token = openCallbackToken(key, String(request.query._token ?? ''), now());
      if (!token) throw new TandemError('invalidToken');
      const parsed = reply.safeParse(request.body);
      if (!parsed.success) {
        throw new TandemError(
          'invalidParameter',
          `${String(parsed.error.issues[0]?.path[0] ?? 'body')}: it is missing or not text.`,
        );
      }
      const { Status, SessionId, Body, Error: error, Retryable, HandoffReason, HandoffSummary } = parsed.data;
      const content: ReplyContent = {
        turnId: token.turnId,
        status: /^fail/i.test(Status) ? 'failed' : 'success',
        body: storableText(Body),
        ...(error ? { error: storableText(error) } : {}),
        ...(Retryable === undefined ? {} : { retryable: Retryable }),
        ...(HandoffReason === undefined
          ? {}
          : { handoff: askedHandoff({ reason: HandoffReason, summary: HandoffSummary }) }),
      };
      const threadKey = await storeReply(db, token.use, stripWebhookPrefix(SessionId), content, now());
      if (!threadKey) throw new TandemError('invalidToken');
      wake([threadKey]);
      response.json({});
    },
  );
  return router;
}

/** Stores a reply under its token's single use; undefined when the token was used before or its turn is not of that session. */
async function storeReply(
  db: Database,
  use: string,
  sessionId: string,
  content: ReplyContent,
  time: Date,
): Promise<string | undefined> {
  const [row] = await db.query<{ threadKey: string }>(sql`
    with stored as (
      insert into gateway.inbound_event (idempotency_key, thread_key, kind, occurred_at, received_at, source, event)
      select ${`reply:${use}`}, thread_key, 'reply', ${time}, ${time}, 'callback', ${JSON.stringify(content)}::json
      from gateway.turn where id = ${content.turnId} and session_id = ${sessionId}
      on conflict (idempotency_key) do nothing
      returning thread_key
    )
    update gateway.thread
    set revision = revision + 1, due_at = case when lease_until > ${time} then due_at else least(due_at, ${time}) end
    from stored where thread.key = stored.thread_key
    returning thread.key as "threadKey"`);
  return row?.threadKey;
}
