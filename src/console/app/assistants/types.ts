/** What the pages use of the Assistants API's resources. */

export type Model = {
  model: string;
  base_url?: string;
  temperature?: number;
  max_tokens?: number;
  api_key_set: boolean;
};

export type Assistant = {
  id: string;
  name: string;
  owner: string;
  personality_prompt: string;
  model: string;
  model_settings: Omit<Model, 'model'>;
  fallbacks: Model[];
  guardrails: Record<string, string | number>;
  built_in_tools: string[];
  tools: Tool[];
  knowledge: Knowledge[];
};

export type Tool = {
  id: string;
  name: string;
  description: string;
  type: string;
  enabled: boolean;
  meta: { url: string; method: string; input_schema: string };
};

export type Knowledge = {
  id: string;
  name: string;
  type: string;
  status: 'QUEUED' | 'PROCESSING' | 'COMPLETED' | 'FAILED';
};

export type AssistantMessage = { id: string; role: string; content: { content?: string }; meta: { run?: unknown } };
