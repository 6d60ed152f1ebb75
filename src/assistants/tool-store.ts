import { type Queryable, sql } from '../store/database.ts';
import { type Page, type Placed, pageClause } from './api/page.ts';
import type { Policy, PolicyType } from './api/policy-schemas.ts';
import type { CreateToolRequest, UpdateToolRequest } from './api/tool-schemas.ts';
import { openPolicy } from './policy-store.ts';

export type ToolRow = Placed & {
  id: string;
  account_sid: string;
  name: string;
  description: string;
  type: CreateToolRequest['type'];
  enabled: boolean;
  meta: CreateToolRequest['meta'];
  /** It has a policy. */
  requires_auth: boolean;
  created_at: Date;
  updated_at: Date;
};

const columns = sql`id, id as place, account_sid, name, description, type, enabled, meta,
  exists (select from assistants.policy where policy.tool_id = tool.id) as requires_auth, created_at, updated_at`;

export async function insertTool(
  tx: Queryable,
  tool: Omit<CreateToolRequest, 'assistant_id' | 'policy'> & { id: string; accountSid: string },
  at: Date,
): Promise<void> {
  await tx.query(sql`
    insert into assistants.tool (id, account_sid, name, description, type, enabled, meta, created_at, updated_at)
    values
      (${tool.id}, ${tool.accountSid}, ${tool.name}, ${tool.description}, ${tool.type}, ${tool.enabled}, ${tool.meta},
       ${at}, ${at})`);
}

/** Changes what is given and leaves the rest; false if the account has no such tool. */
export async function updateTool(
  tx: Queryable,
  accountSid: string,
  id: string,
  change: Omit<UpdateToolRequest, 'assistant_id' | 'policy'>,
  at: Date,
): Promise<boolean> {
  const rows = await tx.query(sql`
    update assistants.tool
    set name = coalesce(${change.name}, name),
      description = coalesce(${change.description}, description),
      type = coalesce(${change.type}, type),
      enabled = coalesce(${change.enabled}, enabled),
      meta = coalesce(${change.meta}, meta),
      updated_at = ${at}
    where account_sid = ${accountSid} and id = ${id}
    returning id`);
  return rows.length > 0;
}

export async function findTool(db: Queryable, accountSid: string, id: string): Promise<ToolRow | undefined> {
  const rows = await db.query<ToolRow>(sql`
    select ${columns} from assistants.tool where account_sid = ${accountSid} and id = ${id}`);
  return rows[0];
}

export function listTools(db: Queryable, accountSid: string, page: Page): Promise<ToolRow[]> {
  return db.query<ToolRow>(sql`
    select ${columns} from assistants.tool where account_sid = ${accountSid} and ${pageClause(page)}`);
}

const attachedTo = (assistantId: string) =>
  sql`id in (select tool_id from assistants.assistant_tool where assistant_id = ${assistantId})`;

export function listAttachedTools(
  db: Queryable,
  accountSid: string,
  assistantId: string,
  page: Page,
): Promise<ToolRow[]> {
  return db.query<ToolRow>(sql`
    select ${columns} from assistants.tool
    where account_sid = ${accountSid} and ${attachedTo(assistantId)} and ${pageClause(page)}`);
}

/** Everything attached to one assistant, in the order of the list. */
export function attachedTools(db: Queryable, accountSid: string, assistantId: string): Promise<ToolRow[]> {
  return db.query<ToolRow>(sql`
    select ${columns} from assistants.tool
    where account_sid = ${accountSid} and ${attachedTo(assistantId)}
    order by id`);
}

/** A tool as it is called: with its policy, whose secrets are in the clear. */
export type CallableTool = Pick<ToolRow, 'id' | 'name' | 'description' | 'type' | 'meta'> & { policy?: Policy };

/** What an assistant may call: its enabled tools. */
export async function loadTools(db: Queryable, assistantId: string, secretsKey: Buffer): Promise<CallableTool[]> {
  const rows = await db.query<
    CallableTool & { policy_id: string | null; policy_type: PolicyType; sealed_details: Buffer }
  >(sql`
    select tool.id, tool.name, tool.description, tool.type, tool.meta,
      policy.id as policy_id, policy.type as policy_type, policy.sealed_details
    from assistants.assistant_tool attached
    join assistants.tool on tool.id = attached.tool_id
    left join assistants.policy on policy.tool_id = tool.id
    where attached.assistant_id = ${assistantId} and tool.enabled
    order by tool.id`);
  return rows.map(({ policy_id, policy_type, sealed_details, ...tool }) =>
    policy_id === null
      ? tool
      : { ...tool, policy: openPolicy({ id: policy_id, type: policy_type, sealed_details }, secretsKey) },
  );
}

export async function deleteTool(db: Queryable, accountSid: string, id: string): Promise<boolean> {
  const rows = await db.query(sql`
    delete from assistants.tool where account_sid = ${accountSid} and id = ${id} returning id`);
  return rows.length > 0;
}

/** False if the account has no such assistant or no such tool. Attaching twice is attaching once. */
export async function attachTool(
  tx: Queryable,
  accountSid: string,
  assistantId: string,
  toolId: string,
): Promise<boolean> {
  const rows = await tx.query(sql`
    with pair as (
      select assistant.id as assistant_id, tool.id as tool_id
      from assistants.assistant, assistants.tool
      where assistant.account_sid = ${accountSid} and assistant.id = ${assistantId}
        and tool.account_sid = ${accountSid} and tool.id = ${toolId}
    ),
    attached as (
      insert into assistants.assistant_tool (assistant_id, tool_id)
      select assistant_id, tool_id from pair
      on conflict do nothing
    )
    select 1 from pair`);
  return rows.length > 0;
}

/** False if it was not attached, or is another account's. */
export async function detachTool(
  db: Queryable,
  accountSid: string,
  assistantId: string,
  toolId: string,
): Promise<boolean> {
  const rows = await db.query(sql`
    delete from assistants.assistant_tool attached
    using assistants.assistant
    where assistant.id = attached.assistant_id and assistant.account_sid = ${accountSid}
      and attached.assistant_id = ${assistantId} and attached.tool_id = ${toolId}
    returning 1`);
  return rows.length > 0;
}
