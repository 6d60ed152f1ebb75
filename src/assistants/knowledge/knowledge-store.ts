import { type Database, type Queryable, sql } from '../../store/database.ts';
import { type Page, type Placed, pageClause } from '../api/page.ts';
import { replaceChunks } from './chunk-store.ts';

export type KnowledgeType = 'Text' | 'Web' | 'File' | 'Database';
export type KnowledgeStatus = 'QUEUED' | 'PROCESSING' | 'COMPLETED' | 'FAILED';

export type KnowledgeRow = Placed & {
  id: string;
  account_sid: string;
  name: string;
  description: string;
  type: KnowledgeType;
  status: KnowledgeStatus;
  last_status: KnowledgeStatus | null;
  /** Why it failed or, of a source that was read, what was left out. */
  reason: string | null;
  source_details: Record<string, unknown>;
  embedding_model: string | null;
  created_at: Date;
  updated_at: Date;
};

export type ChunkRow = Placed & {
  id: number;
  content: string;
  title: string | null;
  url: string | null;
  page: number | null;
  created_at: Date;
};

export type UploadedFile = { name: string; mediaType: string; content: Buffer };

export type NewKnowledge = {
  id: string;
  accountSid: string;
  name: string;
  description: string;
  type: KnowledgeType;
  knowledge_source_details: Record<string, unknown>;
  embedding_model?: string | undefined;
  /** Attaches it. The assistant must be the account's. */
  assistant_id?: string | undefined;
  /** What a File is read from. */
  file?: UploadedFile;
};

const columns = sql`id, id as place, account_sid, name, description, type, status, last_status, reason, source_details, embedding_model, created_at, updated_at`;

/**
 * Stores a source of knowledge. A Text can be searched at once; anything else is QUEUED, to be read by a job, which the
 * caller adds once the transaction is through (or a sweep does).
 */
export async function insertKnowledge(tx: Queryable, knowledge: NewKnowledge, at: Date): Promise<KnowledgeRow> {
  const { id, accountSid, type, knowledge_source_details: details, file } = knowledge;
  const isReady = type === 'Text';
  const rows = await tx.query<KnowledgeRow>(sql`
    insert into assistants.knowledge
      (id, account_sid, name, description, type, status, source_details, embedding_model, due_at, created_at, updated_at)
    values
      (${id}, ${accountSid}, ${knowledge.name}, ${knowledge.description}, ${type}, ${isReady ? 'COMPLETED' : 'QUEUED'},
       ${details}, ${knowledge.embedding_model}, ${isReady ? null : at}, ${at}, ${at})
    returning ${columns}`);
  if (isReady) await replaceChunks(tx, id, [{ text: String(details.content) }], at);
  if (file) {
    await tx.query(sql`
      insert into assistants.knowledge_file (knowledge_id, name, media_type, content)
      values (${id}, ${file.name}, ${file.mediaType}, ${file.content})`);
  }
  if (knowledge.assistant_id) await attachKnowledge(tx, accountSid, knowledge.assistant_id, id);
  return rows[0] as KnowledgeRow;
}

export type KnowledgeChange = {
  name?: string | undefined;
  description?: string | undefined;
  knowledge_source_details?: Record<string, unknown> | undefined;
  embedding_model?: string | undefined;
};

/**
 * Changes what is given and leaves the rest. A new text gets new chunks at once; of any other source the old chunks
 * stay until a job has read the new one.
 */
export function updateKnowledge(
  db: Database,
  accountSid: string,
  id: string,
  change: KnowledgeChange,
  at: Date,
): Promise<KnowledgeRow | undefined> {
  const details = change.knowledge_source_details;
  const isNew = details !== undefined || change.embedding_model !== undefined;
  return db.transaction(async (tx) => {
    const rows = await tx.query<KnowledgeRow>(sql`
      update assistants.knowledge
      set name = coalesce(${change.name}, name),
        description = coalesce(${change.description}, description),
        source_details = coalesce(${details}, source_details),
        embedding_model = coalesce(${change.embedding_model}, embedding_model),
        updated_at = ${at}
      where account_sid = ${accountSid} and id = ${id}
      returning ${columns}`);
    if (!rows[0] || !isNew) return rows[0];
    if (rows[0].type === 'Text') {
      await replaceChunks(tx, id, [{ text: String(rows[0].source_details.content) }], at);
      return rows[0];
    }
    return queueAgain(tx, id, at);
  });
}

/** Has the source read anew. Whoever reads it at the moment does so in vain. */
async function queueAgain(tx: Queryable, id: string, at: Date): Promise<KnowledgeRow | undefined> {
  const rows = await tx.query<KnowledgeRow>(sql`
    update assistants.knowledge
    set last_status = status, status = 'QUEUED', reason = null, attempts = 0, due_at = ${at}, lease_token = null
    where id = ${id}
    returning ${columns}`);
  return rows[0];
}

export async function findKnowledge(db: Queryable, accountSid: string, id: string): Promise<KnowledgeRow | undefined> {
  const rows = await db.query<KnowledgeRow>(sql`
    select ${columns} from assistants.knowledge where account_sid = ${accountSid} and id = ${id}`);
  return rows[0];
}

export function listKnowledge(db: Queryable, accountSid: string, page: Page): Promise<KnowledgeRow[]> {
  return db.query<KnowledgeRow>(sql`
    select ${columns} from assistants.knowledge where account_sid = ${accountSid} and ${pageClause(page)}`);
}

const attachedTo = (assistantId: string) =>
  sql`id in (select knowledge_id from assistants.assistant_knowledge where assistant_id = ${assistantId})`;

export function listAttachedKnowledge(
  db: Queryable,
  accountSid: string,
  assistantId: string,
  page: Page,
): Promise<KnowledgeRow[]> {
  return db.query<KnowledgeRow>(sql`
    select ${columns} from assistants.knowledge
    where account_sid = ${accountSid} and ${attachedTo(assistantId)} and ${pageClause(page)}`);
}

/** Everything attached to one assistant, in the order of the list. */
export function attachedKnowledge(db: Queryable, accountSid: string, assistantId: string): Promise<KnowledgeRow[]> {
  return db.query<KnowledgeRow>(sql`
    select ${columns} from assistants.knowledge
    where account_sid = ${accountSid} and ${attachedTo(assistantId)}
    order by id`);
}

export function listChunks(db: Queryable, knowledgeId: string, page: Page): Promise<ChunkRow[]> {
  return db.query<ChunkRow>(sql`
    select id, position as place, content, title, url, page, created_at from assistants.knowledge_chunk
    where knowledge_id = ${knowledgeId} and ${pageClause(page)}`);
}

export async function deleteKnowledge(db: Queryable, accountSid: string, id: string): Promise<boolean> {
  const rows = await db.query(sql`
    delete from assistants.knowledge where account_sid = ${accountSid} and id = ${id} returning id`);
  return rows.length > 0;
}

/** False if the account has no such assistant or no such knowledge. Attaching twice is attaching once. */
export async function attachKnowledge(
  db: Queryable,
  accountSid: string,
  assistantId: string,
  knowledgeId: string,
): Promise<boolean> {
  const rows = await db.query(sql`
    with pair as (
      select assistant.id as assistant_id, knowledge.id as knowledge_id
      from assistants.assistant, assistants.knowledge
      where assistant.account_sid = ${accountSid} and assistant.id = ${assistantId}
        and knowledge.account_sid = ${accountSid} and knowledge.id = ${knowledgeId}
    ),
    attached as (
      insert into assistants.assistant_knowledge (assistant_id, knowledge_id)
      select assistant_id, knowledge_id from pair
      on conflict do nothing
    )
    select 1 from pair`);
  return rows.length > 0;
}

/** False if it was not attached, or is another account's. */
export async function detachKnowledge(
  db: Queryable,
  accountSid: string,
  assistantId: string,
  knowledgeId: string,
): Promise<boolean> {
  const rows = await db.query(sql`
    delete from assistants.assistant_knowledge attached
    using assistants.assistant
    where assistant.id = attached.assistant_id and assistant.account_sid = ${accountSid}
      and attached.assistant_id = ${assistantId} and attached.knowledge_id = ${knowledgeId}
    returning 1`);
  return rows.length > 0;
}
