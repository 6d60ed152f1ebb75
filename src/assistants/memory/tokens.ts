import { storable } from '../api/fields.ts';

/** About how many tokens a text is: a little too many for most languages, which a budget forgives. */
export const tokensIn = (text: string): number => Math.ceil(Buffer.byteLength(text) / 3.6) + 4;

/** At most so many tokens of a text: its beginning and its end, for the middle is missed least. */
export function shortened(text: string, tokens: number): string {
  if (tokensIn(text) <= tokens) return text;
  const share = Math.max(0, tokens - 8) / tokensIn(text);
  const half = Math.floor((text.length * share) / 2);
  // A surrogate pair may have been cut in two.
  return storable(`${text.slice(0, half).trimEnd()} […] ${text.slice(text.length - half).trimStart()}`);
}
