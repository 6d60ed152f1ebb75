import { z } from 'zod';
import { accountSid, date, dates, httpUrl, idOf, line, prose, written } from './fields.ts';
import { knowledgeResource } from './knowledge-schemas.ts';
import {
  builtInTools,
  fallbacksRequest,
  fallbacksResource,
  guardrails,
  modelName,
  modelSettingsRequest,
  modelSettingsResource,
  runLimits,
} from './settings.ts';
import { toolResource } from './tool-schemas.ts';

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
export type SegmentCredential = z.infer<typeof segmentCredential>;

export const createAssistantRequest = z.object({
  name: line(256),
  owner: prose(256).default(''),
  personality_prompt: prose(50_000).default(''),
  customer_ai: customerAi.default({ perception_engine_enabled: false, personalization_engine_enabled: false }),
  segment_credential: segmentCredential.optional(),
  model: modelName.optional(),
  model_settings: modelSettingsRequest.default({}),
  fallbacks: fallbacksRequest.default([]),
  guardrails: guardrails.default({}),
  limits: runLimits.default({}),
  built_in_tools: builtInTools.optional(),
});
export type CreateAssistantRequest = z.infer<typeof createAssistantRequest>;

export const updateAssistantRequest = z.object({
  name: line(256).optional(),
  owner: prose(256).optional(),
  personality_prompt: prose(50_000).optional(),
  customer_ai: customerAi.optional(),
  segment_credential: segmentCredential.optional(),
  model: modelName.optional(),
  model_settings: modelSettingsRequest.optional(),
  fallbacks: fallbacksRequest.optional(),
  guardrails: guardrails.optional(),
  limits: runLimits.optional(),
  built_in_tools: builtInTools.optional(),
});
export type UpdateAssistantRequest = z.infer<typeof updateAssistantRequest>;

export const assistantResource = z.strictObject({
  id: idOf('asst'),
  account_sid: accountSid,
  name: z.string(),
  owner: z.string(),
  model: z.string(),
  personality_prompt: z.string(),
  customer_ai: customerAi,
  model_settings: modelSettingsResource,
  fallbacks: fallbacksResource,
  guardrails,
  limits: runLimits,
  built_in_tools: builtInTools,
  url: z.url(),
  ...dates,
});
export type AssistantResource = z.infer<typeof assistantResource>;

/** One assistant alone shows what it has. */
export const assistantWithParts = assistantResource.extend({
  tools: z.array(toolResource),
  knowledge: z.array(knowledgeResource),
});

/* Messages */

export const sendMessageRequest = z.object({
  identity: line(256),
  body: written(32_768),
  session_id: line(512).optional(),
  mode: z.enum(['chat', 'email', 'voice'], 'must be chat, email or voice').default('chat'),
  webhook: httpUrl.optional().describe('Where the answer is sent; the request is then answered at once, by 202.'),
});
export type SendMessageRequest = z.input<typeof sendMessageRequest>;
export type ParsedSendMessageRequest = z.output<typeof sendMessageRequest>;

export const idempotencyKey = line(255);

export const sendMessageResponse = z.strictObject({
  status: z.enum(['Success', 'Failed']),
  session_id: z.string(),
  account_sid: accountSid,
  body: z
    .string()
    .optional()
    .describe('Absent until there is an answer: when it goes to a webhook, and when there will be none.'),
  error: z.string().optional().describe('Why there is no answer.'),
  flagged: z.boolean(),
  aborted: z.boolean(),
  retryable: z.boolean().optional().describe('Of a failure: whether the same message may be answered later.'),
  retry_after: z
    .number()
    .optional()
    .describe('Of a failure: how long the provider wants to be left alone, in seconds.'),
  sources: z
    .array(z.strictObject({ name: z.string(), title: z.string().optional(), url: z.string().optional() }))
    .optional()
    .describe('The knowledge that the answer rests on.'),
  handoff: z
    .strictObject({ reason: z.string(), summary: z.string().optional() })
    .optional()
    .describe('The assistant asks for a human to take over.'),
});
export type SendMessageResponse = z.infer<typeof sendMessageResponse>;

/* Sessions */

export const sessionResource = z.strictObject({
  id: z.string(),
  account_sid: accountSid,
  assistant_id: idOf('asst'),
  verified: z.boolean(),
  identity: z.string(),
  ...dates,
});
export type SessionResource = z.infer<typeof sessionResource>;

export const messageRole = z.enum(['user', 'assistant', 'tool', 'knowledge']);

export const messageResource = z.strictObject({
  id: idOf('msg'),
  account_sid: accountSid,
  assistant_id: idOf('asst'),
  session_id: z.string(),
  identity: z.string(),
  role: messageRole,
  content: z
    .record(z.string(), z.unknown())
    .describe('Of what was said: the text, as `content`. Of a call: what was asked and what came of it.'),
  meta: z.record(z.string(), z.unknown()),
  ...dates,
});
export type MessageResource = z.infer<typeof messageResource>;

/* Profiles */

export const profileResource = z.strictObject({
  identity: z.string(),
  account_sid: accountSid,
  traits: z.array(
    z.strictObject({
      name: z.string(),
      value: z.string(),
      source: z.enum(['tool', 'model', 'rules']).describe('Who found it out.'),
      session_id: z.string(),
      message_id: idOf('msg').describe('The message that says so.'),
      date_updated: date,
    }),
  ),
});
export type ProfileResource = z.infer<typeof profileResource>;

const count = z.int().min(0);

export const erasedResource = z.strictObject({
  identity: z.string(),
  erased: z
    .strictObject({
      traits: count,
      sessions: count,
      messages: count,
      threads: count,
      inbound: count,
      outbound: count,
    })
    .describe('How much there was.'),
});

/* Feedbacks */

export const createFeedbackRequest = z.object({
  session_id: line(512),
  message_id: idOf('msg').optional(),
  score: z.number().min(0, 'must be from 0 to 1').max(1, 'must be from 0 to 1').default(0),
  text: prose(4_096).default(''),
});
export type CreateFeedbackRequest = z.infer<typeof createFeedbackRequest>;

export const feedbackResource = z.strictObject({
  id: idOf('fdbk'),
  assistant_id: idOf('asst'),
  account_sid: accountSid,
  session_id: z.string(),
  message_id: z.string(),
  score: z.number().min(0).max(1),
  text: z.string(),
  ...dates,
});
export type FeedbackResource = z.infer<typeof feedbackResource>;
