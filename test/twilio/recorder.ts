import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { officialApi, officialConversations, officialFlex } from '../simulator/openapi.ts';

export type Recorded = {
  method: string;
  /** Of which of Twilio's hosts it asks. */
  host: string;
  path: string;
  query: URLSearchParams;
  form: URLSearchParams;
  headers: Record<string, string | string[] | undefined>;
};

/** Stands between a gateway and Twilio's stand-in, and notes every request on the way. */
export async function startRecorder() {
  const recorded: Recorded[] = [];
  let target = '';
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk) => chunks.push(chunk));
    incoming.on('end', () => {
      const body = Buffer.concat(chunks);
      const url = new URL(incoming.url ?? '/', target);
      const isForm = incoming.headers['content-type']?.startsWith('application/x-www-form-urlencoded');
      recorded.push({
        method: (incoming.method ?? 'GET').toLowerCase(),
        host: String(incoming.headers['x-forwarded-host'] ?? ''),
        path: url.pathname,
        query: url.searchParams,
        form: new URLSearchParams(isForm ? body.toString() : ''),
        headers: incoming.headers,
      });
      const onward = send(
        url,
        { method: incoming.method, headers: { ...incoming.headers, host: url.host } },
        (answer) => {
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(outgoing);
        },
      );
      onward.on('error', () => outgoing.destroy());
      onward.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    recorded,
    leadTo(url: string): void {
      target = url;
    },
    async close(): Promise<void> {
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
    },
  };
}

type Schema = {
  type?: string;
  enum?: unknown[];
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  items?: Schema;
  $ref?: string;
};
type Parameter = { name: string; in: string; schema: Schema; required?: boolean };
type Form = { schema: { properties?: Record<string, Schema>; required?: string[] } };
type Operation = { parameters?: Parameter[]; requestBody?: { content: Record<string, Form> } };
type Api = {
  paths: Record<string, Record<string, unknown> & { parameters?: Parameter[] }>;
  components: { schemas: Record<string, Schema> };
};

const apis: Record<string, unknown> = {
  'api.twilio.com': officialApi,
  'conversations.twilio.com': officialConversations,
  'flex-api.twilio.com': officialFlex,
};

/** Whether Twilio's own descriptions lie beside the checkout. */
export const isDescribed = officialApi !== undefined && officialConversations !== undefined;

/** Where a request departs from Twilio's description of its API, one sentence each. */
export function departuresOf({ method, host, path, query, form }: Recorded): string[] {
  const api = apis[host] as Api | undefined;
  const name = `${method} ${host}${path}`;
  if (!api) return [`${name}: no such host`];
  const template = Object.keys(api.paths).find((one) => pathPattern(one).test(path));
  const operation = template && (api.paths[template]?.[method] as Operation | undefined);
  if (!template || !operation) return [`${name}: no such operation`];
  const parameters = [...(api.paths[template]?.parameters ?? []), ...(operation.parameters ?? [])];
  const found: string[] = [];
  const check = (where: string, key: string, value: string, schema: Schema | undefined) => {
    if (!schema) found.push(`${name}: ${where} ${key} is unknown`);
    else found.push(...misfits(value, schema, api).map((why) => `${name}: ${where} ${key} ${why}: ${value}`));
  };

  const places = [...template.matchAll(/\{(\w+)\}/g)].map(([, place]) => place as string);
  const values = pathPattern(template).exec(path)?.slice(1) ?? [];
  places.forEach((place, at) => {
    check('path', place, decodeURIComponent(values[at] ?? ''), parameters.find((one) => one.name === place)?.schema);
  });
  for (const [key, value] of query) {
    check('query', key, value, parameters.find((one) => one.in === 'query' && one.name === key)?.schema);
  }
  const described = operation.requestBody?.content['application/x-www-form-urlencoded']?.schema;
  for (const [key, value] of form) check('field', key, value, described?.properties?.[key]);
  for (const key of described?.required ?? []) if (!form.has(key)) found.push(`${name}: field ${key} is missing`);
  return found;
}

function pathPattern(template: string): RegExp {
  return new RegExp(`^${template.replaceAll('.', '\\.').replace(/\{\w+\}/g, '([^/]+?)')}$`);
}

function misfits(value: string, schema: Schema, api: Api): string[] {
  if (schema.$ref) return misfits(value, api.components.schemas[schema.$ref.split('/').at(-1) as string] ?? {}, api);
  if (schema.type === 'array') return misfits(value, schema.items ?? {}, api);
  const found: string[] = [];
  if (schema.enum && !schema.enum.includes(value)) found.push(`is not one of ${schema.enum}`);
  if (schema.pattern && !new RegExp(schema.pattern).test(value)) found.push(`is not ${schema.pattern}`);
  if (schema.minLength && value.length < schema.minLength) found.push('is too short');
  if (schema.maxLength && value.length > schema.maxLength) found.push('is too long');
  if (Number(value) < (schema.minimum ?? -Infinity) || Number(value) > (schema.maximum ?? Infinity)) {
    found.push(`is not between ${schema.minimum} and ${schema.maximum}`);
  }
  if (schema.type === 'integer' && !/^-?\d+$/.test(value)) found.push('is no integer');
  if (schema.type === 'boolean' && !/^(?:true|false)$/.test(value)) found.push('is no boolean');
  return found;
}
