import { TandemError } from '../http/errors.ts';
import { type Queryable, sql } from '../store/database.ts';
import type { JsonSchema } from './tools/input-schema.ts';

/** How much an assistant may have. Small on purpose, as Twilio's were: a model that is given less chooses better. */
export const defaultLimits = {
  /** Attached to one assistant. */
  tools: 5,
  /** Input properties of one tool, those of nested objects included. */
  toolProperties: 25,
  /** Sources attached to one assistant. */
  knowledge: 5,
  /** Read from one site. */
  pages: 15,
  /** Megabytes of one file. */
  fileMegabytes: 16,
  /** Characters. */
  name: 30,
  description: 300,
  prompt: 2_000,
  /** To the API, of one account, in each process. */
  requestsPerMinute: 6_000,
};
export type Limits = typeof defaultLimits;

/** Refuses texts that are too long, by the name of the field. */
export function checkTexts(
  limits: Limits,
  given: { name?: string; description?: string; personality_prompt?: string },
): void {
  const check = (field: keyof typeof given, limit: number) => {
    const length = given[field]?.length ?? 0;
    if (length > limit) throw exceeded(field, `has ${length} characters, and the limit is ${limit}`);
  };
  check('name', limits.name);
  check('description', limits.description);
  check('personality_prompt', limits.prompt);
}

export function checkProperties(limits: Limits, schema: JsonSchema): void {
  const count = propertiesIn(schema);
  if (count > limits.toolProperties) {
    throw exceeded('meta.input_schema', `has ${count} properties, and the limit is ${limits.toolProperties}`);
  }
}

/** Refuses what has just been attached to an assistant, in the transaction that attached it. */
export async function checkAttached(
  tx: Queryable,
  limits: Limits,
  kind: 'tools' | 'knowledge',
  assistantId: string,
): Promise<void> {
  // Those who attach at the same moment count one after the other.
  await tx.query(sql`select 1 from assistants.assistant where id = ${assistantId} for no key update`);
  const [row] = await tx.query<{ tools: number; knowledge: number }>(sql`
    select
      (select count(*) from assistants.assistant_tool where assistant_id = ${assistantId}) as tools,
      (select count(*) from assistants.assistant_knowledge where assistant_id = ${assistantId}) as knowledge`);
  if (row && row[kind] > limits[kind]) {
    const things = kind === 'tools' ? 'tools' : 'sources of knowledge';
    throw exceeded('assistant_id', `the assistant has ${limits[kind]} ${things}, which is the limit. Detach one first`);
  }
}

function exceeded(field: string, what: string): TandemError {
  return new TandemError('invalidParameter', `${field}: ${what} (ASSISTANT_LIMITS changes it).`);
}

function propertiesIn(schema: JsonSchema): number {
  const { properties = {}, additionalProperties, items, prefixItems = [], anyOf = [] } = schema;
  const parts = [...Object.values(properties), ...prefixItems, ...anyOf];
  if (typeof additionalProperties === 'object') parts.push(additionalProperties);
  if (items) parts.push(items);
  return parts.reduce((count, part) => count + propertiesIn(part), Object.keys(properties).length);
}
