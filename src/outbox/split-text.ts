import type { Medium } from '../thread/medium.ts';

/** How long one message may be. A chat takes 32 KB, and a character up to three bytes of them. */
export const longest: Record<Medium, number> = { sms: 1_600, whatsapp: 1_600, rcs: 1_600, chat: 10_000 };

/**
 * Cuts a text into parts of at most `limit` UTF-16 code units (at least 2), at the last paragraph end that fits, else
 * the last line or sentence end, else the last word end, else between two graphemes. Only white space at the cuts and
 * at both ends is lost. A blank text has no parts.
 */
export function splitText(text: string, limit = 1600): string[] {
  if (limit < 2) throw new RangeError(`A part of ${limit} code units cannot hold every character`);
  const parts: string[] = [];
  let rest = text.trim();
  while (rest.length > limit) {
    const end = endOfPart(rest, limit);
    parts.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  if (rest !== '') parts.push(rest);
  return parts;
}

function endOfPart(text: string, limit: number): number {
  let sentenceEnd = 0;
  let wordEnd = 0;
  for (let end = limit; end > 0; end--) {
    if (isSpace(text, end)) {
      if (isSpace(text, end - 1)) continue;
      if (startsAt(paragraphGap, text, end)) return end;
      if (wordEnd === 0) wordEnd = end;
      if (sentenceEnd === 0 && (startsAt(lineGap, text, end) || endsSentence(text, end))) sentenceEnd = end;
    } else if (sentenceEnd === 0 && endsFullWidthSentence(text, end)) {
      sentenceEnd = end;
    }
  }
  return sentenceEnd || wordEnd || lastGraphemeEnd(text, limit);
}

const paragraphGap = /[^\S\n]*\n[^\S\n]*\n/y;
const lineGap = /[^\S\n]*\n/y;

function startsAt(pattern: RegExp, text: string, index: number): boolean {
  pattern.lastIndex = index;
  return pattern.test(text);
}

function isSpace(text: string, index: number): boolean {
  return /\s/.test(text.charAt(index));
}

/** Chinese and Japanese put no space after a sentence. */
function endsFullWidthSentence(text: string, end: number): boolean {
  return /[。！？]/.test(text.charAt(end - 1)) && !/[。！？」』）”’]/.test(text.charAt(end));
}

function endsSentence(text: string, end: number): boolean {
  const tail = text.slice(Math.max(0, end - 8), end);
  // The number of a list item is no sentence.
  return /[.!?…。！？]["'”’»)\]*_~]*$/.test(tail) && !/(?:^|\s)\d+\.$/.test(tail);
}

const graphemes = new Intl.Segmenter();

/** For a single "word" longer than a part: the expensive look at graphemes happens only here. */
function lastGraphemeEnd(text: string, limit: number): number {
  const around = text.slice(0, limit + 2);
  const start = graphemes.segment(around).containing(limit)?.index;
  if (start) return start;
  return /[\uD800-\uDBFF]/.test(text.charAt(limit - 1)) && /[\uDC00-\uDFFF]/.test(text.charAt(limit))
    ? limit - 1
    : limit;
}
