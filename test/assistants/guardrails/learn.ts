import { plain } from '../../../src/assistants/guardrails/disguise.ts';
import { wordingOf } from '../../../src/assistants/guardrails/wording.ts';
import { loadDocuments } from '../knowledge/labelled/load.ts';
import { questions } from '../knowledge/labelled/questions.ts';
import * as attacks from './labelled/attacks.ts';
import * as harmless from './labelled/harmless.ts';

type Example = { words: string[]; isAttack: boolean };

/** What shops write themselves is harmless as well, and in other words than what their customers write. */
const sentences = (await loadDocuments()).flatMap(({ text }) => text.split(/(?<=[.!?])\s+|\n+/));

/** What is learnt from: never the messages that are held out. */
export const examples: Example[] = [
  ...attacks.tuning.map((text) => example(text, true)),
  ...[...harmless.tuning, ...questions.map(({ text }) => text), ...sentences].map((text) => example(text, false)),
];

function example(text: string, isAttack: boolean): Example {
  return { words: wordingOf(plain(text)), isAttack };
}

const ROUNDS = 300;
const RATE = 4;
const DECAY = 0.002;
/** A word that stands in one message alone says nothing of the next one. */
const LEAST = 2;
/** Weights below this are left out. */
const TELLING = 0.3;

/** Logistic regression by gradient descent, always with the same result. */
export function learn(from: Example[]): { bias: number; words: string } {
  const counts = new Map<string, number>();
  for (const { words } of from) for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  const known = from.map(({ words, isAttack }) => ({
    words: words.filter((word) => (counts.get(word) ?? 0) >= LEAST),
    target: isAttack ? 1 : 0,
  }));
  const weights = new Map<string, number>();
  let bias = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const slopes = new Map<string, number>();
    let biasSlope = 0;
    for (const { words, target } of known) {
      const norm = Math.sqrt(words.length || 1);
      const sum = words.reduce((total, word) => total + (weights.get(word) ?? 0), 0);
      const error = target - 1 / (1 + Math.exp(-(bias + sum / norm)));
      biasSlope += error;
      for (const word of words) slopes.set(word, (slopes.get(word) ?? 0) + error / norm);
    }
    bias += (RATE * biasSlope) / from.length;
    for (const [word, slope] of slopes) {
      const weight = weights.get(word) ?? 0;
      weights.set(word, weight * (1 - RATE * DECAY) + (RATE * slope * 10) / from.length);
    }
  }
  const telling = [...weights]
    .filter(([, weight]) => Math.abs(weight) >= TELLING)
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return {
    bias: Number(bias.toFixed(2)),
    words: telling.map(([word, weight]) => `${word}=${Number(weight.toFixed(1))}`).join(' '),
  };
}

/** The module that the guardrails read. */
export function asModule({ bias, words }: { bias: number; words: string }): string {
  const lines = words.match(/\S(?:.{0,116}\S)?(?=\s|$)/g) ?? [];
  return `/**
 * What the words of a message say for (above zero) or against its being an attack, learnt from the labelled messages of
 * test/assistants/guardrails/labelled. Written by \`npx vitest run test/assistants/guardrails/labelled.test.ts -u\`.
 */
export const learned = {
  bias: ${bias},
  words: \`
${lines.join('\n')}
\`,
};
`;
}
