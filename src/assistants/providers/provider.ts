import type { Passage } from '../knowledge/search.ts';

export type Mode = 'chat' | 'email' | 'voice';

export type GenerateInput = {
  assistant: { name: string; owner: string; personalityPrompt: string; knowledge: KnowledgeTitle[] };
  /** What was said before in the session, oldest first. */
  history: { role: 'user' | 'assistant'; text: string }[];
  userText: string;
  mode: Mode;
  /** There are models, and none of them answers at the moment. */
  standsIn: boolean;
  /** Searches the texts that are attached to the assistant. */
  search: (question: string) => Promise<Passage[]>;
  /** Aborted when nobody waits for the answer any more, or it takes too long. */
  signal: AbortSignal;
};

export type KnowledgeTitle = { name: string; description: string };

export type Generated = {
  text: string;
  /** The names of the knowledge that the answer rests on. */
  sources: string[];
};

/** Answers one message. Whatever it throws means that there is no answer. */
export type Generate = (input: GenerateInput) => Promise<Generated>;
