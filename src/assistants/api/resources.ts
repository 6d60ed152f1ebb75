import type { MessageRow, SessionRow } from '../agent/session-store.ts';
import type { AssistantRow } from '../assistant-store.ts';
import type { FeedbackRow } from '../feedback-store.ts';
import type { ChunkRow, KnowledgeRow } from '../knowledge/knowledge-store.ts';
import { shownModel, shownSettings } from '../model-settings.ts';
import type { PolicyRow } from '../policy-store.ts';
import type { ToolRow } from '../tool-store.ts';
import type { ChunkResource, KnowledgeResource, KnowledgeStatusResource } from './knowledge-schemas.ts';
import type { PolicyResource } from './policy-schemas.ts';
import type { AssistantResource, FeedbackResource, MessageResource, SessionResource } from './schemas.ts';
import type { ToolResource } from './tool-schemas.ts';

/** Dates as the API writes them: to the second. */
const date = (at: Date) => at.toISOString().replace(/\.\d+Z$/, 'Z');

const dates = (row: { created_at: Date; updated_at: Date }) => ({
  date_created: date(row.created_at),
  date_updated: date(row.updated_at),
});

export function assistantResourceOf(row: AssistantRow, baseUrl: string): AssistantResource {
  return {
    id: row.id,
    account_sid: row.account_sid,
    name: row.name,
    owner: row.owner,
    model: row.model,
    personality_prompt: row.personality_prompt,
    customer_ai: row.customer_ai,
    model_settings: shownSettings(row.model_settings),
    fallbacks: row.fallbacks.map(shownModel),
    guardrails: row.guardrails,
    limits: row.limits,
    built_in_tools: row.built_in_tools,
    url: `${baseUrl}/v1/Assistants/${row.id}`,
    ...dates(row),
  };
}

export function knowledgeResourceOf(row: KnowledgeRow, baseUrl: string): KnowledgeResource {
  return {
    id: row.id,
    account_sid: row.account_sid,
    name: row.name,
    description: row.description,
    type: row.type,
    status: row.status,
    knowledge_source_details: row.source_details,
    ...(row.embedding_model === null ? {} : { embedding_model: row.embedding_model }),
    url: `${baseUrl}/v1/Knowledge/${row.id}`,
    ...dates(row),
  };
}

export function knowledgeStatusOf(row: KnowledgeRow): KnowledgeStatusResource {
  return {
    account_sid: row.account_sid,
    status: row.status,
    ...(row.last_status === null ? {} : { last_status: row.last_status }),
    ...(row.reason === null ? {} : { reason: row.reason }),
    date_updated: date(row.updated_at),
  };
}

export function chunkResourceOf(row: ChunkRow, accountSid: string): ChunkResource {
  const created = date(row.created_at);
  return {
    content: row.content,
    metadata: {
      position: Number(row.place),
      ...(row.title === null ? {} : { title: row.title }),
      ...(row.url === null ? {} : { url: row.url }),
      ...(row.page === null ? {} : { page: row.page }),
    },
    account_sid: accountSid,
    date_created: created,
    date_updated: created,
  };
}

export function sessionResourceOf(row: SessionRow): SessionResource {
  return {
    id: row.id,
    account_sid: row.account_sid,
    assistant_id: row.assistant_id,
    verified: false,
    identity: row.identity,
    ...dates(row),
  };
}

export function messageResourceOf(row: MessageRow): MessageResource {
  const created = date(row.created_at);
  return {
    id: row.id,
    account_sid: row.account_sid,
    assistant_id: row.assistant_id,
    session_id: row.session_id,
    identity: row.identity,
    role: row.role,
    content: row.content,
    meta: row.meta,
    date_created: created,
    date_updated: created,
  };
}

export function toolResourceOf(row: ToolRow, baseUrl: string): ToolResource {
  return {
    id: row.id,
    account_sid: row.account_sid,
    name: row.name,
    description: row.description,
    type: row.type,
    enabled: row.enabled,
    requires_auth: row.requires_auth,
    meta: row.meta,
    url: `${baseUrl}/v1/Tools/${row.id}`,
    ...dates(row),
  };
}

/** What is secret in a policy is never read again: it is shown as dots. */
export function policyResourceOf(row: PolicyRow): PolicyResource {
  return {
    id: row.id,
    account_sid: row.account_sid,
    name: row.name,
    description: row.description,
    type: row.type,
    policy_details: row.shown_details,
    ...dates(row),
  };
}

export function feedbackResourceOf(row: FeedbackRow): FeedbackResource {
  return {
    id: row.id,
    assistant_id: row.assistant_id,
    account_sid: row.account_sid,
    session_id: row.session_id,
    message_id: row.message_id,
    score: row.score,
    text: row.text,
    ...dates(row),
  };
}
