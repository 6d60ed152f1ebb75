import express, { Router } from 'express';
import { z } from 'zod';
import type { HandoffStore } from '../../../handoff/handoff-store.ts';
import { TandemError } from '../../../http/errors.ts';
import { splitText } from '../../../outbox/split-text.ts';
import { type Database, sql } from '../../../store/database.ts';
import { eraseIdentity } from '../../../store/erase-identity.ts';
import type { ThreadPage } from '../../contract.ts';
import { found, parsed } from '../parse.ts';
import { readRun } from './run.ts';
import { searchThreads } from './text-search.ts';
import { readThread } from './thread.ts';
import { listThreads } from './thread-list.ts';
import { readTimeline } from './timeline.ts';

const absentIfEmpty = z
  .string()
  .trim()
  .max(200)
  .transform((text) => text || undefined)
  .optional();

/** What a list of threads is narrowed by. */
export const filterQuery = z.object({
  state: z.enum(['assistant', 'requested', 'human', 'working', 'failed']).optional(),
  channel: absentIfEmpty,
  assistant: absentIfEmpty,
  number: absentIfEmpty,
  text: absentIfEmpty,
  limit: z.coerce.number().int().min(1).max(500).default(50),
});
const placeQuery = z.object({ before: z.coerce.date().optional(), after: z.string().max(1_000).optional() });
const writing = z.object({ body: z.string().trim().min(1, 'write something').max(10_000) });
const beforeTurn = z.object({ before: z.uuid().optional() });

/** What operators do with a thread. */
export type Operate = Pick<HandoffStore, 'takeOver' | 'recall' | 'say'>;

/** `/threads…` and `/turns/:id/run`. Keys are in the path, encoded. */
export function threadRoutes(parts: { db: Database; now: () => Date; handoffs: Operate }): Router {
  const { db, handoffs } = parts;
  const router = Router();

  async function page(query: unknown): Promise<ThreadPage> {
    const { text, limit, ...filter } = parsed(filterQuery, query);
    if (text) return searchThreads(db, text, parsed(beforeTurn, query).before);
    return listThreads(db, filter, { limit, ...parsed(placeQuery, query) });
  }

  router.get('/threads', async (request, response) => {
    response.json(await page(request.query));
  });
  router.get('/threads/:key', async (request, response) => {
    response.json(found(await readThread(db, request.params.key), 'thread under that key'));
  });
  router.get('/threads/:key/timeline', async (request, response) => {
    const { before } = parsed(beforeTurn, request.query);
    response.json(found(await readTimeline(db, request.params.key, before), 'thread under that key'));
  });
  router.delete('/threads/:key', async (request, response) => {
    const { accountSid, identity } = found(await ownerOf(db, request.params.key), 'thread under that key');
    response.json(await eraseIdentity(db, accountSid, identity, parts.now()));
  });
  router.post('/threads/:key/handoff', async (request, response) => {
    found((await handoffs.takeOver(request.params.key)) || undefined, 'thread under that key');
    response.status(204).end();
  });
  router.post('/threads/:key/return', async (request, response) => {
    found((await handoffs.recall(request.params.key)) || undefined, 'thread under that key');
    response.status(204).end();
  });
  router.post('/threads/:key/messages', express.json({ limit: '64kb' }), async (request, response) => {
    const { body } = parsed(writing, request.body);
    if (!(await handoffs.say(request.params.key, splitText(body)))) {
      throw new TandemError(
        'conflict',
        'Take the thread over first: only then do your words not cross the assistant’s.',
      );
    }
    response.status(202).end();
  });
  router.get('/turns/:id/run', async (request, response) => {
    const { id } = parsed(z.object({ id: z.uuid() }), request.params);
    response.json(found(await readRun(db, id), 'turn under that id'));
  });
  return router;
}

async function ownerOf(db: Database, key: string): Promise<{ accountSid: string; identity: string } | undefined> {
  const [row] = await db.query<{ accountSid: string; identity: string }>(sql`
    select account_sid as "accountSid", identity from gateway.thread where key = ${key}`);
  return row;
}
