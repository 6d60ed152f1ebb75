import { sentences } from '../knowledge/paragraphs.ts';
import { languageOf } from '../language.ts';
import { plain } from './disguise.ts';

export type Grounding = {
  /** How much of what the answer says rests on what was found, from 0 to 1; undefined if it says nothing that could. */
  score: number | undefined;
  /** Whether a sentence says something that was not found. */
  isUnfounded(sentence: string): boolean;
};

/** Below this, a sentence rests on nothing. */
const FOUNDED = 0.5;
/** What a sentence is worth in which a number or address is made up, however familiar its words are. */
const MADE_UP = 0.1;

const fillers = new Set(
  `the and for are was were been being have has had does did doing will would could should shall may might must can cannot
  this that these those there here with from into onto about your you our ours their they them his her its who whom whose which
  what when where why how all any both each few more most other some such only own same than too very just also please thank
  thanks sorry welcome happy glad sure yes not but then well feel free let know help like need want get got use please hello
  der die das und ist sind ein eine mit für auf von bei wir sie ihr ich nicht auch los las con por para que una del les des est
  pour avec vous nous pas dans che non per della gli`.split(/\s+/),
);
/** What is said in every talk and rests on nothing but manners, or on the assistant's not knowing. */
const MANNERS =
  /^(?:hi|hello|hey|dear|thanks?|thank you|sorry|you're welcome|welcome|great|sure|of course|certainly|ok|okay|yes|no|goodbye|bye|have a)\b|\b(?:anything else|let me know|happy to help|glad to help|feel free|i (?:do not|don't) (?:know|have)|i (?:could not|couldn't|cannot|can't|found no|found nothing)|not sure|a (?:colleague|human|person)|reach out|get back to you|take over)\b/;
const numberWords: Record<string, string> = Object.fromEntries(
  'zero one two three four five six seven eight nine ten eleven twelve'
    .split(' ')
    .map((word, number) => [word, String(number)]),
);

/**
 * Measures how much of an answer rests on the texts that were found for it and on what its user said: per sentence the share
 * of its telling words that stand in them, and of its numbers, addresses and links, which have to. Only numbers and links
 * are compared where the texts are in another language, or where nothing was found at all.
 */
export function groundedness(answer: string, found: { evidence: string[]; given: string[] }): Grounding {
  const all = [...found.evidence, ...found.given].join('\n');
  const known = { stems: new Set(stemsOf(all)), facts: new Set(factsOf(all)) };
  const language = languageOf(answer);
  const theirs = languageOf(found.evidence.join('\n'));
  const factsOnly =
    found.evidence.length === 0 || (language !== undefined && theirs !== undefined && language !== theirs);

  const supportOf = (sentence: string): { support: number; weight: number } | undefined => {
    const facts = factsOf(sentence);
    const stems = stemsOf(sentence);
    const isClaim = !plain(sentence).trim().endsWith('?') && (facts.length > 0 || (!factsOnly && stems.length >= 3));
    if (!isClaim || (facts.length === 0 && MANNERS.test(plain(sentence)))) return undefined;
    if (facts.some((fact) => !known.facts.has(fact))) return { support: MADE_UP, weight: stems.length + 3 };
    if (factsOnly) return { support: 1, weight: 1 };
    const held = stems.filter((stem) => known.stems.has(stem)).length;
    return { support: (held + 2 * facts.length) / (stems.length + 2 * facts.length || 1), weight: stems.length + 1 };
  };

  let weights = 0;
  let supported = 0;
  for (const { start, end } of sentences(answer)) {
    const judged = supportOf(answer.slice(start, end));
    if (!judged) continue;
    weights += judged.weight;
    supported += judged.weight * judged.support;
  }
  return {
    score: weights === 0 ? undefined : supported / weights,
    isUnfounded: (sentence) => (supportOf(sentence)?.support ?? 1) < FOUNDED,
  };
}

/** The beginnings of words that mean something: nearly all languages bend the ends. */
function stemsOf(text: string): string[] {
  const words =
    plain(text).match(/\p{L}[\p{L}\p{M}]{2,}|[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/gu) ?? [];
  return words.filter((word) => !fillers.has(word)).map((word) => word.slice(0, 5));
}

/** Bounded, so that a long run of letters is not read again from each of them. */
const ADDRESS = /(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,8}|(?:https?:\/\/|www\.)[^\s)>\]]+/g;

/** What is right or wrong, and nothing between: numbers, mail addresses, web addresses. */
function factsOf(text: string): string[] {
  const lower = plain(text).replace(/\p{L}+/gu, (word) => numberWords[word] ?? word);
  const addresses = lower.match(ADDRESS) ?? [];
  const rest = lower.replace(ADDRESS, ' ');
  const numbers = rest.match(/\d+(?:[.,:]\d+)*/g) ?? [];
  return [...addresses.map((each) => each.replace(/[.,;:!?]+$/, '')), ...numbers.map(normalised)];
}

/** 1,000 is 1000, 9:00 is 9, and 5.50 is 5.5. */
function normalised(number: string): string {
  const plainNumber = number.replace(/[,.](?=\d{3}(?:\D|$))/g, '').replace(',', '.');
  return plainNumber
    .replace(/:00$/, '')
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '')
    .replace(/^0+(?=\d)/, '');
}
