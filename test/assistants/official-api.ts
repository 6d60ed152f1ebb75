import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

type Schema = {
  $ref?: string;
  type?: string;
  nullable?: boolean;
  pattern?: string;
  format?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  required?: string[];
  properties?: Record<string, Schema>;
  items?: Schema;
};
type Operation = {
  operationId: string;
  responses: Record<string, { content?: { 'application/json': { schema: Schema } } }>;
};
type Api = {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
};

const file = join(process.cwd(), '../shared/reference/twilio-openapi/twilio_assistants_v1.json');

/** Twilio's own description of the API, where the checkout has it beside it. */
export const officialApi: Api | undefined = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;

export type Exchange = { method: string; path: string; status: number; text: string };

export function officialOperations(): string[] {
  return operations().map(({ operation }) => operation.operationId);
}

/** Which operation was called, and where the answer departs from what Twilio's description of it says. */
export function judge({ method, path, status, text }: Exchange): { operationId: string; departures: string[] } {
  const called = operations().find((each) => each.method === method.toLowerCase() && each.pattern.test(path));
  if (!called) return { operationId: `${method} ${path}`, departures: ['there is no such operation'] };
  const { operationId, responses } = called.operation;
  const response = responses[status];
  if (!response) return { operationId, departures: [`${status} is not one of ${Object.keys(responses)}`] };
  const schema = response.content?.['application/json'].schema;
  if (!schema) return { operationId, departures: text === '' ? [] : [`the body is not empty: ${text}`] };
  return { operationId, departures: departures(JSON.parse(text), schema, '$') };
}

function operations() {
  return Object.entries(officialApi?.paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([method]) => ['get', 'post', 'put', 'delete'].includes(method))
      .map(([method, operation]) => ({
        method,
        operation,
        pattern: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`),
      })),
  );
}

const types: Record<string, (value: unknown) => boolean> = {
  object: (value) => typeof value === 'object' && !Array.isArray(value),
  array: Array.isArray,
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  number: (value) => typeof value === 'number',
  integer: Number.isInteger,
};

const formats: Record<string, (text: string) => boolean> = {
  'date-time': (text) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) && !Number.isNaN(Date.parse(text)),
  uri: (text) => URL.canParse(text),
};

/** One sentence for each place where `value` departs from its schema. Properties that the schema does not name are fine. */
function departures(value: unknown, schema: Schema, path: string): string[] {
  if (schema.$ref) {
    const name = schema.$ref.replace('#/components/schemas/', '');
    return departures(value, officialApi?.components.schemas[name] as Schema, path);
  }
  if (value === null) return schema.nullable ? [] : [`${path} is null`];
  const { type, pattern, format, minimum, maximum, minLength, maxLength, required = [], properties = {} } = schema;
  if (type && !types[type]?.(value)) return [`${path} is no ${type}: ${JSON.stringify(value)}`];
  const found: string[] = [];
  const check = (holds: boolean, what: string) => {
    if (!holds) found.push(`${path} ${what}: ${JSON.stringify(value)}`);
  };
  if (typeof value === 'string') {
    check(!pattern || new RegExp(pattern).test(value), `does not match ${pattern}`);
    check(!format || (formats[format]?.(value) ?? true), `is no ${format}`);
    check(
      value.length >= (minLength ?? 0) && value.length <= (maxLength ?? Number.POSITIVE_INFINITY),
      'has no fit length',
    );
  }
  if (typeof value === 'number') check(value >= (minimum ?? value) && value <= (maximum ?? value), 'is out of range');
  if (Array.isArray(value)) {
    found.push(...value.flatMap((item, index) => departures(item, schema.items ?? {}, `${path}[${index}]`)));
  } else if (typeof value === 'object') {
    const fields = value as Record<string, unknown>;
    for (const name of required) check(name in fields, `lacks ${name}`);
    for (const [name, property] of Object.entries(properties)) {
      if (name in fields) found.push(...departures(fields[name], property, `${path}.${name}`));
    }
  }
  return found;
}
