import type { LoadedAssistant } from '../assistant-store.ts';
import type { Mode } from '../providers/provider.ts';

/** Something that was said before in the session. */
export type Said = { role: 'user' | 'assistant'; text: string };

/** One message on its way to its answer, as checks and memory see it. */
export type Turn = {
  assistant: LoadedAssistant;
  accountSid: string;
  sessionId: string;
  identity: string;
  mode: Mode;
  /** Of the answer that is to come. */
  messageId: string;
  /** What the user said, to the letter. */
  userText: string;
  /** Aborted when nobody waits for the answer any more, or at the deadline of the turn. */
  signal: AbortSignal;
  /**
   * Puts a question of our own to a model, beside the talk: the one that is named, or else those of the assistant in their
   * order. Its tokens count like any. Undefined if there is no model to ask: the assistant is offline, or its tokens are
   * spent. Throws if no model answers. Takes a signal of its own, because a question may outlive the turn.
   */
  askModel(question: SideQuestion): Promise<string | undefined>;
};

export type SideQuestion = {
  system: string;
  text: string;
  /** `provider/model`, in place of those of the assistant. */
  model?: string;
  maxTokens?: number;
  timeoutMs: number;
  signal: AbortSignal;
};

/** What one check found, as it is stored in `meta.run.guardrails`. */
export type CheckResult = {
  check: string;
  /** `passed`, or what was found. */
  verdict: string;
  score?: number;
  action: 'allow' | 'rewrite' | 'flag' | 'refuse';
};

/** What all checks made of a text. */
export type Checked = {
  /** As it was, or rewritten; of a refused one, what is said in its place. */
  text: string;
  outcome: 'passed' | 'flagged' | 'refused';
  results: CheckResult[];
};

/** What an answer may rest on: a passage of knowledge, or the result of a tool. */
export type Evidence = { kind: 'knowledge' | 'tool'; source: string; text: string };

/** The guardrails of a turn: before a model hears the message, and before anybody hears the answer. */
export type Checks = {
  checkInput(turn: Turn): Promise<Checked>;
  /** `given` is what the answer may repeat beside its evidence: what was said and known before. */
  checkOutput(turn: Turn, answer: { text: string; evidence: Evidence[]; given: string[] }): Promise<Checked>;
  /** Stands before somebody who hears the answer while it comes; undefined if only `checkOutput` can say what may be told. */
  gate(turn: Turn, listener: AnswerListener): AnswerListener | undefined;
};

/** Hears an answer as it comes. */
export type AnswerListener = {
  onText(piece: string): void;
  /** What was heard so far is no part of the answer. */
  onRestart(): void;
};

/** What is remembered of a user, and of the session. */
export type Memory = {
  recall(turn: Turn): Promise<{
    /** What the prompt should say about the user, and about what was said too long ago to stand in the history. */
    prompt?: string;
    /** What was said before, within a budget, oldest first. */
    history: Said[];
  }>;
  /** The assistant was told a lasting fact about the user. */
  remember(turn: Turn, fact: { name: string; value: string }): Promise<void>;
  /** The exchange is stored, and the answer on its way. Nobody waits for this. */
  afterTurn(turn: Turn, exchange: { userMessageId: string; messageId: string; answer: string }): Promise<void>;
};

/** How an answer came about, as it is stored in `meta.run` of the assistant's message. */
export type Run = {
  /** The model that said it. */
  model: string;
  attempts: { model: string; ms: number; error?: string }[];
  usage: { inputTokens: number; outputTokens: number };
  tools: { name: string; input: unknown; output: string; ms: number; error?: string }[];
  knowledge: { source: string; title?: string; score: number }[];
  guardrails: CheckResult[];
  ms: number;
};
