import { createMCPClient, type ListToolsResult, type MCPClient } from '@ai-sdk/mcp';
import { deadline } from '../../deadline.ts';
import type { CallableTool } from '../tool-store.ts';
import type { AgentTool, CallOptions, ToolResult } from './agent-tool.ts';
import { AuthorizationError, type Authorize } from './authorize.ts';
import { failed } from './call-tools.ts';
import type { JsonSchema } from './input-schema.ts';
import { tooSlow } from './webhook-tool.ts';

const LIST_TIMEOUT = 5_000;
const CALL_TIMEOUT = 15_000;
const LIST_LIFE = 300_000;
const TOOLS_PER_SERVER = 32;
const SIZE_LIMIT = 32 * 1024;
const REMEMBERED = 500;

export type McpParts = { fetch: typeof globalThis.fetch; authorize: Authorize; now: () => Date };

/**
 * The tools of servers of the Model Context Protocol. What a server offers is remembered for five minutes; a server that does
 * not say it offers nothing, and the turn goes on without.
 */
export function createMcpTools({ fetch, authorize, now }: McpParts) {
  const lists = new Map<string, { offered: ListToolsResult; until: number }>();

  return async function mcpTools(server: CallableTool, signal: AbortSignal): Promise<AgentTool[]> {
    const offered = await listOf(server, signal);
    return offered.tools.slice(0, TOOLS_PER_SERVER).map(({ name, description = name, inputSchema }) => ({
      name,
      kind: 'mcp',
      description,
      inputSchema: inputSchema as JsonSchema,
      call: (args, options) => call(server, name, offered, args, options),
    }));
  };

  async function listOf(server: CallableTool, signal: AbortSignal): Promise<ListToolsResult> {
    const key = JSON.stringify([server.id, server.meta.url, server.policy]);
    const known = lists.get(key);
    if (known && known.until > now().getTime()) return known.offered;
    const offered = await withClient(server, deadline(LIST_TIMEOUT, signal).signal, (client, limited) =>
      client.listTools({ options: { signal: limited } }),
    ).catch((): ListToolsResult => {
      signal.throwIfAborted();
      return known?.offered ?? { tools: [] };
    });
    lists.delete(key);
    lists.set(key, { offered, until: now().getTime() + LIST_LIFE });
    const [oldest] = lists.keys();
    if (lists.size > REMEMBERED && oldest !== undefined) lists.delete(oldest);
    return offered;
  }

  async function call(
    server: CallableTool,
    name: string,
    offered: ListToolsResult,
    args: Record<string, unknown>,
    { signal, timeoutMs }: CallOptions,
  ): Promise<ToolResult> {
    const ms = Math.min(CALL_TIMEOUT, timeoutMs);
    const time = deadline(ms, signal);
    const limited = time.signal;
    try {
      return await withClient(server, limited, async (client) => {
        const tool = client.toolsFromDefinitions(offered)[name];
        const result = await tool?.execute?.(args, { toolCallId: name, messages: [], abortSignal: limited });
        return resultOf(result, server.meta.final_response === true);
      });
    } catch (error) {
      signal.throwIfAborted();
      if (limited.aborted) return failed(tooSlow(ms));
      if (error instanceof AuthorizationError) return failed(`Not called: ${error.message}`);
      return failed('The tool could not be reached, or answered with an error.');
    } finally {
      time.done();
    }
  }

  async function withClient<Result>(
    server: CallableTool,
    signal: AbortSignal,
    work: (client: MCPClient, signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    const client = await createMCPClient({
      clientName: 'tandem',
      transport: {
        type: 'http',
        url: server.meta.url,
        headers: server.policy ? await authorize.headers(server.policy, signal) : {},
        redirect: 'error',
        fetch,
      },
      initializationOptions: { signal },
    });
    try {
      return await work(client, signal);
    } finally {
      await client.close().catch(() => {});
    }
  }
}

type Part = { type?: unknown; text?: unknown };

function resultOf(result: unknown, isFinal: boolean): ToolResult {
  const { content, structuredContent, isError } = (result ?? {}) as {
    content?: Part[];
    structuredContent?: unknown;
    isError?: boolean;
  };
  const parts = Array.isArray(content) ? content : [];
  const told = parts.map((part) => (part.type === 'text' ? String(part.text) : `[${String(part.type)}]`)).join('\n');
  const text = told || (structuredContent === undefined ? '' : JSON.stringify(structuredContent));
  const shown = text.length > SIZE_LIMIT ? `${text.slice(0, SIZE_LIMIT)}\n[The rest is left out.]` : text;
  if (isError) return failed(`The tool failed. It says: ${shown}`);
  if (shown.trim() === '') return { ok: true, text: 'Done. The tool had nothing to say.' };
  return { ok: true, text: shown, ...(isFinal ? { isFinal } : {}) };
}
