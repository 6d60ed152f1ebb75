import { sentences } from '../knowledge/paragraphs.ts';
import { tokensIn } from './tokens.ts';

/** A line to be summarised; without a speaker it is one of an earlier summary. */
export type Line = { who?: 'User' | 'Assistant'; text: string };

/** Said in every talk. */
const MANNERS =
  /^(?:hi|hello|hey|thanks?|thank you|ok|okay|yes|no|sure|of course|certainly|great|bye|goodbye|you're welcome|sorry|hallo|danke|hola|gracias|bonjour|merci)\b[^.!?]{0,24}[.!?]*$/i;

/**
 * The most telling sentences of a talk in their order, within so many tokens: those with numbers and names, what users say
 * of themselves and want, and those that hold the words which the talk comes back to. The same lines give the same summary.
 */
export function extract(lines: Line[], budget: number): string {
  const pieces = lines.flatMap(({ who, text }) =>
    sentences(text)
      .map(({ start, end }) => text.slice(start, end))
      .filter((sentence) => !MANNERS.test(sentence))
      .map((sentence) => ({ isUser: who !== 'Assistant', line: who ? `${who}: ${sentence}` : sentence, sentence })),
  );
  const frequency = new Map<string, number>();
  for (const { sentence } of pieces) {
    for (const word of new Set(wordsOf(sentence))) frequency.set(word, (frequency.get(word) ?? 0) + 1);
  }
  const scoreOf = ({ sentence, isUser }: (typeof pieces)[number], place: number) => {
    const words = wordsOf(sentence);
    const common = words.reduce((sum, word) => sum + ((frequency.get(word) ?? 1) - 1), 0) / (words.length || 1);
    const facts = (sentence.match(/\d+|(?<!\S)\S{1,64}@\S+|https?:\S+|(?<=[\p{Ll},] )\p{Lu}\p{Ll}+/gu) ?? []).length;
    const isWish = /\b(?:my|i am|i'm|i want|i need|i would|please|mein|ich|quiero|necesito|mi|je|mon|ma)\b/i.test(
      sentence,
    );
    return (
      Math.min(facts, 4) * 2 +
      (isUser ? 2 : 0) +
      (isWish ? 2 : 0) +
      Math.min(common, 3) +
      (2 * place) / (pieces.length || 1)
    );
  };

  const ranked = pieces
    .map((piece, place) => ({ ...piece, place, score: scoreOf(piece, place) }))
    .sort((one, other) => other.score - one.score || other.place - one.place);
  const chosen: typeof ranked = [];
  const seen = new Set<string>();
  let room = budget;
  for (const piece of ranked) {
    const cost = tokensIn(piece.line);
    if (cost > room || seen.has(piece.line)) continue;
    room -= cost;
    seen.add(piece.line);
    chosen.push(piece);
  }
  return chosen
    .sort((one, other) => one.place - other.place)
    .map(({ line }) => line)
    .join('\n');
}

const wordsOf = (sentence: string) => sentence.toLowerCase().match(/\p{L}{4,}/gu) ?? [];
