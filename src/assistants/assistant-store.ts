import { type Database, type Queryable, sql } from '../store/database.ts';
import { type Page, type Placed, pageClause } from './api/page.ts';
import type { CreateAssistantRequest, SegmentCredential, UpdateAssistantRequest } from './api/schemas.ts';
import type { BuiltInTool, Guardrails, RunLimits } from './api/settings.ts';
import type { KnowledgeType } from './knowledge/knowledge-store.ts';
import { changedSettings, newFallbacks, type StoredModel, type StoredSettings } from './model-settings.ts';
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
  model_settings: StoredSettings;
  fallbacks: StoredModel[];
  guardrails: Guardrails;
  limits: RunLimits;
  built_in_tools: BuiltInTool[];
  created_at: Date;
  updated_at: Date;
};

const columns = sql`id, id as place, account_sid, name, owner, personality_prompt, model, customer_ai, model_settings, fallbacks,
  guardrails, limits, built_in_tools, created_at, updated_at`;

const ALL_BUILT_IN_TOOLS: BuiltInTool[] = ['handover', 'search_knowledge', 'remember'];

const sealed = (credential: SegmentCredential | undefined, secretsKey: Buffer) =>
  credential ? seal(secretsKey, JSON.stringify(credential)) : null;

export async function insertAssistant(
  db: Queryable,
  assistant: CreateAssistantRequest & { id: string; accountSid: string; model: string },
  at: Date,
  secretsKey: Buffer,
): Promise<AssistantRow> {
  const { model, ...settings } = changedSettings(
    { model: assistant.model },
    { settings: assistant.model_settings },
    secretsKey,
  );
  const fallbacks = newFallbacks([{ model, ...settings }], assistant.fallbacks, secretsKey);
  const rows = await db.query<AssistantRow>(sql`
    insert into assistants.assistant
      (id, account_sid, name, owner, personality_prompt, model, customer_ai, segment_credential, model_settings, fallbacks,
       guardrails, limits, built_in_tools, created_at, updated_at)
    values
      (${assistant.id}, ${assistant.accountSid}, ${assistant.name}, ${assistant.owner}, ${assistant.personality_prompt},
       ${model}, ${assistant.customer_ai}, ${sealed(assistant.segment_credential, secretsKey)}, ${settings},
       ${JSON.stringify(fallbacks)}::jsonb, ${assistant.guardrails}, ${assistant.limits},
       ${assistant.built_in_tools ?? ALL_BUILT_IN_TOOLS}, ${at}, ${at})
    returning ${columns}`);
  return rows[0] as AssistantRow;
}

/** Changes what is given and leaves the rest. */
export function updateAssistant(
  db: Database,
  accountSid: string,
  id: string,
  change: UpdateAssistantRequest,
  at: Date,
  secretsKey: Buffer,
): Promise<AssistantRow | undefined> {
  return db.transaction(async (tx) => {
    const [before] = await tx.query<AssistantRow>(sql`
      select ${columns} from assistants.assistant where account_sid = ${accountSid} and id = ${id} for update`);
    if (!before) return undefined;
    const known = { ...before.model_settings, model: before.model };
    const { model, ...settings } = changedSettings(
      known,
      { model: change.model, settings: change.model_settings },
      secretsKey,
    );
    const fallbacks = change.fallbacks && newFallbacks([known, ...before.fallbacks], change.fallbacks, secretsKey);
    const rows = await tx.query<AssistantRow>(sql`
      update assistants.assistant
      set name = coalesce(${change.name}, name),
        owner = coalesce(${change.owner}, owner),
        personality_prompt = coalesce(${change.personality_prompt}, personality_prompt),
        customer_ai = coalesce(${change.customer_ai}, customer_ai),
        segment_credential = coalesce(${sealed(change.segment_credential, secretsKey)}, segment_credential),
        model = ${model},
        model_settings = ${settings},
        fallbacks = coalesce(${fallbacks && JSON.stringify(fallbacks)}::jsonb, fallbacks),
        guardrails = coalesce(${change.guardrails}, guardrails),
        limits = coalesce(${change.limits}, limits),
        built_in_tools = coalesce(${change.built_in_tools}, built_in_tools),
        updated_at = ${at}
      where id = ${id}
      returning ${columns}`);
    return rows[0];
  });
}

export async function findAssistant(db: Queryable, accountSid: string, id: string): Promise<AssistantRow | undefined> {
  const rows = await db.query<AssistantRow>(sql`
    select ${columns} from assistants.assistant where account_sid = ${accountSid} and id = ${id}`);
  return rows[0];
}

export type LoadedAssistant = AssistantRow & { segment_credential: Buffer | null; knowledge: LoadedKnowledge[] };

/** `isFinal`: its passages go to the customer as they are. */
type LoadedKnowledge = KnowledgeTitle & { id: string; type: KnowledgeType; isFinal: boolean };

/** An assistant with the names of what it knows: what answering needs, without the texts themselves. */
export async function loadAssistant(
  db: Queryable,
  accountSid: string,
  id: string,
): Promise<LoadedAssistant | undefined> {
  const rows = await db.query<LoadedAssistant>(sql`
    select ${columns}, segment_credential,
      array(
        select jsonb_build_object(
          'id', knowledge.id, 'type', knowledge.type, 'name', knowledge.name, 'description', knowledge.description,
          'isFinal', knowledge.is_final
        )
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
