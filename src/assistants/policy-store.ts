import { TandemError } from '../http/errors.ts';
import { type Queryable, sql } from '../store/database.ts';
import { type Page, type Placed, pageClause } from './api/page.ts';
import { type CreatePolicyRequest, type Policy, type PolicyType, shownDetails } from './api/policy-schemas.ts';
import { seal, unseal } from './secrets.ts';

export type PolicyRow = Placed & {
  id: string;
  account_sid: string;
  name: string;
  description: string;
  type: PolicyType;
  shown_details: Record<string, string>;
  created_at: Date;
  updated_at: Date;
};

/** What a policy authorises. */
export type PolicyOwner = { toolId: string; knowledgeId?: undefined } | { toolId?: undefined; knowledgeId: string };

const columns = sql`id, id as place, account_sid, name, description, type, shown_details, created_at, updated_at`;

const ownedBy = ({ toolId, knowledgeId }: PolicyOwner) =>
  toolId === undefined ? sql`knowledge_id = ${knowledgeId}` : sql`tool_id = ${toolId}`;

/**
 * Gives a tool or a source its policy, in the place of the one it may have; null takes it away. An `id` has to be that of
 * the present policy: policies are not shared.
 */
export async function setPolicy(
  tx: Queryable,
  accountSid: string,
  owner: PolicyOwner,
  policy: CreatePolicyRequest | null,
  parts: { newId: () => string; now: () => Date; secretsKey: Buffer },
): Promise<void> {
  const [present] = await tx.query<{ id: string }>(sql`
    select id from assistants.policy where account_sid = ${accountSid} and ${ownedBy(owner)} for update`);
  if (policy === null) {
    await tx.query(sql`delete from assistants.policy where id = ${present?.id}`);
    return;
  }
  if (policy.id !== undefined && policy.id !== present?.id) {
    throw new TandemError('invalidParameter', 'policy.id: there is no such policy here. Leave it out.');
  }
  const { name, description, type, policy_details: details } = policy;
  const sealed = seal(parts.secretsKey, JSON.stringify(details));
  const at = parts.now();
  await tx.query(sql`
    insert into assistants.policy
      (id, account_sid, tool_id, knowledge_id, name, description, type, shown_details, sealed_details, created_at, updated_at)
    values
      (${present?.id ?? `aia_plcy_${parts.newId()}`}, ${accountSid}, ${owner.toolId}, ${owner.knowledgeId}, ${name ?? ''},
       ${description ?? ''}, ${type}, ${shown(details)}, ${sealed}, ${at}, ${at})
    on conflict (id) do update
    set name = coalesce(${name}, policy.name), description = coalesce(${description}, policy.description),
      type = excluded.type, shown_details = excluded.shown_details, sealed_details = excluded.sealed_details,
      updated_at = excluded.updated_at`);
}

/** The policy of a tool or a source, with its secrets in the clear. */
export async function findPolicy(db: Queryable, owner: PolicyOwner, secretsKey: Buffer): Promise<Policy | undefined> {
  const [row] = await db.query<{ id: string; type: PolicyType; sealed_details: Buffer }>(sql`
    select id, type, sealed_details from assistants.policy where ${ownedBy(owner)}`);
  return row && openPolicy(row, secretsKey);
}

export function openPolicy(row: { id: string; type: PolicyType; sealed_details: Buffer }, secretsKey: Buffer): Policy {
  return { id: row.id, type: row.type, details: JSON.parse(unseal(secretsKey, row.sealed_details)) } as Policy;
}

export function listPolicies(
  db: Queryable,
  accountSid: string,
  filter: { toolId?: string; knowledgeId?: string },
  page: Page,
): Promise<PolicyRow[]> {
  return db.query<PolicyRow>(sql`
    select ${columns} from assistants.policy
    where account_sid = ${accountSid}
      and (${filter.toolId}::text is null or tool_id = ${filter.toolId})
      and (${filter.knowledgeId}::text is null or knowledge_id = ${filter.knowledgeId})
      and ${pageClause(page)}`);
}

const DOTS = '••••••';

function shown(details: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(details).map(([name, value]) => [name, shownDetails.has(name) ? String(value) : DOTS]),
  );
}
