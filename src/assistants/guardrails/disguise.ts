/** One way in which a text can be read. `disguise` names what had to be undone for it. */
export type Reading = { text: string; disguise?: Disguise };
type Disguise = 'spacing' | 'leet' | 'base64' | 'hex' | 'percent' | 'rot13' | 'reversed';

/** Zero width and bidirectional marks, variation selectors, tags: nothing that a customer sees. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;
/** Accents above and below Latin, Greek and Cyrillic letters; in other scripts marks are letters of their own. */
const ACCENT = /[\u0300-\u036F]/g;

/** Letters that look like Latin ones (Unicode TR39, those that fonts really draw alike). */
const lookAlikes = new Map<string, string>();
for (const [foreign, latin] of [
  ['авеёікмнорстухѕјԁԛԝӏгпьѵһ', 'abeeikmhopctyxsjdqwlrnbvh'],
  ['αβγεικνορτυχωη', 'abyeikvoptuxwn'],
  ['ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢɡɑ', 'abcdefghijklmnoprstuvwyzga'],
] as const) {
  [...foreign].forEach((letter, index) => {
    lookAlikes.set(letter, latin[index] as string);
  });
}
const plainLetters: Record<string, string> = { ı: 'i', ł: 'l', ø: 'o', đ: 'd', ħ: 'h', ß: 'ss', æ: 'ae', œ: 'oe' };

/** A text as its reader sees it, in small letters: what Unicode offers for hiding words is undone. */
export const plain = (text: string) => unveiled(text).replace(/[^\S\n]+/g, ' ');

/** Most texts: nothing can hide in them. */
const ASCII = /^\p{ASCII}*$/u;

function unveiled(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase().replaceAll('`', "'");
  return text
    .normalize('NFKC')
    .replace(INVISIBLE, '')
    .normalize('NFKD')
    .replace(ACCENT, '')
    .normalize('NFC')
    .toLowerCase()
    .replace(/[\p{L}\p{M}]+/gu, latinised)
    .replace(/[ıłøđħßæœ]/g, (letter) => plainLetters[letter] as string)
    .replace(/[’‘`´]/g, "'")
    .replace(/[“”«»„]/g, '"')
    .replace(/[‐-―]/g, '-');
}

/** Foreign letters amid Latin ones are there for their looks; a word that is all Cyrillic or Greek is a word. */
function latinised(word: string): string {
  const isMixed = /[a-z]/.test(word) && /[^a-z]/.test(word);
  const isDrawn = /[ᴀ-ᴢꜰꜱɪʀʏʙɢʜʟɴ]/.test(word);
  return isMixed || isDrawn ? [...word].map((letter) => lookAlikes.get(letter) ?? letter).join('') : word;
}

/**
 * The text as it stands, and every other way to read it that is plausible for it: letters that are spaced out or replaced
 * by digits, and what is encoded in it.
 */
export function readings(text: string): Reading[] {
  const asItStands = plain(text);
  const found: Reading[] = [{ text: asItStands }];
  const add = (disguise: Disguise, reading: string | undefined) => {
    if (reading !== undefined && reading !== asItStands) found.push({ text: reading, disguise });
  };
  add('spacing', closedUp(unveiled(text)));
  add('leet', withoutLeet(asItStands));
  for (const [run] of text.matchAll(/[A-Za-z0-9+/_-]{16,}={0,2}/g)) add('base64', decoded(run, 'base64'));
  for (const [run] of text.matchAll(/(?:[0-9a-f]{2}[\s,:]?){10,}/gi)) {
    add('hex', decoded(run.replace(/[\s,:]/g, ''), 'hex'));
  }
  if (/%[0-9a-f]{2}.*%[0-9a-f]{2}/i.test(text)) add('percent', percentDecoded(text));
  if (/[a-z]{3}/.test(asItStands)) {
    add('rot13', asItStands.replace(/[a-z]/g, rotated));
    add('reversed', [...asItStands].reverse().join(''));
  }
  return found;
}

/** Words whose letters stand apart: `i g n o r e`, `i.g.n.o.r.e`. A wider gap is the end of a word. */
function closedUp(text: string): string | undefined {
  const spaced = /(?<![\p{L}\p{N}])(?:[\p{L}\p{N}][ ._*|~-]{1,4}){5,}[\p{L}\p{N}](?![\p{L}\p{N}])/gu;
  const closed = text.replace(spaced, (run) => run.replace(/(?<=[\p{L}\p{N}])[ ._*|~-](?=[\p{L}\p{N}])/gu, ''));
  return closed === text ? undefined : closed.replace(/[^\S\n]+/g, ' ');
}

const LEET: Record<string, string> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '8': 'b',
  '@': 'a',
  $: 's',
  '!': 'i',
  '|': 'i',
};

/** Digits in the middle of words, when most of the words have some: an order number alone is no disguise. */
function withoutLeet(text: string): string | undefined {
  const words = text.match(/[\p{L}\p{N}@$!|]+/gu) ?? [];
  const isLeet = (word: string) => /[a-z]/.test(word) && /[013457@$|]|![a-z]/.test(word.replace(/!+$/, ''));
  const leet = words.filter(isLeet);
  if (leet.length < 2 || leet.length * 4 < words.length) return undefined;
  return text.replace(/[\p{L}\p{N}@$!|]+/gu, (word) =>
    isLeet(word) ? word.replace(/[0134578@$!|]/g, (mark) => LEET[mark] as string) : word,
  );
}

/** What a run of letters stands for, if that is text. */
function decoded(run: string, encoding: 'base64' | 'hex'): string | undefined {
  const text = Buffer.from(run, encoding).toString('utf8');
  // Of two looks, each linear in a run that an attacker made as long as can be.
  const word = text.search(/\p{L}{2}/u);
  if (word === -1 || !/[\s,]/.test(text.slice(word))) return undefined;
  const readable = text.match(/[\p{L}\p{N}\s.,!?'"-]/gu)?.length ?? 0;
  return readable >= 0.95 * [...text].length ? plain(text) : undefined;
}

function percentDecoded(text: string): string | undefined {
  try {
    return plain(decodeURIComponent(text.replace(/\+/g, ' ')));
  } catch {
    return undefined;
  }
}

function rotated(letter: string): string {
  return String.fromCharCode(((letter.charCodeAt(0) - 97 + 13) % 26) + 97);
}
