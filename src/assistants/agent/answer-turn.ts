import { deadline } from '../../deadline.ts';
import type { LoadedAssistant } from '../assistant-store.ts';
import type { Found, Search } from '../knowledge/create-search.ts';
import { type ModelChoice, modelChoices } from '../model-settings.ts';
import { ModelsFailedError } from '../providers/model-failure.ts';
import { asksForHuman } from '../providers/offline.ts';
import type { Generate, Mode } from '../providers/provider.ts';
import type { AgentTool, ToolCall } from '../tools/agent-tool.ts';
import { type Handoff, handoverTool, knowledgeTool, rememberTool } from '../tools/built-in-tools.ts';
import type { TurnTools } from '../tools/turn-tools.ts';
import { runLoop } from './agent-loop.ts';
import { isTextedTo, systemPrompt, talk } from './build-prompt.ts';
import { limitsOf } from './run-limits.ts';
import { type Attachment, userMessage } from './shown-files.ts';
import type { AnswerListener, Checked, Checks, Evidence, Memory, Run, Turn } from './turn.ts';
import { createTurnModels, type TurnModelsParts } from './turn-models.ts';

/** A message, and all that its answer depends on. */
export type Asked = {
  assistant: LoadedAssistant;
  accountSid: string;
  sessionId: string;
  identity: string;
  text: string;
  mode: Mode;
  attachments: readonly Attachment[];
  /** The answer goes to a webhook, of which tools are told. */
  isAsync: boolean;
  /** Of the answer that is to come. */
  messageId: string;
  /** The same when the message is repeated, so that tools can tell. */
  turnKey: string;
  signal: AbortSignal;
  /** When the one who asks gives up, on the clock of `performance.now`. */
  deadline: number;
  onText?: (piece: string) => void;
  onRestart?: () => void;
};

export type Source = { name: string; title?: string; url?: string };

export type Answered = {
  kind: 'answered';
  turn: Turn;
  text: string;
  flagged: boolean;
  aborted: boolean;
  sources: Source[];
  handoff?: Handoff;
  calls: ToolCall[];
  run: Run;
};

/** No answer, and why, in a sentence for whoever runs the assistant. */
export type Unanswered = { kind: 'failed'; error: string; retryable: boolean; retryAfterMs?: number };

export type TurnParts = TurnModelsParts & {
  secretsKey: Buffer;
  offline: Generate;
  search: Search;
  turnTools: TurnTools;
  checks: Checks;
  memory: Memory;
};

/** What is left of a turn when the models have had theirs: to fall back on no model at all, to check, to store. */
const reserveOf = (ms: number) => Math.min(3_000, ms / 10);
/** After the deadline of the models, who should be the ones to say that they were too slow. */
const GRACE = 250;
/** As much of a customer's words as a colleague needs to see why. */
const REASON_LENGTH = 300;
const HANDED_OVER = 'Somebody of our team will take over from here.';

/** Answers a message: checks, memory, models with their tools, checks again. Stores nothing but what it cost. */
export function createAnswerTurn(parts: TurnParts): (asked: Asked) => Promise<Answered | Unanswered> {
  return async (asked) => {
    const patience = Math.max(0, asked.deadline - performance.now());
    const ms = Math.min(limitsOf(asked.assistant).turn_seconds * 1_000, patience);
    const time = deadline(ms + GRACE, asked.signal);
    try {
      return await answer(parts, asked, { ms, signal: time.signal });
    } catch (error) {
      asked.signal.throwIfAborted();
      if (error instanceof ModelsFailedError) {
        const { message, retryable, retryAfterMs } = error;
        return { kind: 'failed', error: message, retryable, retryAfterMs };
      }
      if (!time.signal.aborted) throw error;
      return {
        kind: 'failed',
        error: `There was no answer within ${Math.round(ms / 1_000)} seconds.`,
        retryable: true,
      };
    } finally {
      time.done();
    }
  };
}

/** What was said, by which model, and on which knowledge it rests. */
type Words = { text: string; model: string; sources: string[]; isCut?: boolean };

async function answer(
  parts: TurnParts,
  asked: Asked,
  { ms, signal }: { ms: number; signal: AbortSignal },
): Promise<Answered | Unanswered> {
  const { checks, memory } = parts;
  const { assistant, accountSid, sessionId, identity, mode } = asked;
  const startedAt = performance.now();
  const limits = limitsOf(assistant);
  const { choices, thenOffline } = chosen(modelChoices(assistant, parts.secretsKey));
  const spender = { accountSid, assistantId: assistant.id, sessionId, messageId: asked.messageId };
  const run = newRun();
  const models = createTurnModels(parts, { choices, spender, limits, run });
  const calls: ToolCall[] = [];
  const passages: Found[] = [];
  let handoff: Handoff | undefined;

  const turn: Turn = {
    assistant,
    accountSid,
    sessionId,
    identity,
    mode,
    messageId: asked.messageId,
    userText: asked.text,
    signal,
    askModel: models.askBeside,
  };
  const search = async (question: string): Promise<Found[]> => {
    const found = await parts.search(assistant, question, signal);
    passages.push(...found);
    return found;
  };

  const [input, recalled, tools] = await Promise.all([
    checks.checkInput(turn),
    memory.recall(turn),
    choices.length > 0 ? offered() : [],
  ]);
  run.guardrails.push(...input.results);
  if (input.outcome === 'refused') {
    return answered({ text: input.text, model: 'guardrails', sources: [] }, input);
  }
  const said = await say(input.text);
  if ('kind' in said) return said;
  // Without a model, what was found and not quoted was not used.
  const used = said.model === 'offline' ? passages.filter(({ source }) => said.sources.includes(source)) : passages;
  const given = [recalled.prompt ?? '', ...recalled.history.map(({ text }) => text)];
  const output = await checks.checkOutput(turn, { text: said.text, evidence: evidenceIn(used, calls), given });
  run.guardrails.push(...output.results);
  return answered({ ...said, text: output.text }, input, output);

  function offered(): Promise<AgentTool[]> {
    const wanted = new Set(assistant.built_in_tools);
    const builtIn: AgentTool[] = [];
    if (wanted.has('search_knowledge') && assistant.knowledge.length > 0) {
      builtIn.push(knowledgeTool(assistant.knowledge, search));
    }
    if (wanted.has('handover')) {
      const request = (wish: Handoff) => {
        handoff = wish;
      };
      builtIn.push(handoverTool(request));
    }
    if (wanted.has('remember')) builtIn.push(rememberTool((fact) => memory.remember(turn, fact)));
    const speaker = { accountSid, identity, sessionId: asked.isAsync ? `webhook:${sessionId}` : sessionId };
    return parts.turnTools(assistant.id, speaker, builtIn, signal);
  }

  /** By the models; without any where none is set, where they fail or may cost no more, if that is among the fallbacks. */
  async function say(text: string): Promise<Words | Unanswered> {
    if (choices.length === 0) return byNone(text);
    const { tokens, limit } = await models.left();
    if (tokens <= 0) {
      if (thenOffline) return byNone(text);
      return { kind: 'failed', error: spentSentence(limit, limits[limit]), retryable: false };
    }
    try {
      return await byModels(text, tokens);
    } catch (error) {
      if (!(error instanceof ModelsFailedError)) throw error;
      if (handoff) return { text: HANDED_OVER, model: 'none', sources: [] };
      if (thenOffline) return byNone(text);
      throw error;
    }
  }

  async function byModels(text: string, tokens: number): Promise<Words> {
    const result = await runLoop({
      ask: models.ask,
      system: systemPrompt({
        assistant,
        mode,
        isTexted: isTextedTo(sessionId, identity),
        memory: recalled.prompt,
        today: parts.now(),
      }),
      messages: [...talk(recalled.history), userMessage(text, asked.attachments)],
      tools,
      limits: { steps: limits.steps, toolCalls: limits.tool_calls, tokens: Math.min(limits.tokens_per_turn, tokens) },
      signal,
      deadline: startedAt + ms - reserveOf(ms),
      turnKey: asked.turnKey,
      ...listenerOf(turn),
      onToolCall: (call) => calls.push(call),
    });
    const spoke = result.isFinal ? calls.filter((call) => call.result.isFinal) : calls;
    const sources = spoke.flatMap((call) => call.result.sources ?? []);
    return { text: result.text, model: result.model, sources, isCut: result.stoppedBy !== undefined };
  }

  function listenerOf(turn: Turn): Partial<AnswerListener> {
    const { onText, onRestart = () => {} } = asked;
    if (!onText) return {};
    return checks.gate(turn, { onText, onRestart }) ?? {};
  }

  async function byNone(userText: string): Promise<Words> {
    if (assistant.built_in_tools.includes('handover') && asksForHuman(userText)) {
      handoff = { reason: userText.slice(0, REASON_LENGTH) };
      return { text: HANDED_OVER, model: 'offline', sources: [] };
    }
    const { name, owner, personality_prompt: personalityPrompt, knowledge } = assistant;
    const { text, sources } = await parts.offline({
      assistant: { name, owner, personalityPrompt, knowledge },
      history: recalled.history,
      userText,
      mode,
      standsIn: choices.length > 0,
      search,
      signal,
    });
    return { text, model: 'offline', sources };
  }

  function answered({ text, model, sources, isCut = false }: Words, ...checked: Checked[]): Answered {
    const outcomes = checked.map(({ outcome }) => outcome);
    return {
      kind: 'answered',
      turn,
      text,
      flagged: outcomes.some((outcome) => outcome !== 'passed'),
      aborted: isCut || outcomes.includes('refused'),
      sources: sourcesIn(passages, sources),
      ...(handoff ? { handoff } : {}),
      calls,
      run: Object.assign(run, {
        model,
        tools: calls.map(toolRun),
        knowledge: passages.map(({ source, title, score }) => ({ source, title, score })),
        ms: Math.round(performance.now() - startedAt),
      }),
    };
  }
}

const newRun = (): Run => ({
  model: '',
  attempts: [],
  usage: { inputTokens: 0, outputTokens: 0 },
  tools: [],
  knowledge: [],
  guardrails: [],
  ms: 0,
});

const toolRun = ({ name, args, result: { ok, text }, ms }: ToolCall): Run['tools'][number] => ({
  name,
  input: args,
  output: text,
  ms,
  ...(ok ? {} : { error: text }),
});

/** The models before `offline`, which needs nothing and so never fails: what stands after it is never asked. */
function chosen(all: ModelChoice[]): { choices: ModelChoice[]; thenOffline: boolean } {
  const at = all.findIndex(({ model }) => model === 'offline');
  return at === -1 ? { choices: all, thenOffline: false } : { choices: all.slice(0, at), thenOffline: true };
}

function evidenceIn(passages: Found[], calls: ToolCall[]): Evidence[] {
  const told = calls.filter(({ kind, result }) => result.ok && (kind === 'webhook' || kind === 'mcp'));
  return [
    ...passages.map(({ source, content }) => ({ kind: 'knowledge' as const, source, text: content })),
    ...told.map(({ name, result }) => ({ kind: 'tool' as const, source: name, text: result.text })),
  ];
}

/** Each place in the knowledge of these names that something was found at, once. */
function sourcesIn(passages: Found[], names: string[]): Source[] {
  const known = new Map<string, Source>();
  for (const { source, title, url } of passages) {
    if (names.includes(source)) known.set(JSON.stringify([source, title, url]), { name: source, title, url });
  }
  return [...known.values()];
}

function spentSentence(limit: string, value: number): string {
  const whose =
    limit === 'tokens_per_day' ? 'The assistant has used its tokens of today' : 'The session has used its tokens';
  return `${whose} (limits.${limit} is ${value}).`;
}
