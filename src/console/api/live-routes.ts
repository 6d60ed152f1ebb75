import { Router } from 'express';
import { TandemError } from '../../http/errors.ts';
import type { Database } from '../../store/database.ts';
import type { FailureStore } from './failures/failure-store.ts';
import { type LiveView, live, manyOf } from './live.ts';
import { parsed } from './parse.ts';
import { listThreads, listVersion } from './threads/thread-list.ts';
import { filterQuery } from './threads/thread-routes.ts';
import { readTimeline, timelineVersion } from './threads/timeline.ts';

const MOST_THREADS = 10;

/**
 * `/live`: everything that a page watches, on one connection, for a browser opens few. `kind=failures`; `kind=threads` with
 * what the list is narrowed by; `thread=<key>`, several times.
 */
export function liveRoutes(parts: { db: Database; failures: FailureStore }): Router {
  const { db, failures } = parts;
  const router = Router();
  router.get('/live', async (request, response) => {
    const kinds = manyOf(request.query.kind);
    const keys = manyOf(request.query.thread);
    if (keys.length > MOST_THREADS) throw new TandemError('invalidParameter', 'thread: watch fewer at once.');
    const { limit, text: _, ...filter } = parsed(filterQuery, request.query);
    const views: LiveView[] = keys.map((key) => ({
      name: { kind: 'thread', key },
      version: () => timelineVersion(db, key),
      load: async () => (await readTimeline(db, key, undefined)) ?? null,
    }));
    if (kinds.includes('failures')) {
      views.push({ name: { kind: 'failures' }, version: failures.version, load: () => failures.page({}) });
    }
    if (kinds.includes('threads')) {
      views.push({
        name: { kind: 'threads' },
        version: () => listVersion(db),
        load: () => listThreads(db, filter, { limit }),
      });
    }
    live(response, views);
  });
  return router;
}
