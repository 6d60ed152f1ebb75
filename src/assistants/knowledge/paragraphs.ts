/** A stretch of a text. Everything here works on stretches, so that a quotation is always verbatim. */
export type Span = { start: number; end: number };

/** The text of a paragraph begins with its heading, if it has one. */
export type Paragraph = Span & { headed: boolean };

const MARKED_HEADING = /^(#{1,6}\s.*|.{1,80}:)$/;
/** A short line that stands alone and is no sentence. Digits and list marks belong to facts, not to headings. */
const PLAIN_HEADING = /^[^\d\s*•-][^\d.!?,;]{1,58}[^\d\s.!?,;]$/;

/** Paragraphs stand between blank lines; a heading belongs to the paragraph below it. */
export function paragraphs(text: string): Paragraph[] {
  const lines = [...text.matchAll(/\S(?:.*\S)?/g)].map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
    text: match[0],
  }));
  const found: Paragraph[] = [];
  let openHeading = false;
  lines.forEach((line, index) => {
    const isApart = (from: number, to: number) => text.slice(from, to).split('\n').length > 2;
    const previous = lines[index - 1];
    const next = lines[index + 1];
    const afterBlank = !previous || isApart(previous.end, line.start);
    const isHeading =
      MARKED_HEADING.test(line.text) ||
      (afterBlank && next !== undefined && isApart(line.end, next.start) && PLAIN_HEADING.test(line.text));
    const current = found.at(-1);
    if (current && (openHeading || !(afterBlank || isHeading))) current.end = line.end;
    else found.push({ start: line.start, end: line.end, headed: isHeading });
    openHeading = isHeading;
  });
  return found;
}

/** A section is a heading with all paragraphs up to the next; a paragraph under no heading stands for itself. */
export function sections(text: string): Span[] {
  const found: Paragraph[] = [];
  for (const paragraph of paragraphs(text)) {
    const current = found.at(-1);
    if (current?.headed && !paragraph.headed) current.end = paragraph.end;
    else found.push(paragraph);
  }
  return found;
}

/** White space after a full stop and before anything but a small letter; a line break; the full stops of CJK texts. */
const SENTENCE_END = /(?=\s)(?<=[.!?…]["'”’)\]]{0,3})\s+(?=[^\s\p{Ll}])|\n|(?<=[。！？])/gu;

/** Sentences, without the white space around them. (Intl.Segmenter takes a minute for a megabyte.) */
export function sentences(text: string): Span[] {
  const found: Span[] = [];
  let from = 0;
  const add = (to: number) => {
    const part = text.slice(from, to);
    const start = from + part.length - part.trimStart().length;
    const end = from + part.trimEnd().length;
    if (end > start) found.push({ start, end });
  };
  for (const { index, 0: space } of text.matchAll(SENTENCE_END)) {
    add(index);
    from = index + space.length;
  }
  add(text.length);
  return found;
}

/** Cuts at most `limit` characters off the front, at the end of a word if there is one. */
export function pieces(text: string, limit: number): Span[] {
  const found: Span[] = [];
  let start = 0;
  while (text.length - start > limit) {
    const room = text.slice(start, start + limit);
    const wordEnd = room.search(/\s\S*$/);
    // A surrogate pair stays whole.
    const cut = wordEnd > 0 ? wordEnd : /[\uD800-\uDBFF]$/.test(room) ? limit - 1 : limit;
    found.push({ start, end: start + cut });
    start += cut;
    while (/\s/.test(text[start] ?? '')) start += 1;
  }
  if (start < text.length) found.push({ start, end: text.length });
  return found;
}
