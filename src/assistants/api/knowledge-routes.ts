import express, { type Router } from 'express';
import { z } from 'zod';
import { TandemError } from '../../http/errors.ts';
import { findAssistant } from '../assistant-store.ts';
import {
  deleteKnowledge,
  findKnowledge,
  insertKnowledge,
  listAttachedKnowledge,
  listChunks,
  listKnowledge,
  updateKnowledge,
} from '../knowledge/knowledge-store.ts';
import { byId, byPosition, pageBody, parsePage } from './page.ts';
import { parse } from './parse.ts';
import { type ApiParts, accountOf, done, found, jsonBody, methodNotAllowed, pathPart, urlOf } from './request.ts';
import { chunkResourceOf, knowledgeResourceOf, knowledgeStatusOf } from './resources.ts';
import { createKnowledgeRequest, updateKnowledgeRequest } from './schemas.ts';

const BODY_LIMIT = 1024 * 1024;

const filter = z.object({
  AssistantId: z
    .string('must be given once')
    .regex(/^[\w-]+$/, 'is no id')
    .optional(),
});

export function knowledgeRoutes({ db, now, newId, baseUrl }: ApiParts): Router {
  const router = express.Router({ caseSensitive: true });

  router
    .route('/v1/Knowledge')
    .get(async (request, response) => {
      const page = parsePage(request.query, byId);
      const { AssistantId } = parse(filter, request.query);
      const accountSid = accountOf(response);
      const rows = AssistantId
        ? await listAttachedKnowledge(db, accountSid, AssistantId, page)
        : await listKnowledge(db, accountSid, page);
      const base = baseUrl(request);
      response.json(
        pageBody('knowledge', urlOf(request, baseUrl), page, rows, (row) => knowledgeResourceOf(row, base)),
      );
    })
    .post(jsonBody(BODY_LIMIT), async (request, response) => {
      const definition = parse(createKnowledgeRequest, request.body);
      const accountSid = accountOf(response);
      if (definition.assistant_id && !(await findAssistant(db, accountSid, definition.assistant_id))) {
        throw new TandemError('invalidParameter', 'assistant_id: there is no such assistant.');
      }
      const knowledge = { ...definition, id: `aia_know_${newId()}`, accountSid };
      const row = await db.transaction((tx) => insertKnowledge(tx, knowledge, now()));
      response.status(201).json(knowledgeResourceOf(row, baseUrl(request)));
    })
    .all(methodNotAllowed);

  router
    .route('/v1/Knowledge/:id')
    .get(async (request, response) => {
      const row = await findKnowledge(db, accountOf(response), pathPart(request, 'id'));
      response.json(knowledgeResourceOf(found(row), baseUrl(request)));
    })
    .put(jsonBody(BODY_LIMIT), async (request, response) => {
      const change = parse(updateKnowledgeRequest, request.body);
      const row = await updateKnowledge(db, accountOf(response), pathPart(request, 'id'), change, now());
      response.json(knowledgeResourceOf(found(row), baseUrl(request)));
    })
    .delete(async (request, response) => {
      done(response, await deleteKnowledge(db, accountOf(response), pathPart(request, 'id')));
    })
    .all(methodNotAllowed);

  router
    .route('/v1/Knowledge/:id/Status')
    .get(async (request, response) => {
      const row = await findKnowledge(db, accountOf(response), pathPart(request, 'id'));
      response.json(knowledgeStatusOf(found(row)));
    })
    .all(methodNotAllowed);

  router
    .route('/v1/Knowledge/:id/Chunks')
    .get(async (request, response) => {
      const page = parsePage(request.query, byPosition);
      const { id, account_sid } = found(await findKnowledge(db, accountOf(response), pathPart(request, 'id')));
      const rows = await listChunks(db, id, page);
      response.json(
        pageBody('chunks', urlOf(request, baseUrl), page, rows, (row) => chunkResourceOf(row, account_sid)),
      );
    })
    .all(methodNotAllowed);

  return router;
}
