import type { Queryable } from '../../store/database.ts';
import { paragraphs, sentences } from '../knowledge/paragraphs.ts';
import { contentWords, type Passage, searchTexts } from '../knowledge/search.ts';
import type { Generate, Generated, GenerateInput, Mode } from './provider.ts';
import { quote } from './quote.ts';

/** About three SMS segments. */
const QUOTE_LIMIT = 480;

/**
 * Answers without any model: small talk, and quotations from the assistant's knowledge and prompt found by full text search.
 * It never says anything about the world that nobody wrote down for it, and the same question gets the same answer.
 */
export function createOfflineProvider(db: Queryable): Generate {
  return async ({ assistant, userText, mode, standsIn, search, signal }) => {
    const { greeted, rest } = withoutGreeting(withoutBriefing(userText), assistant.name);
    const smallTalk = rest === '' ? introduction(assistant, greeted) : reply(rest, assistant);
    if (smallTalk !== undefined) return { text: smallTalk, sources: [] };

    const hello = greeted ? 'Hello! ' : '';
    const passages = (await search(rest)).filter(({ share }) => share >= 0.5);
    signal.throwIfAborted();
    const held = passages[0]?.words.length ?? -1;
    if (held < contentWords(rest).length) {
      const facts = await searchTexts(db, statements(assistant.personalityPrompt), rest);
      const better = facts.filter(({ words }) => words > held).map(({ text }) => text);
      if (better.length > 0) return { text: hello + quote(better.join(' '), [], QUOTE_LIMIT), sources: [] };
    }
    if (passages.length > 0) return quotation(hello, SEVERAL.test(rest) ? passages : passages.slice(0, 1), mode);
    return { text: hello + nothingFound(assistant, standsIn), sources: [] };
  };
}

/** What a gateway tells in brackets of what happened meanwhile, in front of a user's words, is nothing to search for. */
function withoutBriefing(text: string): string {
  return text.replace(/^\[.*?\]\n\n(?=\S)/s, '');
}

/** A message that may ask for more than one thing. */
const SEVERAL = /\b(?:and|also|plus|as well as)\b|[?!.,;&\n]\s*\S/i;

/** Whoever asks to be put through to somebody, in the words that people use for it. */
const CALL_FOR_HUMAN =
  /\b(?:(?:talk|speak|chat) (?:to|with)|(?:connect|put|pass|transfer|hand|switch) me (?:(?:through|over|on) )?(?:to|with)|(?:want|need|get|give me|is there|i'?d like)) (?:(?:a|an|the|some|your) )?(?:(?:real|live|actual|human) )*(?:human(?: being)?|real person|live person|agent|representative|operator|someone|somebody|colleague|(?:customer )?(?:service|support))\b|\b(?:talk|speak|chat) (?:to|with) (?:a |an actual )?person\b|\b(?:real|live|actual) person\b/i;

/** Whether a message asks for a person instead of the assistant. */
export function asksForHuman(text: string): boolean {
  return CALL_FOR_HUMAN.test(withoutBriefing(text).replace(/’/g, "'"));
}

/* Small talk */

type Assistant = GenerateInput['assistant'];

const GREETING =
  /^[^\p{L}\p{N}]*(hi+|hello+|hey+|hiya|yo|howdy|greetings|hola|hallo|bonjour|ciao|salut|good (?:morning|afternoon|evening|day))(?![\p{L}\p{N}])/iu;
const ADDRESSED =
  /^[^\p{L}\p{N}]*(there|again|all|team|everyone|everybody|folks|bot|assistant|how(?: are|'s|’re|'re) (?:you|it)(?: doing| going)?(?: today)?)(?![\p{L}\p{N}])/iu;

/** Takes the greeting, and whom it greets, off the front of a message. */
function withoutGreeting(text: string, name: string): { greeted: boolean; rest: string } {
  const greeted = GREETING.test(text);
  let rest = text;
  for (let before = ''; greeted && before !== rest; ) {
    before = rest;
    rest = rest.replace(GREETING, '').replace(ADDRESSED, '');
    const bare = rest.replace(/^[^\p{L}\p{N}]+/u, '');
    if (bare.toLowerCase().startsWith(name.toLowerCase())) rest = bare.slice(name.length);
  }
  return { greeted, rest: /[\p{L}\p{N}]/u.test(rest) ? rest.replace(/^[\s,.!;:–—-]+/, '').trim() : '' };
}

const smallTalk: [RegExp, (assistant: Assistant) => string][] = [
  [
    /^(?:(?:ok|okay|great|perfect|cool|super|awesome|alright|got it|many|no)[\s,.!]+)*(?:thanks?|thank you|thx|ty|tysm|cheers|gracias|merci|danke)(?:\s+(?:you|so much|very much|a lot|a bunch|again|for (?:your|the|all your) help|bye))*$/iu,
    () => "You're welcome! Write again any time.",
  ],
  [
    /^(?:(?:ok|okay|alright|thanks|thank you|and)[\s,.!]+)*(?:good ?bye|bye(?:[ -]?bye)?|see (?:you|ya)(?: later| soon)?|have a (?:nice|good|great) (?:day|evening|one|weekend)|good night|ciao|adios|cya)$/iu,
    () => 'Goodbye! Write again any time.',
  ],
  [
    /^(?:ok|okay|k|great|perfect|cool|alright|all right|got it|understood|i see|sounds good|super|awesome|nice|good)$/iu,
    () => 'All right. Is there anything else?',
  ],
  [/^how are you(?: doing)?(?: today)?$/iu, (assistant) => `Fine, thank you! ${introduction(assistant, false)}`],
  [
    /^(?:who|what) are you|^what(?:'s| is) your name|^are you (?:a |an )?(?:bot|robot|human|real|person|ai)\b|^(?:what|how) can you (?:do|help)(?: (?:for me|me|me with))?$|^(?:help|menu|info)(?: me)?$/iu,
    (assistant) => introduction(assistant, false),
  ],
];

function reply(text: string, assistant: Assistant): string | undefined {
  const bare = (/^.*[\p{L}\p{N}]/su.exec(text)?.[0] ?? '').replace(/’/g, "'");
  return smallTalk.find(([pattern]) => pattern.test(bare))?.[1](assistant);
}

function introduction(assistant: Assistant, greeted: boolean): string {
  const hello = greeted ? "Hello! I'm" : "I'm";
  const owner = assistant.owner ? ` of ${assistant.owner}` : '';
  const topics = topicsOf(assistant);
  const offer = topics ? `I can help with ${topics}. What would you like to know?` : 'What would you like to know?';
  return `${hello} ${assistant.name}, the automatic assistant${owner}. ${offer}`;
}

function nothingFound(assistant: Assistant, standsIn: boolean): string {
  const topics = topicsOf(assistant);
  if (standsIn) {
    const offer = topics ? ` What I can look up at the moment: ${topics}.` : '';
    return `I found nothing about that right now. Please ask again in a little while.${offer}`;
  }
  const known = topics ? `What I know about: ${topics}.` : 'So far I have been given none.';
  return `I found nothing about that. I answer without a language model, only from the texts I was given. ${known} (A model can be set up for this assistant.)`;
}

const TOPICS = 8;

/** The names of what it knows, as they would stand in a sentence. */
function topicsOf({ knowledge }: Assistant): string {
  const names = knowledge
    .slice(0, TOPICS)
    .map(({ name }) => (/^\p{Lu}\p{Ll}+(?: \p{Ll}|$)/u.test(name) ? lowerFirst(name) : name));
  if (knowledge.length > TOPICS) names.push('more');
  const last = names.pop();
  return names.length > 0 ? `${names.join(', ')} and ${last}` : (last ?? '');
}

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);

/* Quotations */

/** The best passage and, while there is room, those that hold words of the question which the ones before lack. */
function quotation(hello: string, passages: Passage[], mode: Mode): Generated {
  const covered = new Set<string>();
  const parts: string[] = [];
  const sources = new Set<string>();
  let room = QUOTE_LIMIT;
  for (const { source, content, matches, words } of passages) {
    if (parts.length > 0 && (room < 80 || words.every((word) => covered.has(word)))) continue;
    const text = quote(content, matches, room);
    parts.push(mode === 'voice' ? `From ${source}: ${text}` : `${text}\n(Source: ${source})`);
    room -= text.length;
    sources.add(source);
    for (const word of words) covered.add(word);
  }
  return { text: hello + parts.join('\n\n'), sources: [...sources] };
}

/** Sentences that speak to the assistant, or of what customers should not hear, are no facts to quote. */
const INSTRUCTION =
  /\b(?:you|your|yours|yourself|never|always|must|should|shall|don't|do not|avoid|ensure|assistant|bot|persona|prompt|tone|respond|reply|answer|users?|customers?|instructions?|secret|confidential|internal|private|password|token|key)\b/i;

/** What the prompt states as a fact: its plain sentences. */
function statements(prompt: string): string[] {
  return paragraphs(prompt)
    .flatMap(({ start, end }) => {
      const paragraph = prompt.slice(start, end);
      return sentences(paragraph).map((sentence) => paragraph.slice(sentence.start, sentence.end));
    })
    .filter((sentence) => !INSTRUCTION.test(sentence) && /[.!?]$/.test(sentence));
}
