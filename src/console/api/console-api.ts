import { Router } from 'express';
import { z } from 'zod';
import { TandemError } from '../http/errors.ts';
import type { Database } from '../store/database.ts';
import { createOperatorStore } from './operator-store.ts';

const listQuery = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(50),
  before: z.coerce.date().optional(),
});

const uuid = z.uuid();

/** What operators (and the `text` command) ask of the gateway, as JSON under `/console/api`. */
export function operatorRoutes(parts: { db: Database; now: () => Date; wake: (threadKeys: string[]) => void }) {
  const store = createOperatorStore(parts.db, parts.now);
  const router = Router();

  router.get('/threads', async (request, response) => {
    const { limit, before } = parseQuery(request.query);
    response.json({ threads: await store.threads({ limit, before }) });
  });
  router.get('/threads/:key', async (request, response) => {
    const thread = await store.thread(request.params.key);
    if (!thread) throw new TandemError('notFound', 'There is no thread under that key.');
    response.json(thread);
  });
  router.post('/threads/:key/handoff', async (request, response) => {
    await setHandling(request.params.key, 'human');
    response.status(204).end();
  });
  router.post('/threads/:key/return', async (request, response) => {
    await setHandling(request.params.key, 'assistant');
    response.status(204).end();
  });
  router.get('/failures', async (request, response) => {
    response.json(await store.failures(parseQuery(request.query).limit));
  });
  router.post('/failures/:turnId/retry', async (request, response) => {
    const { turnId } = request.params;
    const threadKey = uuid.safeParse(turnId).success ? await store.retry(turnId) : undefined;
    if (!threadKey) throw new TandemError('notFound', 'There is no failed turn under that id.');
    parts.wake([threadKey]);
    response.status(202).json({ threadKey });
  });

  async function setHandling(key: string, handling: 'human' | 'assistant'): Promise<void> {
    if (!(await store.setHandling(key, handling)))
      throw new TandemError('notFound', 'There is no thread under that key.');
    parts.wake([key]);
  }
  return router;
}

function parseQuery(query: unknown): z.output<typeof listQuery> {
  const parsed = listQuery.safeParse(query);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new TandemError('invalidParameter', `${String(issue?.path[0])}: ${issue?.message}`);
}
