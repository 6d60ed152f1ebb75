import express, { type Router } from 'express';
import { findSession, listMessages, listSessions } from '../agent/session-store.ts';
import { byPosition, pageBody, parsePage } from './page.ts';
import { type ApiParts, accountOf, found, methodNotAllowed, pathPart, urlOf } from './request.ts';
import { messageResourceOf, sessionResourceOf } from './resources.ts';

export function sessionRoutes({ db, baseUrl }: ApiParts): Router {
  const router = express.Router({ caseSensitive: true });

  router
    .route('/v1/Sessions')
    .get(async (request, response) => {
      const page = parsePage(request.query, byPosition);
      const rows = await listSessions(db, accountOf(response), page);
      response.json(pageBody('sessions', urlOf(request, baseUrl), page, rows, sessionResourceOf));
    })
    .all(methodNotAllowed);

  router
    .route('/v1/Sessions/:id')
    .get(async (request, response) => {
      const row = await findSession(db, accountOf(response), pathPart(request, 'id'));
      response.json(sessionResourceOf(found(row)));
    })
    .all(methodNotAllowed);

  router
    .route('/v1/Sessions/:sessionId/Messages')
    .get(async (request, response) => {
      const page = parsePage(request.query, byPosition);
      const session = found(await findSession(db, accountOf(response), pathPart(request, 'sessionId')));
      const rows = await listMessages(db, session.account_sid, session.id, page);
      response.json(pageBody('messages', urlOf(request, baseUrl), page, rows, messageResourceOf));
    })
    .all(methodNotAllowed);

  return router;
}
