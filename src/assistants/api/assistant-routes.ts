import express, { type Router } from 'express';
import {
  deleteAssistant,
  findAssistant,
  insertAssistant,
  listAssistants,
  updateAssistant,
} from '../assistant-store.ts';
import { attachedKnowledge } from '../knowledge/knowledge-store.ts';
import { checkTexts } from '../limits.ts';
import { attachedTools } from '../tool-store.ts';
import { byId, pageBody, parsePage } from './page.ts';
import { parse } from './parse.ts';
import { type ApiParts, accountOf, done, found, jsonBody, methodNotAllowed, pathPart, urlOf } from './request.ts';
import { assistantResourceOf, knowledgeResourceOf, toolResourceOf } from './resources.ts';
import { createAssistantRequest, updateAssistantRequest } from './schemas.ts';

const BODY_LIMIT = 256 * 1024;

export function assistantRoutes({ db, now, newId, baseUrl, secretsKey, limits }: ApiParts): Router {
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
      checkTexts(limits, definition);
      const { model = 'offline' } = definition;
      const assistant = { ...definition, id: `aia_asst_${newId()}`, accountSid: accountOf(response), model };
      const row = await insertAssistant(db, assistant, now(), secretsKey);
      response.status(201).json(assistantResourceOf(row, baseUrl(request)));
    })
    .all(methodNotAllowed);

  router
    .route('/v1/Assistants/:id')
    .get(async (request, response) => {
      const accountSid = accountOf(response);
      const row = found(await findAssistant(db, accountSid, pathPart(request, 'id')));
      const [tools, knowledge] = await Promise.all([
        attachedTools(db, accountSid, row.id),
        attachedKnowledge(db, accountSid, row.id),
      ]);
      const base = baseUrl(request);
      response.json({
        ...assistantResourceOf(row, base),
        tools: tools.map((each) => toolResourceOf(each, base)),
        knowledge: knowledge.map((each) => knowledgeResourceOf(each, base)),
      });
    })
    .put(jsonBody(BODY_LIMIT), async (request, response) => {
      const change = parse(updateAssistantRequest, request.body);
      checkTexts(limits, change);
      const row = await updateAssistant(db, accountOf(response), pathPart(request, 'id'), change, now(), secretsKey);
      response.json(assistantResourceOf(found(row), baseUrl(request)));
    })
    .delete(async (request, response) => {
      done(response, await deleteAssistant(db, accountOf(response), pathPart(request, 'id')));
    })
    .all(methodNotAllowed);

  return router;
}
