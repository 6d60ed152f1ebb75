import express, { type Router } from 'express';
import {
  deleteAssistant,
  findAssistant,
  insertAssistant,
  listAssistants,
  updateAssistant,
} from '../assistant-store.ts';
import {
  attachedKnowledge,
  attachKnowledge,
  detachKnowledge,
  listAttachedKnowledge,
} from '../knowledge/knowledge-store.ts';
import { byId, pageBody, parsePage } from './page.ts';
import { parse } from './parse.ts';
import { type ApiParts, accountOf, done, found, jsonBody, methodNotAllowed, pathPart, urlOf } from './request.ts';
import { assistantResourceOf, knowledgeResourceOf } from './resources.ts';
import { createAssistantRequest, updateAssistantRequest } from './schemas.ts';

const BODY_LIMIT = 256 * 1024;
const MESSAGE_LIMIT = 64 * 1024;

export function assistantRoutes({ db, now, newId, sendMessage, baseUrl, secretsKey }: ApiParts): Router {
  const router = express.Router({ caseSensitive: true });

  router
    .route('/v1/Assistants')
    .get(async (request, response) => {
      const page = parsePage(request.query, byId);
      const rows = await listAssistants(db, accountOf(response), page);
      const base = baseUrl(request);
      response.json(
        pageBody('assistants', urlOf(request, baseUrl), page, rows, (row) => assistantResourceOf(row, base)),
      );
    })
    .post(jsonBody(BODY_LIMIT), async (request, response) => {
      const definition = parse(createAssistantRequest, request.body);
      const assistant = { ...definition, id: `aia_asst_${newId()}`, accountSid: accountOf(response), model: 'offline' };
      const row = await insertAssistant(db, assistant, now(), secretsKey);
      response.status(201).json(assistantResourceOf(row, baseUrl(request)));
    })
    .all(methodNotAllowed);

  router
    .route('/v1/Assistants/:id')
    .get(async (request, response) => {
      const accountSid = accountOf(response);
      const row = found(await findAssistant(db, accountSid, pathPart(request, 'id')));
      const knowledge = await attachedKnowledge(db, accountSid, row.id);
      const base = baseUrl(request);
      response.json({
        ...assistantResourceOf(row, base),
        tools: [],
        knowledge: knowledge.map((each) => knowledgeResourceOf(each, base)),
      });
    })
    .put(jsonBody(BODY_LIMIT), async (request, response) => {
      const change = parse(updateAssistantRequest, request.body);
      const row = await updateAssistant(db, accountOf(response), pathPart(request, 'id'), change, now(), secretsKey);
      response.json(assistantResourceOf(found(row), baseUrl(request)));
    })
    .delete(async (request, response) => {
      done(response, await deleteAssistant(db, accountOf(response), pathPart(request, 'id')));
    })
    .all(methodNotAllowed);

  router
    .route('/v1/Assistants/:id/Messages')
    .post(jsonBody(MESSAGE_LIMIT), async (request, response) => {
      const idempotencyKey = request.get('idempotency-key');
      response.json(await sendMessage(accountOf(response), pathPart(request, 'id'), request.body, { idempotencyKey }));
    })
    .all(methodNotAllowed);

  router
    .route('/v1/Assistants/:assistantId/Knowledge')
    .get(async (request, response) => {
      const page = parsePage(request.query, byId);
      const assistant = found(await findAssistant(db, accountOf(response), pathPart(request, 'assistantId')));
      const rows = await listAttachedKnowledge(db, assistant.account_sid, assistant.id, page);
      const base = baseUrl(request);
      response.json(
        pageBody('knowledge', urlOf(request, baseUrl), page, rows, (row) => knowledgeResourceOf(row, base)),
      );
    })
    .all(methodNotAllowed);

  router
    .route('/v1/Assistants/:assistantId/Knowledge/:id')
    .post(async (request, response) => {
      const pair = [pathPart(request, 'assistantId'), pathPart(request, 'id')] as const;
      done(response, await attachKnowledge(db, accountOf(response), ...pair));
    })
    .delete(async (request, response) => {
      const pair = [pathPart(request, 'assistantId'), pathPart(request, 'id')] as const;
      done(response, await detachKnowledge(db, accountOf(response), ...pair));
    })
    .all(methodNotAllowed);

  return router;
}
