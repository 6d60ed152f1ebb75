import type { MessageRow, SessionRow } from '../agent/session-store.ts';
import type { AssistantRow } from '../assistant-store.ts';
import type { ChunkRow, KnowledgeRow } from '../knowledge/knowledge-store.ts';
import type {
  AssistantResource,
  ChunkResource,
  KnowledgeResource,
  KnowledgeStatusResource,
  MessageResource,
  SessionResource,
} from './schemas.ts';

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
    url: `${baseUrl}/v1/Knowledge/${row.id}`,
    ...dates(row),
  };
}

export function knowledgeStatusOf(row: KnowledgeRow): KnowledgeStatusResource {
  return { account_sid: row.account_sid, status: row.status, date_updated: date(row.updated_at) };
}

export function chunkResourceOf(row: ChunkRow, accountSid: string): ChunkResource {
  const created = date(row.created_at);
  return {
    content: row.content,
    metadata: { position: Number(row.place) },
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
