import { type Reading, readings } from './disguise.ts';
import { type Finding, scored } from './finding.ts';
import { features } from './injection-features.ts';
import { wording } from './wording.ts';

/** All of it run together, for those who break words apart. */
const squeezed =
  /(?:ignore|disregard|forget|override|bypass)(?:all|any|the|your|of|these|those)*(?:previous|prior|above|earlier|preceding|system|your)(?:instruction|prompt|rule|guideline|direction|directive)|(?:reveal|show|print|output|repeat|dump)(?:me)?(?:all|the|your|of)*(?:system|hidden|secret|initial)(?:prompt|instruction|message|rule)/;

/** Chosen by cross-validation: of what is harmless, much of it with the words of attacks, one in 45 is worded so; and one in 20. */
const TELLING = 0.7;
const DOUBTFUL = 0.45;

const ofMarks = features.filter(({ name }) => name === 'marks' || name === 'exfiltration');
const ofWords = features.filter((feature) => !ofMarks.includes(feature));

/**
 * How much a message looks like an attempt to talk an assistant out of its instructions, or to get at them. The same words
 * in a customer's business ("ignore my last message", "the instructions for the shelf") count for little or nothing.
 */
export function injection(text: string): Finding {
  return readings(text)
    .map(findingOf)
    .reduce((worst, finding) => (finding.score > worst.score ? finding : worst));
}

function findingOf({ text, disguise }: Reading): Finding {
  const marks = scored(text, ofMarks);
  const spelled = inWords(text);
  const words = scored(spelled, ofWords);
  const why = [...new Set([...marks.why, ...words.why])];
  let score = marks.score + words.score;
  if (!why.includes('override')) {
    const both = together(spelled);
    score += both;
    if (both > 0) why.push('rules');
  }
  if (!why.includes('override') && squeezed.test(text.replace(/\P{L}+/gu, ''))) {
    score += 0.6;
    why.push('run_together');
  }
  // Every text can be read backwards, and has words then that it has not.
  const likely = disguise === 'rot13' || disguise === 'reversed' ? 0 : wording(spelled);
  if (likely >= DOUBTFUL) {
    score += likely >= TELLING ? 0.5 : 0.2;
    why.push('wording');
  }
  // Who hides such words has something to hide.
  if (disguise && score >= 0.3) {
    score += 0.3;
    why.push(disguise);
  }
  return { score: Math.min(1, score), why };
}

/* What a sentence speaks of, by the beginnings of its words. */
const overrideStem =
  /^(?:ignor|disregard|forget$|overrid|overrul|bypass|circumvent|skip|cancel(?:led|s)?$|void$|unlock|disabl|obey|violat|break$|vergiss|missacht|oubli|olvid|salta|dimentic|esque|negeer|zignor)/;
const rulesStem =
  /^(?:instru[ckz]|istruz|rules?$|regel|regl|regol|regul|guideline|richtli|directriz|directiv|restric|restriz|einschrank|constraint|polic(?:y|ies)$|prompt|guardrail|programming|anweisung|vorgabe|befehl|consigne)/;
const ownerStem = /^(?:your|yours|you|its|dein\p{L}*|tes|tus|tue|ton|vos|suas|jouw|je|developers?|operators?)$/u;
const earlierStem =
  /^(?:all|any|every|previous|prior|before|above|earlier|hidden|initial|whatever|everything|no|none)$/;
const speaker = /^(?:i|we|my|our|me)$/;
/** What rules are about that are no assistant's. */
const aboutThings = /^(?:for|on|about|of|posted|mention|say|says|box|label|bottle|competition|driver)$/;

/** How much a sentence speaks of putting an assistant's instructions out of force, in whatever words and order. */
function together(text: string): number {
  let most = 0;
  for (const sentence of text.split(/[.!?\n]+/)) {
    const words = sentence.match(/[\p{L}']+/gu) ?? [];
    const has = (stem: RegExp) => words.some((word) => stem.test(word));
    if (!has(overrideStem) || !has(rulesStem) || has(aboutThings)) continue;
    const score = 0.25 + (has(ownerStem) ? 0.2 : 0) + (has(earlierStem) ? 0.15 : 0) - (has(speaker) ? 0.2 : 0);
    most = Math.max(most, score);
  }
  return most;
}

const scrambled = new Map(
  [
    'ignore',
    'disregard',
    'previous',
    'instructions',
    'instruction',
    'system',
    'prompt',
    'guidelines',
    'restrictions',
    'override',
    'reveal',
  ].map((word) => [jumble(word), word]),
);

/** The same for words whose inner letters have changed places, which readers and models hardly notice. */
function jumble(word: string): string {
  return word.charAt(0) + [...word.slice(1, -1)].sort().join('') + word.charAt(word.length - 1);
}

const slang: Record<string, string> = { u: 'you', ur: 'your', r: 'are', da: 'the', rulez: 'rules', promt: 'prompt' };

/** Without marks between and within words, and in ordinary spelling. */
function inWords(text: string): string {
  return text
    .replace(/[_*~|+\\/-]+/g, ' ')
    .replace(/\.(?=\S)|\s\./g, ' ')
    .replace(/\b(?:u|ur|r|da|rulez|promt)\b/g, (word) => slang[word] as string)
    .replace(/\b[a-z]{6,12}\b/g, (word) => scrambled.get(jumble(word)) ?? word);
}
