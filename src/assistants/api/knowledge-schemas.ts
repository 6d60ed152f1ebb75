import { z } from 'zod';
import { accountSid, date, dates, httpUrl, idOf, line, prose, written } from './fields.ts';
import { createPolicyRequest } from './policy-schemas.ts';

/** Of every type: what is found goes to the customer as it is. */
const common = { final_response: z.boolean().optional() };

const textDetails = z.object({ content: written(1_048_576), ...common });

const webDetails = z.object({
  source: httpUrl,
  crawl_depth: z.int().min(0, 'must be from 0 to 3').max(3, 'must be from 0 to 3').default(1),
  crawl_period_min: z
    .int()
    .min(60, 'must be at least 60')
    .max(525_600, 'must be at most 525600')
    .optional()
    .describe('Minutes until the pages are read again. Without it they are read once.'),
  ...common,
});

/** Of a file that was uploaded nothing else can be said: the file itself came with `POST /v1/Knowledge/Upload`. */
const fileDetails = z.object({ ...common });

/** A vector database of your own. What is needed to reach it is secret, and goes into `policy`. */
const databaseDetails = z.discriminatedUnion(
  'provider',
  [
    z.strictObject({ provider: z.literal('pinecone'), host: httpUrl, namespace: line(256).optional(), ...common }),
    z.strictObject({
      provider: z.literal('postgresql'),
      host: line(256),
      port: z.int().min(1).max(65_535).default(5432),
      database: line(128),
      table: line(128),
      content_column: line(128).default('content'),
      embedding_column: line(128).default('embedding'),
      ...common,
    }),
  ],
  'must be pinecone or postgresql',
);

const named = {
  name: line(256),
  description: prose(4_096),
  assistant_id: idOf('asst').optional(),
  policy: createPolicyRequest.nullish(),
};
const onlyDatabase = z.undefined('only goes with the type Database').optional();

const createFields = { ...named, description: named.description.default('') };

export const createKnowledgeRequest = z.discriminatedUnion(
  'type',
  [
    z.object({
      ...createFields,
      type: z.literal('Text'),
      knowledge_source_details: textDetails,
      embedding_model: onlyDatabase,
    }),
    z.object({
      ...createFields,
      type: z.literal('Web'),
      knowledge_source_details: webDetails,
      embedding_model: onlyDatabase,
    }),
    z.object({
      ...createFields,
      type: z.literal('Database'),
      knowledge_source_details: databaseDetails,
      embedding_model: line(256),
    }),
  ],
  'must be Text, Web or Database (a File comes by POST /v1/Knowledge/Upload)',
);

/** The fields of the form that comes with a file. */
export const uploadKnowledgeRequest = z.object({
  ...createFields,
  policy: z.undefined().optional(),
  type: z.literal('File', 'must be File').default('File'),
});

/** Details are checked by `knowledgeDetails` once it is known of which type the knowledge is. */
export const updateKnowledgeRequest = z.strictObject({
  name: named.name.optional(),
  type: z.enum(['Web', 'Database', 'Text', 'File'], 'must be Web, Database, Text or File').optional(),
  description: named.description.optional(),
  knowledge_source_details: z.record(z.string(), z.unknown()).optional(),
  embedding_model: line(256).optional(),
  policy: named.policy,
});
export type UpdateKnowledgeRequest = z.infer<typeof updateKnowledgeRequest>;

export const knowledgeDetails = {
  Text: textDetails,
  Web: webDetails,
  File: fileDetails,
  Database: databaseDetails,
} as const;

const knowledgeStatus = z.enum(['QUEUED', 'PROCESSING', 'COMPLETED', 'FAILED']);

export const knowledgeResource = z.strictObject({
  id: idOf('know'),
  account_sid: accountSid,
  name: z.string(),
  description: z.string(),
  type: z.enum(['Web', 'Database', 'Text', 'File']),
  status: knowledgeStatus,
  knowledge_source_details: z.record(z.string(), z.unknown()),
  embedding_model: z.string().optional(),
  url: z.url(),
  ...dates,
});
export type KnowledgeResource = z.infer<typeof knowledgeResource>;

export const knowledgeStatusResource = z.strictObject({
  account_sid: accountSid,
  status: knowledgeStatus,
  last_status: knowledgeStatus.optional(),
  reason: z.string().optional().describe('Why it failed or, of a source that was read, what was left out.'),
  date_updated: date,
});
export type KnowledgeStatusResource = z.infer<typeof knowledgeStatusResource>;

export const chunkResource = z.strictObject({
  content: z.string(),
  metadata: z.looseObject({ position: z.number() }),
  account_sid: accountSid,
  ...dates,
});
export type ChunkResource = z.infer<typeof chunkResource>;
