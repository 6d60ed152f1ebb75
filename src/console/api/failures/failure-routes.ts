import { Router } from 'express';
import { z } from 'zod';
import { found, parsed } from '../parse.ts';
import type { FailureStore } from './failure-store.ts';

const limit = z.coerce.number().int().min(1).max(500).default(50);
const pageQuery = z.object({ limit, before: z.coerce.date().optional(), after: z.uuid().optional() });
const idParam = z.object({ id: z.string() });

/** `/failures…`: what needs a person, and what the person does about it. */
export function failureRoutes(parts: { failures: FailureStore; wake: (threadKeys: string[]) => void }): Router {
  const { failures: store, wake } = parts;
  const router = Router();

  router.get('/failures', async (request, response) => {
    response.json(await store.lists(parsed(z.object({ limit }), request.query).limit));
  });
  router.get('/failures/open', async (request, response) => {
    response.json(await store.page(parsed(pageQuery, request.query)));
  });
  router.post('/failures/retry', async (_request, response) => {
    const { failures, threadKeys } = await store.retryAll();
    wake(threadKeys);
    response.status(202).json({ failures });
  });
  router.post('/failures/:id/retry', async (request, response) => {
    const threadKey = found(await ifUuid(request.params, store.retry), 'failed turn or message under that id');
    wake([threadKey]);
    response.status(202).json({ threadKey });
  });
  router.post('/failures/:id/dismiss', async (request, response) => {
    found((await ifUuid(request.params, store.dismiss)) || undefined, 'failed turn or message under that id');
    response.status(204).end();
  });
  return router;
}

/** An id of another form names nothing, and PostgreSQL would call it an error. */
async function ifUuid<Result>(params: unknown, act: (id: string) => Promise<Result>): Promise<Result | undefined> {
  const { id } = parsed(idParam, params);
  return z.uuid().safeParse(id).success ? act(id) : undefined;
}
