import type { AnswerListener, Checked, CheckResult, Checks, Evidence, Turn } from '../agent/turn.ts';
import type { Guardrails } from '../api/settings.ts';
import { sentences } from '../knowledge/paragraphs.ts';
import { type Finding, FOUND } from './finding.ts';
import { groundedness } from './groundedness.ts';
import { injection } from './injection.ts';
import { type JudgedCheck, type Judgement, judge } from './judge.ts';
import { leakedInstructions } from './leaked-instructions.ts';
import { moderateInput, moderateOutput } from './moderation.ts';

type Action = CheckResult['action'];

/** What an assistant does that does not say otherwise. */
const defaultActions: Record<JudgedCheck, Action> = {
  prompt_injection: 'refuse',
  // Whoever is in danger should be heard.
  input_moderation: 'flag',
  output_moderation: 'refuse',
  leaked_instructions: 'refuse',
  groundedness: 'flag',
};
const DEFAULT_THRESHOLD = 0.5;
const DEFAULT_REFUSAL = 'Sorry, I cannot help with that. Is there something else that I can do for you?';
/** So sure are the rules that no model is asked, nor can one be talked out of it. */
const CERTAIN = 0.9;

/** One check of one text. */
type Check = {
  name: JudgedCheck;
  action: Action;
  finding: Finding & { found: boolean };
  /** Whether a sentence is part of what was found. */
  isBad: (sentence: string) => boolean;
  /** A score of groundedness counts the other way round. */
  upsideDown?: boolean;
};

export type CheckObserver = (
  result: CheckResult & { outcome: 'passed' | 'allowed' | 'flagged' | 'rewritten' | 'refused' },
) => void;

/** The guardrails: by rules always and, where a model is named, by what it thinks as well. */
export function createChecks(observe: CheckObserver): Checks {
  return {
    async checkInput(turn) {
      const { userText } = turn;
      const checks = (text: string) => [
        byScore(turn, 'prompt_injection', text, injection),
        byScore(turn, 'input_moderation', text, moderateInput),
      ];
      return concluded(turn, userText, checks, { MESSAGE: userText });
    },

    async checkOutput(turn, { text: answer, evidence, given }) {
      const checks = (text: string) => outputChecks(turn, text, evidence, given);
      return concluded(turn, answer, checks, {
        INSTRUCTIONS: turn.assistant.personality_prompt,
        EVIDENCE: evidence.map(({ source, text }) => `${source}: ${text}`).join('\n\n'),
        'SAID BEFORE': given.filter((each) => each !== '').join('\n'),
        MESSAGE: turn.userText,
        ANSWER: answer,
      });
    },

    gate({ assistant }, listener) {
      const actions = (['output_moderation', 'leaked_instructions', 'groundedness'] as const).map((name) => ({
        name,
        action: actionOf(assistant.guardrails, name),
      }));
      const stops = actions.filter(({ action }) => action === 'refuse' || action === 'rewrite').map(({ name }) => name);
      // Only the rules are quick enough to hear every sentence, and what an answer rests on is not known before its end.
      if (stops.includes('groundedness') || (stops.length > 0 && assistant.guardrails.model !== undefined))
        return undefined;
      if (stops.length === 0) return listener;
      return gated(listener, (text) => {
        const bad = stops.includes('output_moderation') && moderateOutput(text).score >= FOUND;
        return (
          bad ||
          (stops.includes('leaked_instructions') &&
            leakedInstructions(text, assistant.personality_prompt).score >= FOUND)
        );
      });
    },
  };

  /** Runs the checks, asks the model about those that the rules are not sure of, and does what the settings say. */
  async function concluded(
    turn: Turn,
    text: string,
    checksOf: (text: string) => Check[],
    parts: Record<string, string>,
  ): Promise<Checked> {
    const byRules = checksOf(text);
    const isOver = byRules.some(({ action, finding }) => action === 'refuse' && finding.score >= CERTAIN);
    const open = isOver ? [] : byRules.filter(({ action, finding }) => action !== 'allow' && finding.score < CERTAIN);
    const judged = await judge(
      turn,
      open.map(({ name }) => name),
      parts,
    );
    const checks = judged ? byRules.map((check) => judgedCheck(turn, check, judged[check.name])) : byRules;

    const results: CheckResult[] = checks.map(({ name, action, finding, upsideDown }) => ({
      check: name,
      verdict: finding.found ? finding.why.join(', ') || 'found' : 'passed',
      score: rounded(upsideDown ? 1 - finding.score : finding.score),
      action: finding.found ? action : 'allow',
    }));
    const rewriting = checks.filter(({ action, finding }) => finding.found && action === 'rewrite');
    const refusing = checks.some(({ action, finding }) => finding.found && action === 'refuse');
    const rewritten = refusing || rewriting.length === 0 ? text : without(text, rewriting);
    // What is left has to pass by itself.
    const isMended =
      rewritten !== text &&
      rewritten.trim() !== '' &&
      !checksOf(rewritten).some(({ name, finding }) => finding.found && rewriting.some((each) => each.name === name));
    const refused = refusing || (rewriting.length > 0 && !isMended);
    if (refused) for (const result of results) if (result.action === 'rewrite') result.action = 'refuse';
    for (const result of results) observe({ ...result, outcome: outcomeOf(result) });
    if (refused)
      return { text: turn.assistant.guardrails.refusal_text ?? DEFAULT_REFUSAL, outcome: 'refused', results };
    const flagged = results.some(({ action }) => action === 'flag' || action === 'rewrite');
    return { text: rewritten, outcome: flagged ? 'flagged' : 'passed', results };
  }
}

const actionOf = (guardrails: Guardrails, name: JudgedCheck): Action => guardrails[name] ?? defaultActions[name];

function byScore(turn: Turn, name: JudgedCheck, text: string, rules: (text: string) => Finding): Check {
  const finding = rules(text);
  return {
    name,
    action: actionOf(turn.assistant.guardrails, name),
    finding: { ...finding, found: finding.score >= FOUND },
    isBad: (sentence) => rules(sentence).score >= FOUND,
  };
}

function outputChecks(turn: Turn, answer: string, evidence: Evidence[], said: string[]): Check[] {
  const { guardrails, personality_prompt, knowledge } = turn.assistant;
  const checks = [byScore(turn, 'output_moderation', answer, moderateOutput)];
  if (personality_prompt.trim() !== '') {
    const leak = leakedInstructions(answer, personality_prompt);
    checks.push({
      name: 'leaked_instructions',
      action: actionOf(guardrails, 'leaked_instructions'),
      finding: { ...leak, found: leak.score >= FOUND },
      isBad: leak.isLeaked,
    });
  }
  // Where there is nothing to look up, an answer is no worse for resting on nothing.
  if (evidence.length > 0 || knowledge.length > 0) {
    const given = [
      ...said,
      ...knowledge.flatMap(({ name, description }) => [name, description]),
      personality_prompt,
      turn.userText,
      turn.assistant.name,
      turn.assistant.owner,
      turn.identity,
    ];
    const grounding = groundedness(answer, { evidence: evidence.map(({ text }) => text), given });
    if (grounding.score !== undefined) {
      checks.push({
        name: 'groundedness',
        action: actionOf(guardrails, 'groundedness'),
        finding: {
          score: 1 - grounding.score,
          found: grounding.score < (guardrails.groundedness_threshold ?? DEFAULT_THRESHOLD),
          why: ['unfounded'],
        },
        isBad: grounding.isUnfounded,
        upsideDown: true,
      });
    }
  }
  return checks;
}

/** The check as the model sees it, whose opinion counts where the rules are not certain. */
function judgedCheck(turn: Turn, check: Check, opinion: Judgement[JudgedCheck]): Check {
  if (!opinion || check.finding.score >= CERTAIN) return check;
  const limit = check.upsideDown ? 1 - (turn.assistant.guardrails.groundedness_threshold ?? DEFAULT_THRESHOLD) : FOUND;
  const found = check.upsideDown ? opinion.score > limit : opinion.score >= limit;
  return {
    ...check,
    finding: { score: opinion.score, found, why: ['by_model'] },
    isBad: (sentence) =>
      check.isBad(sentence) || opinion.quotes.some((quote) => quote.includes(sentence) || sentence.includes(quote)),
  };
}

/** The text without the sentences in which something was found. */
function without(text: string, checks: Check[]): string {
  let kept = '';
  let from = 0;
  for (const { start, end } of sentences(text)) {
    const sentence = text.slice(start, end);
    if (!checks.some(({ isBad }) => isBad(sentence))) kept += text.slice(from, end);
    from = end;
  }
  return (kept + text.slice(from)).trim();
}

/** What was told before is looked at again so far back: all of it after every sentence would hold everybody up. */
const LOOK_BACK = 2_000;

/** Tells an answer sentence by sentence, as long as the checks find nothing in what is told. */
function gated(listener: AnswerListener, isBad: (text: string) => boolean): AnswerListener {
  let heard = '';
  let told = 0;
  let stopped = false;
  return {
    onText(piece) {
      heard += piece;
      if (stopped) return;
      const complete = told + (sentences(heard.slice(told)).at(-2)?.end ?? 0);
      if (complete === told) return;
      if (isBad(heard.slice(Math.max(0, told - LOOK_BACK), complete))) {
        stopped = true;
        listener.onRestart();
        return;
      }
      listener.onText(heard.slice(told, complete));
      told = complete;
    },
    onRestart() {
      heard = '';
      told = 0;
      stopped = false;
      listener.onRestart();
    },
  };
}

const outcomes = { allow: 'allowed', flag: 'flagged', rewrite: 'rewritten', refuse: 'refused' } as const;
const outcomeOf = ({ verdict, action }: CheckResult) => (verdict === 'passed' ? 'passed' : outcomes[action]);
const rounded = (score: number) => Math.round(score * 100) / 100;
