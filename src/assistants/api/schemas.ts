import { z } from 'zod';

/** What PostgreSQL cannot store in text: NUL, and halves of surrogate pairs. */
const unstorable = /[\0\p{Surrogate}]/gu;

/** Free text as it may be stored; what is unstorable becomes U+FFFD. */
export const storable = (text: string) => text.replace(unstorable, '\uFFFD');

/** Ids and names are kept verbatim or not at all; control characters in them are a mistake. */
const line = (limit: number) =>
  z
    .string()
    .min(1, 'must not be empty')
    .max(limit, `must not be longer than ${limit} characters`)
    .refine((text) => !/[\p{Cc}\p{Surrogate}]/u.test(text), 'must not hold control characters');

const prose = (limit: number) =>
  z.string().max(limit, `must not be longer than ${limit} characters`).transform(storable);

const written = (limit: number) => prose(limit).refine((text) => text.trim() !== '', 'must hold more than white space');

const accountSid = z.string().regex(/^AC[0-9a-fA-F]{32}$/);

/* Assistants */

const customerAi = z.object({
  perception_engine_enabled: z.boolean(),
  personalization_engine_enabled: z.boolean(),
});

const segmentCredential = z.object({
  profile_api_key: line(1_000).optional(),
  space_id: line(1_000).optional(),
  write_key: line(1_000).optional(),
});

export const createAssistantRequest = z.object({
  name: line(256),
  owner: prose(256).default(''),
  personality_prompt: prose(50_000).default(''),
  customer_ai: customerAi.default({ perception_engine_enabled: false, personalization_engine_enabled: false }),
  segment_credential: segmentCredential.optional(),
});
export type CreateAssistantRequest = z.infer<typeof createAssistantRequest>;

export const updateAssistantRequest = z.object({
  name: line(256).optional(),
  owner: prose(256).optional(),
  personality_prompt: prose(50_000).optional(),
  customer_ai: customerAi.optional(),
  segment_credential: segmentCredential.optional(),
});
export type UpdateAssistantRequest = z.infer<typeof updateAssistantRequest>;

const dates = { date_created: z.iso.datetime(), date_updated: z.iso.datetime() };

export const assistantResource = z.strictObject({
  id: z.string(),
  account_sid: accountSid,
  name: z.string(),
  owner: z.string(),
  model: z.string(),
  personality_prompt: z.string(),
  customer_ai: customerAi,
  url: z.url(),
  ...dates,
});
export type AssistantResource = z.infer<typeof assistantResource>;

/* Messages */

export const sendMessageRequest = z.object({
  identity: line(256),
  body: written(32_768),
  session_id: line(512).optional(),
  mode: z.enum(['chat', 'email', 'voice'], 'must be chat, email or voice').default('chat'),
  webhook: z
    .undefined('asynchronous answers are not available yet: leave webhook out, and the answer comes in the response')
    .optional(),
});
export type SendMessageRequest = z.input<typeof sendMessageRequest>;
export type ParsedSendMessageRequest = z.output<typeof sendMessageRequest>;

export const idempotencyKey = line(255);

export const sendMessageResponse = z.strictObject({
  status: z.literal('Success'),
  session_id: z.string(),
  account_sid: accountSid,
  body: z.string(),
  flagged: z.boolean(),
  aborted: z.boolean(),
});
export type SendMessageResponse = z.infer<typeof sendMessageResponse>;

/* Sessions */

export const sessionResource = z.strictObject({
  id: z.string(),
  account_sid: accountSid,
  assistant_id: z.string(),
  verified: z.boolean(),
  identity: z.string(),
  ...dates,
});
export type SessionResource = z.infer<typeof sessionResource>;

export const messageResource = z.strictObject({
  id: z.string(),
  account_sid: accountSid,
  assistant_id: z.string(),
  session_id: z.string(),
  identity: z.string(),
  role: z.enum(['user', 'assistant']),
  content: z.object({ content: z.string() }),
  meta: z.record(z.string(), z.unknown()),
  ...dates,
});
export type MessageResource = z.infer<typeof messageResource>;

/* Knowledge */

const knowledgeType = z.literal(
  'Text',
  'only Text can be added so far: put the text into knowledge_source_details.content',
);
const textDetails = z.object({ content: written(1_048_576) });
const notForText = z.undefined('only goes with the type Database').optional();
const noPolicy = z.undefined('policies are not available yet').optional();

export const createKnowledgeRequest = z.object({
  name: line(256),
  type: knowledgeType,
  description: prose(4_096).default(''),
  knowledge_source_details: textDetails,
  assistant_id: line(100).optional(),
  embedding_model: notForText,
  policy: noPolicy,
});
export type CreateKnowledgeRequest = z.infer<typeof createKnowledgeRequest>;

export const updateKnowledgeRequest = z.strictObject({
  name: line(256).optional(),
  type: knowledgeType.optional(),
  description: prose(4_096).optional(),
  knowledge_source_details: textDetails.optional(),
  embedding_model: notForText,
  policy: noPolicy,
});
export type UpdateKnowledgeRequest = z.infer<typeof updateKnowledgeRequest>;

const knowledgeStatus = z.enum(['QUEUED', 'PROCESSING', 'COMPLETED', 'FAILED']);

export const knowledgeResource = z.strictObject({
  id: z.string(),
  account_sid: accountSid,
  name: z.string(),
  description: z.string(),
  type: z.literal('Text'),
  status: knowledgeStatus,
  knowledge_source_details: z.object({ content: z.string() }),
  url: z.url(),
  ...dates,
});
export type KnowledgeResource = z.infer<typeof knowledgeResource>;

/** One assistant alone shows what it has. */
export const assistantWithParts = assistantResource.extend({
  tools: z.array(z.never()),
  knowledge: z.array(knowledgeResource),
});

export const knowledgeStatusResource = z.strictObject({
  account_sid: accountSid,
  status: knowledgeStatus,
  date_updated: z.iso.datetime(),
});
export type KnowledgeStatusResource = z.infer<typeof knowledgeStatusResource>;

export const chunkResource = z.strictObject({
  content: z.string(),
  metadata: z.object({ position: z.number() }),
  account_sid: accountSid,
  ...dates,
});
export type ChunkResource = z.infer<typeof chunkResource>;
