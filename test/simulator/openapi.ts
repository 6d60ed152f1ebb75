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

type Content = Record<string, { schema: Schema }>;
type Operation = { responses?: Record<string, { content?: Content }>; requestBody?: { content?: Content } };
type Description = {
  components: { schemas: Record<string, Schema> };
  paths: Record<string, Record<string, Operation>>;
};

const folder = join(process.cwd(), '../shared/reference/twilio-openapi');

/** Twilio's own description of an API, where the checkout has it beside it. */
function read(file: string): Description | undefined {
  const path = join(folder, file);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
}

export const officialApi = read('twilio_api_v2010_messages_calls.json');
export const officialConversations = read('twilio_conversations_v1.json');
export const officialFlex = read('twilio_flex_v1.json');

const formats: Record<string, RegExp> = {
  'date-time-rfc-2822': /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} \+0000$/,
  'date-time': /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/,
};

/** Where `value` departs from a schema: missing, unknown and mistyped fields, one sentence each. */
export function departures(value: unknown, schema: Schema, path = '$', api = officialApi): string[] {
  if (schema.$ref !== undefined) return departures(value, resolve(schema.$ref, api), path, api);
  if (value === null) return schema.nullable ? [] : [`${path} is null`];
  if (schema.type === 'array') {
    if (!Array.isArray(value)) return [`${path} is not an array`];
    return value.flatMap((item, index) => departures(item, schema.items ?? {}, `${path}[${index}]`, api));
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
        name in fields ? departures(fields[name], property, `${path}.${name}`, api) : [`${path}.${name} is missing`],
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

function resolve(reference: string, api: Description | undefined): Schema {
  const schema = api?.components.schemas[reference.replace('#/components/schemas/', '')];
  if (schema === undefined) throw new Error(`No schema ${reference}`);
  return schema;
}

export type Exchange = {
  host: string;
  method: string;
  path: string;
  parameters: string[];
  status: number;
  body: unknown;
};

/**
 * Where what went over the wire departs from Twilio's description: an operation or a parameter that it does not have,
 * a status it does not give, an answer in another form.
 */
export function departuresOf(exchange: Exchange, api: Description | undefined): string[] {
  const { method, path, parameters, status, body } = exchange;
  const template = Object.keys(api?.paths ?? {}).find((candidate) => matches(candidate, path));
  const operation = template && api?.paths[template]?.[method.toLowerCase()];
  const at = `${method} ${template ?? path}`;
  if (!operation) return [`${at} is not an operation`];
  const content = operation.requestBody?.content;
  const accepted = content?.['application/x-www-form-urlencoded']?.schema.properties ?? {};
  // What a JSON body may hold is left open there.
  const named = content?.['application/json'] ? [] : parameters;
  const unknown = named.filter((name) => !(name in accepted)).map((name) => `${at}: ${name} is unknown`);
  const response = operation.responses?.[String(status)];
  if (response === undefined) return [...unknown, `${at} does not answer ${status}`];
  const schema = response.content?.['application/json']?.schema;
  return schema === undefined ? unknown : [...unknown, ...departures(body, schema, at, api)];
}

function matches(template: string, path: string): boolean {
  const parts = template.split('/');
  const given = path.split('/');
  return parts.length === given.length && parts.every((part, index) => part.startsWith('{') || part === given[index]);
}
