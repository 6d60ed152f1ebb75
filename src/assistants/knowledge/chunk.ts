import { paragraphs, pieces, type Span, sentences } from './paragraphs.ts';

const LIMIT = 800;

/** Cuts a text into chunks of at most 800 characters, at paragraph ends if it can; a heading stays with what follows. */
export function chunk(text: string): string[] {
  const normal = text.replace(/\r\n?/g, '\n');
  const spans = paragraphs(normal).flatMap((paragraph) => fitting(normal, paragraph));
  const chunks: Span[] = [];
  for (const span of spans) {
    const current = chunks.at(-1);
    if (current && span.end - current.start <= LIMIT) current.end = span.end;
    else chunks.push({ ...span });
  }
  return chunks.map(({ start, end }) => normal.slice(start, end));
}

/** A paragraph that is too long falls into sentences, a sentence that is too long into words. */
function fitting(text: string, whole: Span): Span[] {
  if (whole.end - whole.start <= LIMIT) return [whole];
  return within(text, whole, sentences).flatMap((sentence) =>
    sentence.end - sentence.start <= LIMIT ? [sentence] : within(text, sentence, (part) => pieces(part, LIMIT)),
  );
}

function within(text: string, whole: Span, split: (part: string) => Span[]): Span[] {
  return split(text.slice(whole.start, whole.end)).map(({ start, end }) => ({
    start: whole.start + start,
    end: whole.start + end,
  }));
}
