import type { JsonSchema } from './input-schema.ts';

/** What a call came to, in text that the model reads. A failure is a result too: the model may correct itself, or say so. */
export type ToolResult = {
  ok: boolean;
  text: string;
  /** The text is the answer itself, and goes to the customer as it is. */
  isFinal?: boolean;
  /** The names of the knowledge that the text is from. */
  sources?: string[];
};

export type AgentTool = {
  name: string;
  kind: 'webhook' | 'mcp' | 'knowledge' | 'built_in';
  description: string;
  inputSchema: JsonSchema;
  /** Called with arguments that fit the schema. */
  call(args: Record<string, unknown>, options: CallOptions): Promise<ToolResult>;
};

export type CallOptions = {
  signal: AbortSignal;
  /** How long the turn can wait, so that there is still time to answer without the tool. */
  timeoutMs: number;
  /** The same when the same call of a turn is made again. */
  callKey: string;
};

/** One call as it is recorded. */
export type ToolCall = {
  kind: AgentTool['kind'];
  name: string;
  args: unknown;
  result: ToolResult;
  ms: number;
};

const LONGEST_NAME = 64;

/** A name that every provider takes, and that no other tool of the turn has. */
export function uniqueToolName(name: string, taken: ReadonlySet<string>): string {
  const plain =
    name
      .normalize('NFKD')
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '_')
      .replace(/^_+|_+$/g, '')
      .replace(/^(?=\d)/, 'tool_')
      .slice(0, LONGEST_NAME) || 'tool';
  for (let count = 1; ; count += 1) {
    const suffix = count === 1 ? '' : `_${count}`;
    const candidate = plain.slice(0, LONGEST_NAME - suffix.length) + suffix;
    if (!taken.has(candidate)) return candidate;
  }
}
