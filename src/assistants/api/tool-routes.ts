import express, { type Router } from 'express';
import { z } from 'zod';
import { TandemError } from '../../http/errors.ts';
import type { Queryable } from '../../store/database.ts';
import { checkAttached, checkProperties, checkTexts } from '../limits.ts';
import { listPolicies, setPolicy } from '../policy-store.ts';
import {
  attachTool,
  deleteTool,
  findTool,
  insertTool,
  listAttachedTools,
  listTools,
  type ToolRow,
  updateTool,
} from '../tool-store.ts';
import { inputSchemaOf } from '../tools/input-schema.ts';
import { idFilter } from './filter.ts';
import { byId, pageBody, parsePage } from './page.ts';
import { parse } from './parse.ts';
import { type ApiParts, accountOf, done, found, jsonBody, methodNotAllowed, pathPart, urlOf } from './request.ts';
import { policyResourceOf, toolResourceOf } from './resources.ts';
import { createToolRequest, updateToolRequest } from './tool-schemas.ts';

const BODY_LIMIT = 256 * 1024;

const toolFilter = z.object({ AssistantId: idFilter });
const policyFilter = z.object({ ToolId: idFilter, KnowledgeId: idFilter });

/** More than any tool or account is meant to have; they are shown in one piece. */
const ALL_POLICIES = { number: 0, size: 100, order: byId, after: byId.start };

export function toolRoutes({ db, now, newId, baseUrl, secretsKey, limits }: ApiParts): Router {
  const router = express.Router({ caseSensitive: true });
  const policyParts = { newId, now, secretsKey };

  /** An input schema that no model could be shown is refused before anything is stored. */
  function check(tool: { name?: string; description?: string; meta?: { input_schema: string } }): void {
    checkTexts(limits, tool);
    if (tool.meta) checkProperties(limits, inputSchemaOf(tool.meta.input_schema));
  }

  async function attach(tx: Queryable, accountSid: string, assistantId: string, toolId: string): Promise<void> {
    if (!(await attachTool(tx, accountSid, assistantId, toolId))) {
      throw new TandemError('invalidParameter', 'assistant_id: there is no such assistant.');
    }
    await checkAttached(tx, limits, 'tools', assistantId);
  }

  router
    .route('/v1/Tools')
    .get(async (request, response) => {
      const page = parsePage(request.query, byId);
      const { AssistantId } = parse(toolFilter, request.query);
      const accountSid = accountOf(response);
      const rows = AssistantId
        ? await listAttachedTools(db, accountSid, AssistantId, page)
        : await listTools(db, accountSid, page);
      const base = baseUrl(request);
      response.json(pageBody('tools', urlOf(request, baseUrl), page, rows, (row) => toolResourceOf(row, base)));
    })
    .post(jsonBody(BODY_LIMIT), async (request, response) => {
      const { assistant_id, policy, ...definition } = parse(createToolRequest, request.body);
      check(definition);
      const accountSid = accountOf(response);
      const id = `aia_tool_${newId()}`;
      const row = await db.transaction(async (tx) => {
        await insertTool(tx, { ...definition, id, accountSid }, now());
        if (policy) await setPolicy(tx, accountSid, { toolId: id }, policy, policyParts);
        if (assistant_id) await attach(tx, accountSid, assistant_id, id);
        return findTool(tx, accountSid, id);
      });
      response.status(201).json(toolResourceOf(row as ToolRow, baseUrl(request)));
    })
    .all(methodNotAllowed);

  router
    .route('/v1/Tools/:id')
    .get(async (request, response) => {
      const accountSid = accountOf(response);
      const row = found(await findTool(db, accountSid, pathPart(request, 'id')));
      const policies = await listPolicies(db, accountSid, { toolId: row.id }, ALL_POLICIES);
      response.json({ ...toolResourceOf(row, baseUrl(request)), policies: policies.map(policyResourceOf) });
    })
    .put(jsonBody(BODY_LIMIT), async (request, response) => {
      const { assistant_id, policy, ...change } = parse(updateToolRequest, request.body);
      check(change);
      const accountSid = accountOf(response);
      const id = pathPart(request, 'id');
      const row = await db.transaction(async (tx) => {
        if (!(await updateTool(tx, accountSid, id, change, now()))) return undefined;
        if (policy !== undefined) await setPolicy(tx, accountSid, { toolId: id }, policy, policyParts);
        if (assistant_id) await attach(tx, accountSid, assistant_id, id);
        return findTool(tx, accountSid, id);
      });
      response.json(toolResourceOf(found(row), baseUrl(request)));
    })
    .delete(async (request, response) => {
      done(response, await deleteTool(db, accountOf(response), pathPart(request, 'id')));
    })
    .all(methodNotAllowed);

  router
    .route('/v1/Policies')
    .get(async (request, response) => {
      const page = parsePage(request.query, byId);
      const { ToolId, KnowledgeId } = parse(policyFilter, request.query);
      const rows = await listPolicies(db, accountOf(response), { toolId: ToolId, knowledgeId: KnowledgeId }, page);
      response.json(pageBody('policies', urlOf(request, baseUrl), page, rows, policyResourceOf));
    })
    .all(methodNotAllowed);

  return router;
}
