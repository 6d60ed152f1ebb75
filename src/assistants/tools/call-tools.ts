import { createHash } from 'node:crypto';
import type { AgentTool, ToolCall, ToolResult } from './agent-tool.ts';
import { problemWith } from './check-arguments.ts';

/** A call as a model asks for it. `problem` is set if its arguments could not even be read. */
export type AskedCall = { name: string; args: unknown; problem?: string };

/** Makes the calls of one step side by side; what each came to, in the order in which they were asked for. */
export function callTools(
  tools: ReadonlyMap<string, AgentTool>,
  asked: AskedCall[],
  options: {
    signal: AbortSignal;
    timeoutMs: number;
    /** The calls that this turn may still make. */
    allowed: number;
    /** Names the turn. Two like calls of a turn get different keys, and both get the same again when it is repeated. */
    turnKey: string;
    /** How often each call was made before in the turn. */
    made: Map<string, number>;
    now: () => number;
  },
): Promise<ToolCall[]> {
  const { signal, timeoutMs, allowed, turnKey, made, now } = options;
  return Promise.all(
    asked.map(async ({ name, args, problem }, index): Promise<ToolCall> => {
      const tool = tools.get(name);
      const startedAt = now();
      const result = await run(tool, index);
      return { kind: tool?.kind ?? 'built_in', name, args, result, ms: Math.round(now() - startedAt) };

      function run(known: AgentTool | undefined, place: number): Promise<ToolResult> | ToolResult {
        if (!known)
          return failed(`There is no tool named ${name}. There are: ${[...tools.keys()].join(', ') || 'none'}.`);
        if (place >= allowed) return failed('Not called: this turn may call no more tools. Answer with what you know.');
        const wrong = problem ?? problemWith(known.inputSchema, args);
        if (wrong) return failed(`Not called, because the arguments do not fit: ${wrong}.`);
        return known.call(args as Record<string, unknown>, { signal, timeoutMs, callKey: keyOf(name, args) });
      }
    }),
  );

  function keyOf(name: string, args: unknown): string {
    const call = `${name} ${JSON.stringify(args)}`;
    const before = made.get(call) ?? 0;
    made.set(call, before + 1);
    return createHash('sha256').update(`${turnKey}\0${call}\0${before}`).digest('hex').slice(0, 32);
  }
}

export const failed = (text: string): ToolResult => ({ ok: false, text });
