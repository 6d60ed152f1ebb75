import type { Database } from '../../store/database.ts';
import { signatureOf } from '../../twilio/webhooks/signature.ts';
import { loadTools } from '../tool-store.ts';
import { type AgentTool, uniqueToolName } from './agent-tool.ts';
import type { Authorize } from './authorize.ts';
import { inputSchemaOf, type ObjectSchema } from './input-schema.ts';
import { createMcpTools } from './mcp-tools.ts';
import { type Speaker, webhookTool } from './webhook-tool.ts';

/** The tools of an assistant in a turn: those handed in, and then its own, each under a name that a model can call. */
export type TurnTools = (
  assistantId: string,
  speaker: Speaker,
  builtIn: AgentTool[],
  signal: AbortSignal,
) => Promise<AgentTool[]>;

const REMEMBERED = 1_000;

export function createTurnTools(parts: {
  db: Database;
  secretsKey: Buffer;
  fetch: typeof globalThis.fetch;
  authorize: Authorize;
  /** What an account's requests are signed with. */
  authTokenOf: (accountSid: string) => string | undefined;
  now: () => Date;
}): TurnTools {
  const { db, secretsKey, fetch, authorize, authTokenOf } = parts;
  const mcpTools = createMcpTools(parts);
  const schemas = new Map<string, ObjectSchema>();
  const webhook = {
    fetch,
    authorize,
    sign: (accountSid: string, url: string) => {
      const token = authTokenOf(accountSid);
      return token === undefined ? undefined : signatureOf(token, url);
    },
  };

  return async (assistantId, speaker, builtIn, signal) => {
    const own = await Promise.all(
      (await loadTools(db, assistantId, secretsKey)).map((tool) =>
        tool.type === 'MCP'
          ? mcpTools(tool, signal)
          : webhookTool(tool, schemaOf(tool.meta.input_schema), speaker, webhook),
      ),
    );
    const names = new Set<string>();
    return [...builtIn, ...own.flat()].map((tool) => {
      const name = uniqueToolName(tool.name, names);
      names.add(name);
      return { ...tool, name };
    });
  };

  /** Types are read once, not in every turn. */
  function schemaOf(text: string): ObjectSchema {
    const known = schemas.get(text) ?? inputSchemaOf(text);
    schemas.delete(text);
    schemas.set(text, known);
    const [oldest] = schemas.keys();
    if (schemas.size > REMEMBERED && oldest !== undefined) schemas.delete(oldest);
    return known;
  }
}
