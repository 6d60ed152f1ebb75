import type { ModelMessage } from 'ai';
import type { AgentTool, ToolCall } from '../tools/agent-tool.ts';
import { callTools } from '../tools/call-tools.ts';
import type { Question, Step } from './ask-models.ts';

export type LoopLimits = { steps: number; toolCalls: number; tokens: number };

export type LoopInput = {
  ask: (question: Question) => Promise<Step>;
  system: string;
  messages: ModelMessage[];
  tools: AgentTool[];
  limits: LoopLimits;
  signal: AbortSignal;
  deadline: number;
  /** Names the turn towards tools. */
  turnKey: string;
  onText?: (piece: string) => void;
  /** What onText heard so far is no part of the answer. */
  onRestart?: () => void;
  /** Hears of every call once it is made, whatever becomes of the turn. */
  onToolCall: (call: ToolCall) => void;
};

export type LoopResult = {
  text: string;
  /** The model that said it. */
  model: string;
  steps: number;
  /** The text is what a tool or the knowledge said, word by word. */
  isFinal: boolean;
  /** What the loop guard ran into. */
  stoppedBy?: 'steps' | 'tokens';
};

const LAST_STEP = '\n\nYou can call no more tools. Answer now, in words, with what you know.';
const NOTHING_SAID = 'Sorry, I could not finish this. Please ask again, perhaps in smaller steps.';

/**
 * Model, tools, model, … until the model has nothing to call, a final tool has spoken, or a limit is reached. What was called is
 * part of the messages, so a model that takes over from one that failed goes on from there, and calls nothing twice.
 */
export async function runLoop(input: LoopInput): Promise<LoopResult> {
  const { limits, signal, onRestart } = input;
  const tools = new Map(input.tools.map((tool) => [tool.name, tool]));
  const messages = [...input.messages];
  let called = 0;
  const made = new Map<string, number>();
  let tokens = 0;

  for (let steps = 1; ; steps += 1) {
    const isLast = steps >= limits.steps || called >= limits.toolCalls;
    const system = isLast && called > 0 ? input.system + LAST_STEP : input.system;
    const step = await input.ask({ ...input, system, messages, tools });
    tokens += step.usage.inputTokens + step.usage.outputTokens;
    const result = { text: step.text, model: step.usage.model, steps, isFinal: false };
    if (step.calls.length === 0) return result;

    const spent = tokens >= limits.tokens;
    if (isLast || spent) {
      return {
        ...result,
        text: step.text.trim() === '' ? NOTHING_SAID : step.text,
        stoppedBy: spent ? 'tokens' : 'steps',
      };
    }
    onRestart?.();
    const allowed = limits.toolCalls - called;
    const results = await callTools(tools, step.calls, {
      signal,
      timeoutMs: Math.max(1, Math.ceil((input.deadline - performance.now()) / 2)),
      allowed,
      turnKey: input.turnKey,
      made,
      now: () => performance.now(),
    });
    for (const call of results) input.onToolCall(call);
    called += results.length;
    signal.throwIfAborted();
    const final = results.filter(({ result: { ok, isFinal } }) => ok && isFinal);
    if (final.length > 0) {
      const text = final.map((call) => call.result.text).join('\n\n');
      return { ...result, text, isFinal: true };
    }
    messages.push(...step.messages, {
      role: 'tool',
      content: step.calls.map(({ id, name }, index) => {
        const { ok, text } = (results[index] as ToolCall).result;
        return {
          type: 'tool-result' as const,
          toolCallId: id,
          toolName: name,
          output: { type: ok ? ('text' as const) : ('error-text' as const), value: text },
        };
      }),
    });
  }
}
