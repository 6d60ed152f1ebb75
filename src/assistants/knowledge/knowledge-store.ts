import { type Database, type Queryable, sql } from '../../store/database.ts';
import { type Page, type Placed, pageClause } from '../api/page.ts';
import type { CreateKnowledgeRequest, KnowledgeResource, UpdateKnowledgeRequest } from '../api/schemas.ts';
import { chunk } from './chunk.ts';

export type KnowledgeRow = Placed & {
  id: string;
  account_sid: string;
  name: string;
  description: string;
  type: KnowledgeResource['type'];
  status: KnowledgeResource['status'];
  source_details: { content: string };
  created_at: Date;
  updated_at: Date;
};

export type ChunkRow = Placed & { content: string; created_at: Date };

const columns = sql`id, id as place, account_sid, name, description, type, status, source_details, created_at, updated_at`;

/** Stores a text and its chunks; with `assistant_id`, attaches it. The assistant must be the account's. */
export async function insertKnowledge(
  tx: Queryable,
  knowledge: Omit<CreateKnowledgeRequest, 'policy' | 'embedding_model'> & { id: string; accountSid: string },
  at: Date,
): Promise<KnowledgeRow> {
  const rows = await tx.query<KnowledgeRow>(sql`
    insert into assistants.knowledge
      (id, account_sid, name, description, type, status, source_details, created_at, updated_at)
    values
      (${knowledge.id}, ${knowledge.accountSid}, ${knowledge.name}, ${knowledge.description}, ${knowledge.type}, 'COMPLETED',
       ${knowledge.knowledge_source_details}, ${at}, ${at})
    returning ${columns}`);
  await insertChunks(tx, knowledge.id, knowledge.knowledge_source_details.content, at);
  if (knowledge.assistant_id) await attachKnowledge(tx, knowledge.accountSid, knowledge.assistant_id, knowledge.id);
  return rows[0] as KnowledgeRow;
}

/** Changes what is given and leaves the rest; a new text gets new chunks. */
export function updateKnowledge(
  db: Database,
  accountSid: string,
  id: string,
  change: UpdateKnowledgeRequest,
  at: Date,
): Promise<KnowledgeRow | undefined> {
  return db.transaction(async (tx) => {
    const rows = await tx.query<KnowledgeRow>(sql`
      update assistants.knowledge
      set name = coalesce(${change.name}, name),
        description = coalesce(${change.description}, description),
        source_details = coalesce(${change.knowledge_source_details}, source_details),
        updated_at = ${at}
      where account_sid = ${accountSid} and id = ${id}
      returning ${columns}`);
    if (rows[0] && change.knowledge_source_details) {
      await tx.query(sql`delete from assistants.knowledge_chunk where knowledge_id = ${id}`);
      await insertChunks(tx, id, change.knowledge_source_details.content, at);
    }
    return rows[0];
  });
}

async function insertChunks(tx: Queryable, knowledgeId: string, text: string, at: Date): Promise<void> {
  await tx.query(sql`
    insert into assistants.knowledge_chunk (knowledge_id, position, content, created_at)
    select ${knowledgeId}, position - 1, content, ${at}::timestamptz
    from unnest(${chunk(text)}::text[]) with ordinality as chunk (content, position)`);
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
    select position as place, content, created_at from assistants.knowledge_chunk
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
