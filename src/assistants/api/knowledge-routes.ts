import express, { type Router } from 'express';
import { z } from 'zod';
import { TandemError } from '../../http/errors.ts';
import type { Queryable } from '../../store/database.ts';
import {
  attachKnowledge,
  deleteKnowledge,
  findKnowledge,
  insertKnowledge,
  type KnowledgeChange,
  type KnowledgeRow,
  listAttachedKnowledge,
  listChunks,
  listKnowledge,
  type NewKnowledge,
  updateKnowledge,
} from '../knowledge/knowledge-store.ts';
import { checkAttached, checkTexts } from '../limits.ts';
import { setPolicy } from '../policy-store.ts';
import { idFilter } from './filter.ts';
import {
  createKnowledgeRequest,
  knowledgeDetails,
  type UpdateKnowledgeRequest,
  updateKnowledgeRequest,
  uploadKnowledgeRequest,
} from './knowledge-schemas.ts';
import { byId, byPosition, pageBody, parsePage } from './page.ts';
import { parse } from './parse.ts';
import type { CreatePolicyRequest } from './policy-schemas.ts';
import { type ApiParts, accountOf, done, found, jsonBody, methodNotAllowed, pathPart, urlOf } from './request.ts';
import { chunkResourceOf, knowledgeResourceOf, knowledgeStatusOf } from './resources.ts';
import { readUpload } from './upload.ts';

const BODY_LIMIT = 1024 * 1024;

const filter = z.object({ AssistantId: idFilter });

export function knowledgeRoutes(parts: ApiParts): Router {
  const { db, now, newId, baseUrl, secretsKey, limits, enqueueIngestion } = parts;
  const router = express.Router({ caseSensitive: true });
  const policyParts = { newId, now, secretsKey };

  /** Stores a source and has it read; the job is added after the transaction, and a sweep adds what got lost between. */
  async function create(
    knowledge: NewKnowledge,
    assistantId: string | undefined,
    policy: CreatePolicyRequest | null | undefined,
  ): Promise<KnowledgeRow> {
    checkTexts(limits, knowledge);
    const row = await db.transaction(async (tx) => {
      const inserted = await insertKnowledge(tx, knowledge, now());
      if (policy) await setPolicy(tx, knowledge.accountSid, { knowledgeId: inserted.id }, policy, policyParts);
      if (assistantId) await attach(tx, knowledge.accountSid, assistantId, inserted.id);
      return inserted;
    });
    await enqueueIngestion(row.id);
    return row;
  }

  async function attach(tx: Queryable, accountSid: string, assistantId: string, knowledgeId: string): Promise<void> {
    if (!(await attachKnowledge(tx, accountSid, assistantId, knowledgeId))) {
      throw new TandemError('invalidParameter', 'assistant_id: there is no such assistant.');
    }
    await checkAttached(tx, limits, 'knowledge', assistantId);
  }

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
      const { policy, assistant_id, ...definition } = parse(createKnowledgeRequest, request.body);
      const knowledge = { ...definition, id: `aia_know_${newId()}`, accountSid: accountOf(response) };
      const row = await create(knowledge, assistant_id, policy);
      response.status(201).json(knowledgeResourceOf(row, baseUrl(request)));
    })
    .all(methodNotAllowed);

  router
    .route('/v1/Knowledge/Upload')
    .post(async (request, response) => {
      const { fields, file } = await readUpload(request, limits.fileMegabytes * 2 ** 20);
      const { policy: _, assistant_id, ...definition } = parse(uploadKnowledgeRequest, fields);
      if (!file || file.content.length === 0) {
        throw new TandemError('invalidParameter', 'file_0: send the file as a part of the form.');
      }
      const knowledge: NewKnowledge = {
        ...definition,
        id: `aia_know_${newId()}`,
        accountSid: accountOf(response),
        knowledge_source_details: { file_name: file.name, media_type: file.mediaType, bytes: file.content.length },
        file,
      };
      const row = await create(knowledge, assistant_id, undefined);
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
      const { policy, ...given } = parse(updateKnowledgeRequest, request.body);
      const accountSid = accountOf(response);
      const before = found(await findKnowledge(db, accountSid, pathPart(request, 'id')));
      const change = changeOf(before, given);
      checkTexts(limits, change);
      // First the policy, as the new source may be read only with it.
      if (policy !== undefined) {
        await db.transaction((tx) => setPolicy(tx, accountSid, { knowledgeId: before.id }, policy, policyParts));
      }
      const row = found(await updateKnowledge(db, accountSid, before.id, change, now()));
      await enqueueIngestion(row.id);
      response.json(knowledgeResourceOf(row, baseUrl(request)));
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

/** A change, checked against the type of what is changed. */
function changeOf(before: KnowledgeRow, given: Omit<UpdateKnowledgeRequest, 'policy'>): KnowledgeChange {
  const { type, knowledge_source_details: details, ...change } = given;
  if (type !== undefined && type !== before.type) {
    throw new TandemError('invalidParameter', `type: is ${before.type} for good. Create another source.`);
  }
  if (change.embedding_model !== undefined && before.type !== 'Database') {
    throw new TandemError('invalidParameter', 'embedding_model: only goes with the type Database.');
  }
  if (details === undefined) return change;
  const checked = parse(knowledgeDetails[before.type], details, 'knowledge_source_details');
  // What is known of a file stays.
  const knowledge_source_details = before.type === 'File' ? { ...before.source_details, ...checked } : checked;
  return { ...change, knowledge_source_details };
}
