import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { UsageError } from '../failure.ts';
import type { Api } from './api.ts';

/** What is read of another server: the fields that are taken over. Others are left behind. */
const policy = z.object({
  type: z.string(),
  policy_details: z.record(z.string(), z.unknown()),
  name: z.string().nullish(),
});

const tool = z.object({
  id: z.string().optional(),
  name: z.string(),
  type: z.string().default('WEBHOOK'),
  enabled: z.boolean().default(true),
  requires_auth: z.boolean().nullish(),
  description: z.string().nullish(),
  meta: z.record(z.string(), z.unknown()).default({}),
  policy: policy.nullish(),
});
export type SourceTool = z.infer<typeof tool>;

const knowledge = z.object({
  id: z.string().optional(),
  name: z.string(),
  type: z.string(),
  description: z.string().nullish(),
  knowledge_source_details: z.record(z.string(), z.unknown()).nullish(),
  embedding_model: z.string().nullish(),
  policy: policy.nullish(),
});
export type SourceKnowledge = z.infer<typeof knowledge>;

const assistant = z.object({
  id: z.string().optional(),
  name: z.string(),
  owner: z.string().nullish(),
  personality_prompt: z.string().nullish(),
  customer_ai: z.record(z.string(), z.unknown()).nullish(),
  segment_credential: z.record(z.string(), z.unknown()).nullish(),
  model: z.string().nullish(),
  model_settings: z.record(z.string(), z.unknown()).nullish(),
  fallbacks: z.array(z.record(z.string(), z.unknown())).nullish(),
  guardrails: z.record(z.string(), z.unknown()).nullish(),
  limits: z.record(z.string(), z.unknown()).nullish(),
  built_in_tools: z.array(z.string()).nullish(),
  tools: z.array(tool).default([]),
  knowledge: z.array(knowledge).default([]),
});
export type SourceAssistant = z.infer<typeof assistant>;

const fileSchema = z.union([
  z.object({ assistants: z.array(z.unknown()) }),
  z.array(z.unknown()),
  z.looseObject({ name: z.string() }),
]);

/** The assistants in a file: one, a list, or a list under `assistants`. */
export async function readFromFile(path: string): Promise<SourceAssistant[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${path} cannot be read (${error.code}).`);
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${path} is no JSON (${(error as Error).message}).`);
  }
  const parsed = fileSchema.safeParse(json);
  if (!parsed.success) throw new UsageError(`${path} holds no assistants: see npx tandem import --help.`);
  const { data } = parsed;
  const items = Array.isArray(data) ? data : Array.isArray(data.assistants) ? data.assistants : [data];
  return items.map((item, index) => parseAssistant(item, `${path}, assistant ${index + 1}`));
}

/** All assistants of an account, each with its tools and its knowledge. */
export async function readFromServer(api: Api): Promise<SourceAssistant[]> {
  const listed = await api.list<{ id: string }>('/v1/Assistants', 'assistants');
  const found: SourceAssistant[] = [];
  for (const { id } of listed) {
    const path = `/v1/Assistants/${encodeURIComponent(id)}`;
    found.push(parseAssistant(await api.send('GET', path), path));
  }
  return found;
}

function parseAssistant(item: unknown, where: string): SourceAssistant {
  const parsed = assistant.safeParse(item);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UsageError(`${where}: ${issue?.path.join('.')}: ${issue?.message}`);
}
