import { type Queryable, sql } from '../store/database.ts';
import { type Page, type Placed, pageClause } from './api/page.ts';
import type { CreateAssistantRequest, UpdateAssistantRequest } from './api/schemas.ts';
import type { KnowledgeTitle } from './providers/provider.ts';
import { seal } from './secrets.ts';

export type AssistantRow = Placed & {
  id: string;
  account_sid: string;
  name: string;
  owner: string;
  personality_prompt: string;
  model: string;
  customer_ai: CreateAssistantRequest['customer_ai'];
  created_at: Date;
  updated_at: Date;
};

const columns = sql`id, id as place, account_sid, name, owner, personality_prompt, model, customer_ai, created_at, updated_at`;

/** Without a secrets key, Segment credentials are accepted and not kept. */
const sealed = (credential: unknown, secretsKey: Buffer | undefined) =>
  credential && secretsKey ? seal(secretsKey, JSON.stringify(credential)) : null;

export async function insertAssistant(
  db: Queryable,
  assistant: CreateAssistantRequest & { id: string; accountSid: string; model: string },
  at: Date,
  secretsKey?: Buffer,
): Promise<AssistantRow> {
  const rows = await db.query<AssistantRow>(sql`
    insert into assistants.assistant
      (id, account_sid, name, owner, personality_prompt, model, customer_ai, segment_credential, created_at, updated_at)
    values
      (${assistant.id}, ${assistant.accountSid}, ${assistant.name}, ${assistant.owner}, ${assistant.personality_prompt},
       ${assistant.model}, ${assistant.customer_ai}, ${sealed(assistant.segment_credential, secretsKey)}, ${at}, ${at})
    returning ${columns}`);
  return rows[0] as AssistantRow;
}

/** Changes what is given and leaves the rest. */
export async function updateAssistant(
  db: Queryable,
  accountSid: string,
  id: string,
  change: UpdateAssistantRequest,
  at: Date,
  secretsKey?: Buffer,
): Promise<AssistantRow | undefined> {
  const rows = await db.query<AssistantRow>(sql`
    update assistants.assistant
    set name = coalesce(${change.name}, name),
      owner = coalesce(${change.owner}, owner),
      personality_prompt = coalesce(${change.personality_prompt}, personality_prompt),
      customer_ai = coalesce(${change.customer_ai}, customer_ai),
      segment_credential = coalesce(${sealed(change.segment_credential, secretsKey)}, segment_credential),
      updated_at = ${at}
    where account_sid = ${accountSid} and id = ${id}
    returning ${columns}`);
  return rows[0];
}

export async function findAssistant(db: Queryable, accountSid: string, id: string): Promise<AssistantRow | undefined> {
  const rows = await db.query<AssistantRow>(sql`
    select ${columns} from assistants.assistant where account_sid = ${accountSid} and id = ${id}`);
  return rows[0];
}

/** An assistant with the names of what it knows: what answering needs, without the texts themselves. */
export async function loadAssistant(
  db: Queryable,
  accountSid: string,
  id: string,
): Promise<(AssistantRow & { knowledge: KnowledgeTitle[] }) | undefined> {
  const rows = await db.query<AssistantRow & { knowledge: KnowledgeTitle[] }>(sql`
    select ${columns},
      array(
        select jsonb_build_object('name', knowledge.name, 'description', knowledge.description)
        from assistants.assistant_knowledge attached
        join assistants.knowledge on knowledge.id = attached.knowledge_id
        where attached.assistant_id = assistant.id
        order by knowledge.id
      ) as knowledge
    from assistants.assistant
    where account_sid = ${accountSid} and id = ${id}`);
  return rows[0];
}

export function listAssistants(db: Queryable, accountSid: string, page: Page): Promise<AssistantRow[]> {
  return db.query<AssistantRow>(sql`
    select ${columns} from assistants.assistant where account_sid = ${accountSid} and ${pageClause(page)}`);
}

/** Removes it and what is attached to it is detached; its sessions stay as a record. */
export async function deleteAssistant(db: Queryable, accountSid: string, id: string): Promise<boolean> {
  const rows = await db.query(sql`
    delete from assistants.assistant where account_sid = ${accountSid} and id = ${id} returning id`);
  return rows.length > 0;
}

/** The account's oldest assistant. */
export async function firstAssistantId(db: Queryable, accountSid: string): Promise<string | undefined> {
  const rows = await db.query<{ id: string }>(sql`
    select id from assistants.assistant where account_sid = ${accountSid} order by id limit 1`);
  return rows[0]?.id;
}
