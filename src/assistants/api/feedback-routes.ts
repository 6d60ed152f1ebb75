import express, { type Router } from 'express';
import { TandemError } from '../../http/errors.ts';
import { findSession } from '../agent/session-store.ts';
import { findAssistant } from '../assistant-store.ts';
import { findRatedMessage, insertFeedback, listFeedback } from '../feedback-store.ts';
import { byId, pageBody, parsePage } from './page.ts';
import { parse } from './parse.ts';
import { type ApiParts, accountOf, found, jsonBody, methodNotAllowed, pathPart, urlOf } from './request.ts';
import { feedbackResourceOf } from './resources.ts';
import { createFeedbackRequest } from './schemas.ts';

const BODY_LIMIT = 64 * 1024;

export function feedbackRoutes({ db, now, newId, baseUrl }: ApiParts): Router {
  const router = express.Router({ caseSensitive: true });

  router
    .route('/v1/Assistants/:id/Feedbacks')
    .get(async (request, response) => {
      const page = parsePage(request.query, byId);
      const assistant = found(await findAssistant(db, accountOf(response), pathPart(request, 'id')));
      const rows = await listFeedback(db, assistant.account_sid, assistant.id, page);
      response.json(pageBody('feedbacks', urlOf(request, baseUrl), page, rows, feedbackResourceOf));
    })
    .post(jsonBody(BODY_LIMIT), async (request, response) => {
      const feedback = parse(createFeedbackRequest, request.body);
      const accountSid = accountOf(response);
      const assistant = found(await findAssistant(db, accountSid, pathPart(request, 'id')));
      if (!(await findSession(db, accountSid, feedback.session_id))) {
        throw new TandemError('invalidParameter', 'session_id: there is no such session.');
      }
      const messageId = await findRatedMessage(db, accountSid, feedback);
      if (!messageId) throw new TandemError('invalidParameter', 'message_id: the session has no such message.');
      const row = await insertFeedback(
        db,
        {
          id: `aia_fdbk_${newId()}`,
          account_sid: accountSid,
          assistant_id: assistant.id,
          session_id: feedback.session_id,
          message_id: messageId,
          score: feedback.score,
          text: feedback.text,
        },
        now(),
      );
      response.status(201).json(feedbackResourceOf(row));
    })
    .all(methodNotAllowed);

  return router;
}
