import type { RunLimits } from '../../../assistants/api/settings.ts';

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
  limits: RunLimits;
  customer_ai: CustomerAi;
  built_in_tools: string[];
  tools: Tool[];
  knowledge: Knowledge[];
};

export type CustomerAi = { perception_engine_enabled: boolean; personalization_engine_enabled: boolean };

/** Written, and never read. */
export type SegmentCredential = { space_id?: string; profile_api_key?: string; write_key?: string };

export type Tool = {
  id: string;
  name: string;
  description: string;
  type: 'WEBHOOK' | 'MCP';
  enabled: boolean;
  requires_auth: boolean;
  meta: { url: string; method: string; input_schema: string; final_response?: boolean };
};

export type SourceType = 'Text' | 'Web' | 'File' | 'Database';

/** Of the type Text the content; of Web where to begin; of Database where it is. */
export type SourceDetails = {
  content?: string;
  source?: string;
  crawl_depth?: number;
  crawl_period_min?: number;
  provider?: 'postgresql' | 'pinecone';
  host?: string;
  port?: number;
  database?: string;
  table?: string;
  content_column?: string;
  embedding_column?: string;
  namespace?: string;
  final_response?: boolean;
};

export type Knowledge = {
  id: string;
  name: string;
  description: string;
  type: SourceType;
  status: 'QUEUED' | 'PROCESSING' | 'COMPLETED' | 'FAILED';
  knowledge_source_details: SourceDetails;
  embedding_model?: string;
};

export type AssistantMessage = { id: string; role: string; content: { content?: string }; meta: { run?: unknown } };
