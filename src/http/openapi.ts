import { z } from 'zod';
import { catalogue } from './errors.ts';

/** One operation of the API, as its description tells it. */
export type Operation = {
  method: 'get' | 'post' | 'put' | 'delete';
  path: string;
  id: string;
  summary: string;
  /** More than the summary can say. */
  description?: string;
  request?: z.ZodType;
  /** How the request comes; JSON unless it says otherwise. */
  requestType?: 'multipart/form-data';
  /** By status: the body of the answer, or null if it has none. */
  responses: Record<number, z.ZodType | null>;
  /** Answers as server-sent events as well. */
  streams?: boolean;
  /** Of a list: the key, and what can narrow it down. Every list is paged. */
  list?: { key: string; filters?: string[] };
};

/** The OpenAPI 3.1 description of the API, made of the schemas that check its requests. */
export function describeApi(operations: Operation[]): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of operations) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: described(operation) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tandem',
      version: '1',
      description: `The Assistants API, wire-compatible with the one that Twilio retired. What Tandem adds are optional properties.\n\n${errorTable()}`,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    // Relative to where the description lies, so it is right behind any proxy.
    servers: [{ url: './' }],
    security: [{ basic: [] }],
    tags: [...new Set(operations.map(tagOf))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        basic: {
          type: 'http',
          scheme: 'basic',
          description: 'AccountSid and AuthToken, or an API key and its secret.',
        },
      },
      schemas: { Error: errorSchema },
      responses: Object.fromEntries(
        Object.entries(catalogue).map(([name, { code, status, message }]) => [
          name,
          {
            description: message,
            content: {
              'application/json': {
                schema: { $ref: '#/components/schemas/Error' },
                example: { code, message, more_info: `/docs/errors`, status },
              },
            },
          },
        ]),
      ),
    },
  };
}

const errorSchema = {
  type: 'object',
  required: ['code', 'message', 'more_info', 'status'],
  properties: {
    code: { type: 'integer', enum: Object.values(catalogue).map(({ code }) => code) },
    message: { type: 'string', description: 'What is wrong, and with which field.' },
    more_info: { type: 'string' },
    status: { type: 'integer' },
  },
};

function described(operation: Operation): object {
  const { id, summary, description, request, requestType = 'application/json', list } = operation;
  return {
    operationId: id,
    tags: [tagOf(operation)],
    summary,
    ...(description ? { description } : {}),
    parameters: parametersOf(operation),
    ...(request
      ? { requestBody: { required: true, content: { [requestType]: { schema: schemaOf(request, 'input') } } } }
      : {}),
    responses: {
      ...Object.fromEntries(
        Object.entries(operation.responses).map(([status, body]) => [status, answer(Number(status), body, operation)]),
      ),
      ...errorsOf(Boolean(request || list), operation),
    },
  };
}

function answer(status: number, body: z.ZodType | null, { streams }: Operation): object {
  const description =
    { 200: 'Done', 201: 'Created', 202: 'Accepted: the answer comes later', 204: 'Done' }[status] ?? 'Done';
  if (!body) return { description };
  const json = { 'application/json': { schema: schemaOf(body, 'output') } };
  const events = streams && status === 200 ? { 'text/event-stream': { schema: { type: 'string' } } } : {};
  return { description, content: { ...json, ...events } };
}

/** Errors that share a status share its description. */
function errorsOf(hasInput: boolean, { id, path, request }: Operation): Record<string, object> {
  const names = ['unauthenticated', 'tooManyRequests', 'internal', 'storeAway'] as (keyof typeof catalogue)[];
  if (hasInput) names.push('invalidParameter');
  if (path.includes('{')) names.push('notFound');
  if (request) names.push('bodyTooLarge', 'unsupportedMediaType');
  if ((path.endsWith('/Messages') && request) || id === 'EraseProfile') names.push('conflict');
  return Object.fromEntries(names.map((name) => [catalogue[name].status, { $ref: `#/components/responses/${name}` }]));
}

function parametersOf({ path, list, id }: Operation): object[] {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const inQuery = list
    ? [
        ...(list.filters ?? []).map((name) => ({
          name,
          schema: { type: 'string' },
          description: 'Only what belongs to it.',
        })),
        { name: 'PageSize', schema: { type: 'integer', minimum: 1, maximum: 1000, default: 50 } },
        {
          name: 'Page',
          schema: { type: 'integer', minimum: 0 },
          description: 'Counted for the client; the token alone decides.',
        },
        { name: 'PageToken', schema: { type: 'string' }, description: 'Follow the URLs in meta.' },
      ].map((parameter) => ({ ...parameter, in: 'query' }))
    : [];
  const key = {
    name: 'Idempotency-Key',
    in: 'header',
    schema: { type: 'string', maxLength: 255 },
    description: 'Names the message, so that it may be sent again.',
  };
  return [...inPath, ...inQuery, ...(id === 'CreateMessage' ? [key] : [])];
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _, ...described } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema._zod.def.type === 'undefined') jsonSchema.not = {};
    },
  });
  return described;
}

/** The first part of the path that names a thing; attachments and feedback belong to assistants. */
const tagOf = ({ path }: Operation): string => path.split('/')[2] as string;

function errorTable(): string {
  const rows = Object.values(catalogue).map(({ code, status, message }) => `| ${code} | ${status} | ${message} |`);
  return ['## Errors', '', '| code | status | meaning |', '| --- | --- | --- |', ...rows].join('\n');
}
