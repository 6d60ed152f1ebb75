import { generateText, jsonSchema, type ModelMessage, streamText, type ToolSet } from 'ai';
import { deadline } from '../../deadline.ts';
import type { ModelChoice } from '../model-settings.ts';
import { lacksKey, languageModel, type ModelCalls, providerOf } from '../providers/language-model.ts';
import {
  EmptyAnswerError,
  failureOf,
  type ModelFailure,
  ModelsFailedError,
  OverlongAnswerError,
} from '../providers/model-failure.ts';
import type { AgentTool } from '../tools/agent-tool.ts';
import type { AskedCall } from '../tools/call-tools.ts';
import { holdsFiles, withFilesFor } from './shown-files.ts';

/** What a model said in one step. */
export type Step = {
  text: string;
  calls: (AskedCall & { id: string })[];
  /** The step as the next one has to be told of it. */
  messages: ModelMessage[];
  usage: { model: string; inputTokens: number; outputTokens: number };
};

export type Question = {
  system: string;
  messages: ModelMessage[];
  tools: ReadonlyMap<string, AgentTool>;
  /** Ends the turn, answer or not. */
  signal: AbortSignal;
  /** The moment by which there has to be an answer, on the clock of `performance.now`. */
  deadline: number;
  /** Hears the words of the answer as they come. */
  onText?: (piece: string) => void;
  /** What onText heard of this step is void: another model begins anew. */
  onRestart?: () => void;
};

/** One call of a model, answered or not. */
export type ModelCall = { model: string; ms: number; failure?: ModelFailure; usage?: Step['usage'] };

/**
 * Asks models in their order until one answers. Each gets an equal share of the time that is left to those not yet tried, so
 * that one which hangs leaves the others theirs. A model that has failed is not asked again in the turn.
 */
export function createAskModels(
  choices: ModelChoice[],
  parts: { calls: ModelCalls; onCall: (call: ModelCall) => void; now: () => Date },
): (question: Question) => Promise<Step> {
  const { calls, onCall, now } = parts;
  const left = [...choices];
  const blind = new Set<ModelChoice>();
  const failures: ModelFailure[] = [];

  return async (question) => {
    for (let choice = left[0]; choice; choice = left[0]) {
      const { model } = choice;
      const startedAt = performance.now();
      const share = Math.max(1, (question.deadline - startedAt) / left.length);
      const time = deadline(Math.ceil(share), question.signal);
      const { signal } = time;
      const messages = withFilesFor(blind.has(choice) ? 'none' : providerOf(choice), question.messages);
      const ms = () => Math.round(performance.now() - startedAt);
      try {
        if (lacksKey(choice, calls.keys)) throw new NoKeyError();
        const step = await askModel(choice, calls, { ...question, messages, signal });
        onCall({ model, ms: ms(), usage: step.usage });
        return step;
      } catch (error) {
        question.signal.throwIfAborted();
        const failure: ModelFailure =
          error instanceof NoKeyError
            ? { model, kind: 'no_key' }
            : failureOf(model, signal.aborted ? signal.reason : error, now());
        onCall({ model, ms: ms(), failure });
        question.onRestart?.();
        // Perhaps it takes no files: it is asked once more, and told of them in words.
        if (failure.kind === 'rejected' && !blind.has(choice) && holdsFiles(messages)) {
          blind.add(choice);
          continue;
        }
        failures.push(failure);
        left.shift();
      } finally {
        time.done();
      }
    }
    throw new ModelsFailedError(failures);
  };
}

class NoKeyError extends Error {}

/** In characters. Nobody reads more, and every check of an answer takes its time. */
const LONGEST_ANSWER = 64 * 1024;

async function askModel(choice: ModelChoice, calls: ModelCalls, question: Question): Promise<Step> {
  const { onText, tools } = question;
  const settings = {
    model: languageModel(choice, calls),
    system: question.system,
    messages: question.messages,
    // Without `execute`: calls are made by the loop, which outlives a model that fails.
    tools: toolSet(tools),
    temperature: choice.temperature,
    maxOutputTokens: choice.maxTokens,
    maxRetries: 0,
    abortSignal: question.signal,
  };
  const said = onText ? await streamed(settings, onText) : await generateText(settings);
  if (said.text.trim() === '' && said.toolCalls.length === 0) throw new EmptyAnswerError();
  if (said.text.length > LONGEST_ANSWER) throw new OverlongAnswerError();
  return {
    text: said.text,
    calls: said.toolCalls.map((call) => ({
      id: call.toolCallId,
      name: call.toolName,
      args: call.input,
      ...(call.invalid && tools.has(call.toolName) ? { problem: 'they are no JSON object' } : {}),
    })),
    // What the SDK itself answers to calls it cannot read is left out: the loop answers all of them.
    messages: said.response.messages.filter((message) => message.role === 'assistant'),
    usage: {
      model: choice.model,
      inputTokens: said.usage.inputTokens ?? 0,
      outputTokens: said.usage.outputTokens ?? 0,
    },
  };
}

async function streamed(settings: Parameters<typeof streamText>[0], onText: (piece: string) => void) {
  let failure: unknown;
  const stream = streamText({
    ...settings,
    onError: ({ error }) => {
      failure ??= error;
    },
  });
  for await (const part of stream.fullStream) {
    if (part.type === 'text-delta') onText(part.text);
    if (part.type === 'error') throw part.error;
    if (part.type === 'abort') throw failure ?? new DOMException('The model took too long.', 'TimeoutError');
  }
  const [text, toolCalls, response, usage] = await Promise.all([
    stream.text,
    stream.toolCalls,
    stream.response,
    stream.totalUsage,
  ]);
  return { text, toolCalls, response, usage };
}

function toolSet(tools: ReadonlyMap<string, AgentTool>): ToolSet {
  return Object.fromEntries(
    [...tools.values()].map(({ name, description, inputSchema }) => [
      name,
      { description, inputSchema: jsonSchema(inputSchema as Parameters<typeof jsonSchema>[0]) },
    ]),
  );
}
