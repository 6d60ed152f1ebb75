import { z } from 'zod';
import { httpUrl, written } from './fields.ts';

/*
 * What an assistant of Tandem has beside Twilio's fields: optional properties that Twilio's clients neither send nor
 * notice.
 */

const providers = ['openai', 'anthropic', 'gemini', 'groq', 'xai', 'custom'] as const;

export const modelName = z
  .string()
  .max(200, 'must not be longer than 200 characters')
  .regex(
    new RegExp(`^(?:offline|(?:${providers.join('|')})/[\\w.:/@+-]+)$`),
    `must be offline or provider/model, with ${providers.join(', ')} as the provider`,
  )
  .describe('offline, or the provider and its own name of the model: openai/gpt-4.1-mini, custom/llama3.2:3b.');

const modelOptions = {
  base_url: httpUrl.describe('Where the provider is reached; a must for `custom`, else its public address.'),
  temperature: z.number().min(0).max(2),
  max_tokens: z.int().min(1).max(200_000).describe('Of one answer.'),
};

const apiKey = z
  .string()
  .min(1, 'must not be empty')
  .max(1_000, 'must not be longer than 1000 characters')
  .regex(/^[\x21-\x7e]*$/, 'must be printable ASCII without white space')
  .describe('Written, never read: an answer says by api_key_set whether there is one.');

/** How the model is called. In an update null removes a setting, and what is left out stays as it is. */
export const modelSettingsRequest = z.strictObject({
  base_url: modelOptions.base_url.nullish(),
  temperature: modelOptions.temperature.nullish(),
  max_tokens: modelOptions.max_tokens.nullish(),
  api_key: apiKey.nullish(),
});
export type ModelSettingsRequest = z.infer<typeof modelSettingsRequest>;

/**
 * The models asked in turn when the one before fails, is too slow or limits our rate. An update replaces the whole list;
 * an entry without `api_key` keeps the key that is stored for the same provider and address.
 */
export const fallbacksRequest = z
  .array(modelSettingsRequest.extend({ model: modelName }))
  .max(5, 'must not hold more than 5');
export type FallbackRequest = z.infer<typeof fallbacksRequest>[number];

export const modelSettingsResource = z.strictObject({
  base_url: modelOptions.base_url.optional(),
  temperature: modelOptions.temperature.optional(),
  max_tokens: modelOptions.max_tokens.optional(),
  api_key_set: z.boolean(),
});
export const fallbacksResource = z.array(modelSettingsResource.extend({ model: modelName }));

/** What happens when a check finds something: nothing, the text is mended, the answer is marked, or it is not given. */
const guardrailAction = z.enum(['allow', 'rewrite', 'flag', 'refuse'], 'must be allow, rewrite, flag or refuse');

/** What is left out is as Tandem's defaults have it. */
export const guardrails = z.strictObject({
  prompt_injection: guardrailAction
    .optional()
    .describe('The user tries to talk the assistant out of its instructions.'),
  input_moderation: guardrailAction
    .optional()
    .describe('Threats, hate, calls for help with violence or from somebody in danger.'),
  output_moderation: guardrailAction.optional().describe('The same of the answer, and insults.'),
  leaked_instructions: guardrailAction.optional().describe('The answer holds parts of the personality prompt.'),
  groundedness: guardrailAction.optional().describe('The answer says what neither knowledge nor tools said.'),
  groundedness_threshold: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe('How much of the answer has to rest on what was found, from 0 to 1.'),
  model: modelName.optional().describe('Checks by this model as well as by rules.'),
  refusal_text: written(1_000).optional().describe('Said in the place of a refused message or answer.'),
});
export type Guardrails = z.infer<typeof guardrails>;

const count = (most: number) => z.int().min(1).max(most);

/** Where a turn, a session or a day ends. What is left out is as Tandem's defaults have it. */
export const runLimits = z.strictObject({
  steps: count(50).optional().describe('Calls of the model in one turn.'),
  tool_calls: count(100).optional().describe('Calls of tools in one turn.'),
  turn_seconds: count(600).optional(),
  tokens_per_turn: count(10_000_000).optional().describe('Tokens in and out.'),
  tokens_per_session: count(1_000_000_000).optional(),
  tokens_per_day: count(1_000_000_000).optional().describe('Of all sessions of the assistant, by UTC.'),
  history_tokens: z
    .int()
    .min(200)
    .max(1_000_000)
    .optional()
    .describe('What a model is told of the conversation so far; older turns are summarised.'),
});
export type RunLimits = z.infer<typeof runLimits>;

/** Tools that need no webhook. All of them, unless the list says otherwise. */
export const builtInTools = z.array(
  z.enum(['handover', 'search_knowledge', 'remember'], 'must be handover, search_knowledge or remember'),
);
export type BuiltInTool = z.infer<typeof builtInTools>[number];
