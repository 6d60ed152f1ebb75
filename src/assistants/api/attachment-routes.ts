import express, { type Router } from 'express';
import type { Queryable } from '../../store/database.ts';
import { findAssistant } from '../assistant-store.ts';
import { attachKnowledge, detachKnowledge, listAttachedKnowledge } from '../knowledge/knowledge-store.ts';
import { checkAttached } from '../limits.ts';
import { attachTool, detachTool, listAttachedTools } from '../tool-store.ts';
import { byId, type Page, type Placed, pageBody, parsePage } from './page.ts';
import { type ApiParts, accountOf, done, found, methodNotAllowed, pathPart, urlOf } from './request.ts';
import { knowledgeResourceOf, toolResourceOf } from './resources.ts';

type Pairing = (db: Queryable, accountSid: string, assistantId: string, id: string) => Promise<boolean>;

/** What is attached to an assistant: its tools, and its knowledge. */
export function attachmentRoutes({ db, baseUrl, limits }: ApiParts): Router {
  const router = express.Router({ caseSensitive: true });

  function serve<Row extends Placed>(
    path: string,
    kind: 'tools' | 'knowledge',
    list: (db: Queryable, accountSid: string, assistantId: string, page: Page) => Promise<Row[]>,
    resource: (row: Row, baseUrl: string) => object,
    attach: Pairing,
    detach: Pairing,
  ): void {
    router
      .route(path)
      .get(async (request, response) => {
        const page = parsePage(request.query, byId);
        const assistant = found(await findAssistant(db, accountOf(response), pathPart(request, 'assistantId')));
        const rows = await list(db, assistant.account_sid, assistant.id, page);
        const base = baseUrl(request);
        response.json(pageBody(kind, urlOf(request, baseUrl), page, rows, (row) => resource(row, base)));
      })
      .all(methodNotAllowed);

    router
      .route(`${path}/:id`)
      .post(async (request, response) => {
        const assistantId = pathPart(request, 'assistantId');
        const attached = await db.transaction(async (tx) => {
          const exists = await attach(tx, accountOf(response), assistantId, pathPart(request, 'id'));
          if (exists) await checkAttached(tx, limits, kind, assistantId);
          return exists;
        });
        done(response, attached);
      })
      .delete(async (request, response) => {
        const pair = [pathPart(request, 'assistantId'), pathPart(request, 'id')] as const;
        done(response, await detach(db, accountOf(response), ...pair));
      })
      .all(methodNotAllowed);
  }

  serve('/v1/Assistants/:assistantId/Tools', 'tools', listAttachedTools, toolResourceOf, attachTool, detachTool);
  serve(
    '/v1/Assistants/:assistantId/Knowledge',
    'knowledge',
    listAttachedKnowledge,
    knowledgeResourceOf,
    attachKnowledge,
    detachKnowledge,
  );
  return router;
}
