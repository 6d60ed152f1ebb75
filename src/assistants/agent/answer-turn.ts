import { deadline } from '../../deadline.ts';
import type { Database } from '../../store/database.ts';
import type { LoadedAssistant } from '../assistant-store.ts';
import type { Found, Search } from '../knowledge/create-search.ts';
import { type ModelChoice, modelChoices } from '../model-settings.ts';
import { type ModelCalls, providerOf } from '../providers/language-model.ts';
import { described, ModelsFailedError } from '../providers/model-failure.ts';
import type { Generate, Mode } from '../providers/provider.ts';
import type { AgentTool, ToolCall } from '../tools/agent-tool.ts';
import { type Handoff, handoverTool, knowledgeTool, rememberTool } from '../tools/built-in-tools.ts';
import type { TurnTools } from '../tools/turn-tools.ts';
import { runLoop } from './agent-loop.ts';
import { createAskModels, type ModelCall, type Step } from './ask-models.ts';
import { systemPrompt } from './build-prompt.ts';
import { limitsOf } from './run-limits.ts';
import { readHistory } from './session-store.ts';
import { type Attachment, userMessage } from './shown-files.ts';
import { recordUsage, tokensLeft } from './token-usage.ts';
import type { Checked, Checks, Memory, Run, Said, SideQuestion, Turn } from './turn.ts';

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

export type TurnParts = {
  db: Database;
  now: () => Date;
  newId: () => string;
  secretsKey: Buffer;
  models: ModelCalls;
  offline: Generate;
  search: Search;
  turnTools: TurnTools;
  checks?: Checks;
  memory?: Memory;
  log: { info(fields: object, event: string): void };
};

/** What is left of a turn when the models have had theirs: to fall back on no model at all, to check, to store. */
const reserveOf = (ms: number) => Math.min(3_000, ms / 10);
/** After the deadline of the models, who should be the ones to say that they were too slow. */
const GRACE = 250;
const HANDED_OVER = 'Somebody of our team will take over from here.';

/** Answers a message: checks, memory, models with their tools, checks again. Stores nothing but what it cost. */
export function createAnswerTurn(parts: TurnParts): (asked: Asked) => Promise<Answered | Unanswered> {
  return async (asked) => {
    const ms = Math.min(limitsOf(asked.assistant).turn_seconds * 1_000, asked.deadline - performance.now());
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

async function answer(
  parts: TurnParts,
  asked: Asked,
  time: { ms: number; signal: AbortSignal },
): Promise<Answered | Unanswered> {
  const { db, now, secretsKey, checks, memory, turnTools } = parts;
  const { assistant, accountSid, sessionId, identity, mode } = asked;
  const { signal } = time;
  const startedAt = performance.now();
  const limits = limitsOf(assistant);
  const spender = { accountSid, assistantId: assistant.id, sessionId, messageId: asked.messageId };
  const { choices, thenOffline } = chosen(modelChoices(assistant, secretsKey));

  const run: Run = {
    model: '',
    attempts: [],
    usage: { inputTokens: 0, outputTokens: 0 },
    tools: [],
    knowledge: [],
    guardrails: [],
    ms: 0,
  };
  const calls: ToolCall[] = [];
  const passages: Found[] = [];
  let handoff: Handoff | undefined;

  let askedFor: ReturnType<typeof tokensLeft> | undefined;
  /** Asked for once in a turn, and not at all where no model is paid for. */
  const left = () => {
    askedFor ??= tokensLeft(db, spender, limits, now());
    return askedFor;
  };
  /** Models whose every call is noted, and paid for. */
  const modelsOf = (asking: ModelChoice[]) => {
    const ask = createAskModels(asking, { calls: parts.models, onCall: note, now });
    return async (question: Parameters<typeof ask>[0]): Promise<Step> => {
      const step = await ask(question);
      run.usage.inputTokens += step.usage.inputTokens;
      run.usage.outputTokens += step.usage.outputTokens;
      await recordUsage(db, spender, step.usage, { id: parts.newId(), at: now() });
      return step;
    };
  };
  const turn: Turn = {
    assistant,
    accountSid,
    sessionId,
    identity,
    mode,
    userText: asked.text,
    signal,
    askModel: async (question) => askBeside(modelsOf, choices, (await left()).tokens, question),
  };
  const search = async (question: string): Promise<Found[]> => {
    const found = await parts.search(assistant.id, question, signal);
    passages.push(...found);
    return found;
  };

  const [input, recalled, tools] = await Promise.all([
    checks?.checkInput(turn),
    recall(),
    choices.length > 0 ? turnTools(assistant.id, speaker(), builtIn(), signal) : [],
  ]);
  run.guardrails.push(...(input?.results ?? []));
  if (input?.outcome === 'refused') return answered({ text: input.text, model: 'guardrails' }, [], input);

  const said = await say(input?.text ?? asked.text);
  if ('kind' in said) return said;
  const evidence = [
    ...passages.map(({ source, content }) => ({ kind: 'knowledge' as const, source, text: content })),
    ...calls
      .filter(({ kind, result }) => result.ok && (kind === 'webhook' || kind === 'mcp'))
      .map(({ name, result }) => ({ kind: 'tool' as const, source: name, text: result.text })),
  ];
  const output = await checks?.checkOutput(turn, { text: said.text, evidence });
  run.guardrails.push(...(output?.results ?? []));
  return answered({ ...said, text: output?.text ?? said.text }, sourcesIn(said.sources), input, output);

  async function recall(): Promise<{ prompt?: string; history: Said[] }> {
    return memory ? memory.recall(turn) : { history: await readHistory(db, accountSid, sessionId) };
  }

  function speaker() {
    return { accountSid, identity, sessionId: asked.isAsync ? `webhook:${sessionId}` : sessionId };
  }

  function builtIn(): AgentTool[] {
    const offered = new Set(assistant.built_in_tools);
    const tools: AgentTool[] = [];
    if (offered.has('search_knowledge') && assistant.knowledge.length > 0) {
      tools.push(knowledgeTool(assistant.knowledge, search));
    }
    if (offered.has('handover')) {
      tools.push(
        handoverTool((wish) => {
          handoff = wish;
        }),
      );
    }
    if (offered.has('remember') && memory) tools.push(rememberTool((fact) => memory.remember(turn, fact)));
    return tools;
  }

  async function say(text: string): Promise<Words | Unanswered> {
    if (choices.length > 0) {
      const { tokens, limit } = await left();
      if (tokens > 0) {
        try {
          return await byModels(text, tokens);
        } catch (error) {
          if (!(error instanceof ModelsFailedError)) throw error;
          if (handoff) return { text: HANDED_OVER, model: 'none', sources: [] };
          if (!thenOffline) throw error;
        }
      } else if (!thenOffline) return { kind: 'failed', error: spentSentence(limit, limits[limit]), retryable: false };
    }
    const { text: words, sources } = await parts.offline({
      assistant: {
        name: assistant.name,
        owner: assistant.owner,
        personalityPrompt: assistant.personality_prompt,
        knowledge: assistant.knowledge,
      },
      history: recalled.history,
      userText: text,
      mode,
      search,
      signal,
    });
    return { text: words, model: 'offline', sources };
  }

  async function byModels(text: string, tokens: number): Promise<Words> {
    const result = await runLoop({
      ask: modelsOf(choices),
      system: systemPrompt({ assistant, mode, memory: recalled.prompt, today: now() }),
      messages: [
        ...recalled.history.map(({ role, text: content }) => ({ role, content })),
        userMessage(text, asked.attachments),
      ],
      tools,
      limits: { steps: limits.steps, toolCalls: limits.tool_calls, tokens: Math.min(limits.tokens_per_turn, tokens) },
      signal,
      deadline: startedAt + time.ms - reserveOf(time.ms),
      turnKey: asked.turnKey,
      onText: !checks || checks.mayStream(turn) ? asked.onText : undefined,
      onRestart: asked.onRestart,
      onToolCall: (call) => calls.push(call),
    });
    const spoke = result.isFinal ? calls.filter((call) => call.result.isFinal) : calls;
    const sources = spoke.flatMap((call) => call.result.sources ?? []);
    return { text: result.text, model: result.model, sources, isCut: result.stoppedBy !== undefined };
  }

  function note({ model, ms, failure }: ModelCall): void {
    run.attempts.push({ model, ms, ...(failure ? { error: described(failure) } : {}) });
    parts.log.info({ assistantId: assistant.id, model, outcome: failure?.kind ?? 'answered', ms }, 'model.called');
  }

  function sourcesIn(names: string[]): Source[] {
    const known = new Map<string, Source>();
    for (const { source, title, url } of passages) {
      if (names.includes(source)) known.set(JSON.stringify([source, title, url]), { name: source, title, url });
    }
    return [...known.values()];
  }

  function answered(words: Omit<Words, 'sources'>, sources: Source[], ...checked: (Checked | undefined)[]): Answered {
    const outcomes = checked.map((each) => each?.outcome ?? 'passed');
    Object.assign(run, {
      model: words.model,
      tools: calls.map(({ name, args, result, ms }) => ({
        name,
        input: args,
        output: result.text,
        ms,
        ...(result.ok ? {} : { error: result.text }),
      })),
      knowledge: passages.map(({ source, title, score }) => ({ source, title, score })),
      ms: Math.round(performance.now() - startedAt),
    });
    return {
      kind: 'answered',
      turn,
      text: words.text,
      flagged: outcomes.some((outcome) => outcome !== 'passed'),
      aborted: words.isCut === true || outcomes.includes('refused'),
      sources,
      ...(handoff ? { handoff } : {}),
      calls,
      run,
    };
  }
}

/** What was said, by which model, and on which knowledge it rests. */
type Words = { text: string; model: string; sources: string[]; isCut?: boolean };

/** The models before `offline`, which needs nothing and so never fails: what stands after it is never asked. */
function chosen(all: ModelChoice[]): { choices: ModelChoice[]; thenOffline: boolean } {
  const at = all.findIndex(({ model }) => model === 'offline');
  return at === -1 ? { choices: all, thenOffline: false } : { choices: all.slice(0, at), thenOffline: true };
}

async function askBeside(
  modelsOf: (choices: ModelChoice[]) => (question: Parameters<ReturnType<typeof createAskModels>>[0]) => Promise<Step>,
  own: ModelChoice[],
  tokens: number,
  { system, text, model, maxTokens, timeoutMs, signal }: SideQuestion,
): Promise<string | undefined> {
  const named = model === undefined ? own : [{ ...placeOf(model, own), model }];
  const choices = named.filter((choice) => choice.model !== 'offline');
  if (choices.length === 0 || tokens <= 0) return undefined;
  const time = deadline(timeoutMs, signal);
  try {
    const { text: said } = await modelsOf(
      choices.map((choice) => ({ ...choice, maxTokens: maxTokens ?? choice.maxTokens })),
    )({
      system,
      messages: [{ role: 'user', content: text }],
      tools: new Map(),
      signal: time.signal,
      deadline: performance.now() + timeoutMs,
    });
    return said;
  } finally {
    time.done();
  }
}

/** A model that is only named is asked where, and with the key with which, the assistant asks others of its provider. */
function placeOf(model: string, own: ModelChoice[]): Partial<ModelChoice> {
  const like = own.find((choice) => providerOf(choice) === providerOf({ model }));
  return like ? { apiKey: like.apiKey, baseUrl: like.baseUrl } : {};
}

function spentSentence(limit: string, value: number): string {
  const whose =
    limit === 'tokens_per_day' ? 'The assistant has used its tokens of today' : 'The session has used its tokens';
  return `${whose} (limits.${limit} is ${value}).`;
}
