import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

type Schema = {
  $ref?: string;
  type?: string;
  nullable?: boolean;
  enum?: unknown[];
  pattern?: string;
  format?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
};

const file = join(process.cwd(), '../shared/reference/twilio-openapi/twilio_api_v2010_messages_calls.json');

/** Twilio's own description of the API, where the checkout has it beside it. */
export const officialApi: { components: { schemas: Record<string, Schema> } } | undefined = existsSync(file)
  ? JSON.parse(readFileSync(file, 'utf8'))
  : undefined;

const formats: Record<string, RegExp> = {
  'date-time-rfc-2822': /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} \+0000$/,
};

/** Where `value` departs from a schema: missing, unknown and mistyped fields, one sentence each. */
export function departures(value: unknown, schema: Schema, path = '$'): string[] {
  if (schema.$ref !== undefined) return departures(value, resolve(schema.$ref), path);
  if (value === null) return schema.nullable ? [] : [`${path} is null`];
  if (schema.type === 'array') {
    if (!Array.isArray(value)) return [`${path} is not an array`];
    return value.flatMap((item, index) => departures(item, schema.items ?? {}, `${path}[${index}]`));
  }
  if (schema.type === 'object') {
    if (typeof value !== 'object') return [`${path} is not an object`];
    const properties = schema.properties;
    if (properties === undefined) return [];
    const fields = value as Record<string, unknown>;
    const unknown = Object.keys(fields).filter((name) => !(name in properties));
    return [
      ...unknown.map((name) => `${path}.${name} is unknown`),
      ...Object.entries(properties).flatMap(([name, property]) =>
        name in fields ? departures(fields[name], property, `${path}.${name}`) : [`${path}.${name} is missing`],
      ),
    ];
  }
  const found: string[] = [];
  const type = schema.type === 'integer' ? 'number' : schema.type;
  if (type !== undefined && typeof value !== type) found.push(`${path} is not a ${type}`);
  if (schema.enum !== undefined && !schema.enum.includes(value)) found.push(`${path} is not one of ${schema.enum}`);
  const patterns = [schema.pattern && new RegExp(schema.pattern), schema.format && formats[schema.format]];
  for (const pattern of patterns) if (pattern && !pattern.test(String(value))) found.push(`${path} is not ${pattern}`);
  return found;
}

function resolve(reference: string): Schema {
  const schema = officialApi?.components.schemas[reference.replace('#/components/schemas/', '')];
  if (schema === undefined) throw new Error(`No schema ${reference}`);
  return schema;
}
