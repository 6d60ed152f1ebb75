import { learned } from './learned-words.ts';

/** Words are known by their beginnings, and two in a row count as well. */
export function wordingOf(text: string): string[] {
  const stems = (text.match(/[\p{L}\p{M}\p{N}']+/gu) ?? []).map((word) => word.slice(0, 6));
  return [...new Set([...stems, ...stems.slice(1).map((stem, index) => `${stems[index]}_${stem}`)])];
}

/** So few words say nothing. */
const LEAST = 3;

const weights = new Map(
  learned.words
    .trim()
    .split(/\s+/)
    .map((entry) => {
      const at = entry.lastIndexOf('=');
      return [entry.slice(0, at), Number(entry.slice(at + 1))] as const;
    }),
);

/** How likely the words of a text, as `plain` writes them, are those of an attack: what was learnt from labelled messages. */
export function wording(text: string): number {
  const known = wordingOf(text).flatMap((word) => weights.get(word) ?? []);
  if (known.length < LEAST) return 0;
  return 1 / (1 + Math.exp(-(learned.bias + known.reduce((sum, weight) => sum + weight, 0) / Math.sqrt(known.length))));
}
