/** What a channel puts around marked text; the empty string where it knows no such mark. */
export type Marks = { strong: string; emphasis: string; strike: string; code: string };

type MarkChar = '*' | '_' | '~';

/** A run of emphasis markers: those still unmatched, and what the matched ones became. */
type Run = { char: MarkChar; left: number; closes: string; opens: string; at: number };

type Bracket = { image: boolean; at: number };

const token =
  /\\[!-/:-@[-`{-~]|`+|\*+|_+|~+|!?\[|\]|<(?:https?:|mailto:|tel:)[^\s<>]*>|https?:\/\/(?:[^\s<>[\]`"*]|\*(?!\*))+/gi;
const linkTarget = /\(\s*(<[^<>]*>|[^\s()<>]*(?:\([^\s()]*\)[^\s()]*)*)(?:\s+(?:"[^"]*"|'[^']*'))?\s*\)/y;

/**
 * The inline Markdown of one line as the channel shows it. A simplified CommonMark: emphasis that starts in the middle
 * of a word or number is none (snake_case, 2*3*4, 2**8), and bare URLs are left alone.
 */
export function inlineText(line: string, marks: Marks): string {
  const pieces: (string | Run)[] = [];
  const openRuns: Record<MarkChar, Run[]> = { '*': [], _: [], '~': [] };
  let brackets: Bracket[] = [];
  let at = 0;

  /** Markers opened after a piece can no longer be closed by what comes behind it. */
  const forgetRunsAfter = (piece: number) => {
    for (const runs of Object.values(openRuns)) while ((runs.at(-1)?.at ?? -1) > piece) runs.pop();
  };

  const addRun = (char: MarkChar, start: number, length: number) => {
    const run: Run = { char, left: length, closes: '', opens: '', at: pieces.length };
    pieces.push(run);
    if (length > 3 || (char === '~' && length !== 2)) return;
    const openers = openRuns[char];
    if (canClose(line, start, length)) {
      for (let opener = openers.at(-1); opener && run.left > 0; opener = openers.at(-1)) {
        forgetRunsAfter(opener.at);
        const used = Math.min(opener.left, run.left, 2);
        const mark = char === '~' ? marks.strike : used === 2 ? marks.strong : marks.emphasis;
        opener.left -= used;
        opener.opens = mark + opener.opens;
        run.left -= used;
        run.closes += mark;
        if (opener.left === 0) openers.pop();
      }
    }
    if (run.left > 0 && canOpen(line, start, length)) openers.push(run);
  };

  /** The code span that starts with `length` backticks; anything but one to three backticks is text. */
  const addCode = (start: number, length: number): number => {
    const end = length > 3 ? -1 : closingBackticks(line, start + length, length);
    if (end === -1) {
      pieces.push('`'.repeat(length));
      return start + length;
    }
    const mark = length === 1 ? marks.code : marks.code.repeat(3);
    pieces.push(mark + codeIn(line.slice(start + length, end)) + mark);
    return end + length;
  };

  const closeBracket = (start: number): number => {
    const bracket = brackets.pop();
    linkTarget.lastIndex = start + 1;
    const target = bracket && linkTarget.exec(line);
    if (!bracket || !target) {
      pieces.push(']');
      return start + 1;
    }
    const label = render(pieces.splice(bracket.at).slice(1));
    pieces.push(linkText(label, unescaped(target[1] ?? ''), bracket.image));
    forgetRunsAfter(bracket.at - 1);
    // A link may hold an image, and nothing else of the kind.
    const around = brackets.at(-1);
    brackets = bracket.image && around && !around.image ? [around] : [];
    return linkTarget.lastIndex;
  };

  token.lastIndex = 0;
  for (let match = token.exec(line); match; match = token.exec(line)) {
    const found = match[0];
    const start = match.index;
    if (start > at) pieces.push(line.slice(at, start));
    at = start + found.length;
    const first = found.charAt(0);
    if (first === '\\') pieces.push(found.slice(1));
    else if (first === '`') at = addCode(start, found.length);
    else if (first === '*' || first === '_' || first === '~') addRun(first, start, found.length);
    else if (first === ']') at = closeBracket(start);
    else if (first === '<') pieces.push(found.slice(1, -1));
    else if (found.endsWith('[')) {
      brackets.push({ image: first === '!', at: pieces.length });
      pieces.push(found);
    } else {
      const url = withoutTrailingPunctuation(found);
      pieces.push(url);
      at = start + url.length;
    }
    token.lastIndex = at;
  }
  pieces.push(line.slice(at));
  return render(pieces);
}

function render(pieces: (string | Run)[]): string {
  let text = '';
  for (const piece of pieces) {
    text += typeof piece === 'string' ? piece : piece.closes + piece.char.repeat(piece.left) + piece.opens;
  }
  return text;
}

function canOpen(line: string, start: number, length: number): boolean {
  // Two stars may open inside a word of a script that writes without spaces.
  const inWord = length > 1 && line[start] !== '_' ? /[A-Za-z0-9/\\=]/ : /[\p{L}\p{N}/\\=@&#%]/u;
  return /\S/.test(line.charAt(start + length)) && !inWord.test(line.charAt(start - 1));
}

function canClose(line: string, start: number, length: number): boolean {
  if (!/\S/.test(line.charAt(start - 1))) return false;
  return line[start] !== '_' || !/[\p{L}\p{N}/\\=]/u.test(line.charAt(start + length));
}

function closingBackticks(line: string, from: number, length: number): number {
  for (let start = line.indexOf('`', from); start !== -1; ) {
    let end = start + 1;
    while (line[end] === '`') end++;
    if (end - start === length) return start;
    start = line.indexOf('`', end);
  }
  return -1;
}

/** One space on both sides only keeps backticks within the code apart from those around it. */
function codeIn(text: string): string {
  return text.startsWith(' ') && text.endsWith(' ') && text.trim() !== '' ? text.slice(1, -1) : text;
}

function linkText(label: string, target: string, image: boolean): string {
  const url = target.startsWith('<') ? target.slice(1, -1) : target;
  if (label === '' || label === url) return url;
  if (url === '' || url === `mailto:${label}` || url === `tel:${label}`) return label;
  return image ? `${label} ${url}` : `${label} (${url})`;
}

function unescaped(text: string): string {
  return text.replace(/\\([!-/:-@[-`{-~])/g, '$1');
}

function withoutTrailingPunctuation(url: string): string {
  let end = url.length;
  while (end > 0 && "*_~.,;:!?'".includes(url.charAt(end - 1))) end--;
  return url.slice(0, end);
}
