import { deadline } from '../../deadline.ts';
import type { Database } from '../../store/database.ts';
import type { ModelChoice } from '../model-settings.ts';
import { type ModelCalls, providerOf } from '../providers/language-model.ts';
import { described, type FailureKind } from '../providers/model-failure.ts';
import { createAskModels, type ModelCall, type Question, type Step } from './ask-models.ts';
import type { Spending } from './run-limits.ts';
import { recordUsage, type Spender, tokensLeft } from './token-usage.ts';
import type { Run, SideQuestion } from './turn.ts';

export type TurnModelsParts = {
  db: Database;
  now: () => Date;
  newId: () => string;
  models: ModelCalls;
  onModelCalled: ModelObserver;
};

/** Hears of every call of a model, and what came of it. */
export type ModelObserver = (call: {
  assistantId: string;
  model: string;
  outcome: 'answered' | FailureKind;
  ms: number;
  inputTokens: number;
  outputTokens: number;
}) => void;

/** The models of one turn: every call is noted in `run`, and what it cost is stored before anything comes of it. */
export function createTurnModels(
  parts: TurnModelsParts,
  { choices, spender, limits, run }: { choices: ModelChoice[]; spender: Spender; limits: Spending; run: Run },
) {
  const { db, now, newId, onModelCalled } = parts;
  let asked: ReturnType<typeof tokensLeft> | undefined;

  /** What may still be spent; looked up once in a turn, and never where no model is paid for. */
  function left(): ReturnType<typeof tokensLeft> {
    asked ??= tokensLeft(db, spender, limits, now());
    return asked;
  }

  /** Asks these in their order, as `createAskModels` does. */
  function asking(these: ModelChoice[]): (question: Question) => Promise<Step> {
    const ask = createAskModels(these, { calls: parts.models, onCall: note, now });
    return async (question) => {
      const step = await ask(question);
      run.usage.inputTokens += step.usage.inputTokens;
      run.usage.outputTokens += step.usage.outputTokens;
      await recordUsage(db, spender, step.usage, { id: newId(), at: now() });
      return step;
    };
  }

  function note({ model, ms, failure, usage }: ModelCall): void {
    const { assistantId } = spender;
    const { inputTokens, outputTokens } = usage ?? { inputTokens: 0, outputTokens: 0 };
    run.attempts.push({ model, ms, ...(failure ? { error: described(failure) } : {}) });
    onModelCalled({ assistantId, model, outcome: failure?.kind ?? 'answered', ms, inputTokens, outputTokens });
  }

  /** As `Turn.askModel`. */
  async function askBeside(question: SideQuestion): Promise<string | undefined> {
    const { system, text, model, maxTokens, timeoutMs, signal } = question;
    const named = model === undefined ? choices : [{ ...placeOf(model), model }];
    const these = named
      .filter((choice) => choice.model !== 'offline')
      .map((choice) => ({ ...choice, maxTokens: maxTokens ?? choice.maxTokens }));
    if (these.length === 0 || (await left()).tokens <= 0) return undefined;
    const time = deadline(timeoutMs, signal);
    try {
      const step = await asking(these)({
        system,
        messages: [{ role: 'user', content: text }],
        tools: new Map(),
        signal: time.signal,
        deadline: performance.now() + timeoutMs,
      });
      return step.text;
    } finally {
      time.done();
    }
  }

  /** A model that is only named is asked where, and with the key with which, the assistant asks others of its provider. */
  function placeOf(model: string): Pick<ModelChoice, 'apiKey' | 'baseUrl'> {
    const like = choices.find((choice) => providerOf(choice) === providerOf({ model }));
    return { apiKey: like?.apiKey, baseUrl: like?.baseUrl };
  }

  return { left, ask: asking(choices), askBeside };
}
