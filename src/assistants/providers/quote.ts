import { paragraphs, pieces, type Span, sections, sentences } from '../knowledge/paragraphs.ts';

/**
 * The part of a passage to quote: at most `limit` characters around where the asked-for words (at the offsets `matches`)
 * stand closest together, verbatim. A whole section if it fits, else paragraphs, else sentences.
 */
export function quote(text: string, matches: number[], limit: number): string {
  let whole: Span = { start: 0, end: text.length };
  for (const split of [sections, paragraphs, sentences]) {
    const { start, end } = whole;
    const parts = split(text.slice(start, end)).map((part) => ({ start: start + part.start, end: start + part.end }));
    const best = densest(parts, matches);
    whole = parts[best] ?? whole;
    if (whole.end - whole.start > limit) continue;
    // The next section is about something else; the next paragraph or sentence goes on about the same.
    const isAbout = split === sections && matches.length > 0;
    return slice(text, isAbout ? whole : widened(parts, best, limit));
  }
  // Three dots, as the one-character ellipsis would make a text message twice as dear.
  const [{ start, end }] = pieces(slice(text, whole), limit - 3) as [Span];
  return `${text.slice(whole.start + start, whole.start + end)}...`;
}

const slice = (text: string, { start, end }: Span) => text.slice(start, end);

/** The index of the part with the most matches, the earliest of equals. */
function densest(parts: Span[], matches: number[]): number {
  const counts = parts.map(({ start, end }) => matches.filter((match) => match >= start && match < end).length);
  return Math.max(0, counts.indexOf(Math.max(...counts)));
}

/** What follows is more often the rest of an answer than what goes before. */
function widened(parts: Span[], index: number, limit: number): Span {
  const { start, end } = parts[index] as Span;
  const fits = (part: Span) => part.end - start <= limit;
  const last = parts.slice(index).filter(fits).at(-1)?.end ?? end;
  const first = parts.slice(0, index).find((part) => last - part.start <= limit)?.start ?? start;
  return { start: first, end: last };
}
