import type { Document } from '../chunk-store.ts';
import { SourceProblem } from '../source-problem.ts';
import { decodeText } from './decode-text.ts';
import { charsetOf, requireFormat } from './media-type.ts';

/** A page or file as it came. `name` is that of the file, or the path of the URL. */
export type Original = { bytes: Uint8Array; contentType: string; name: string };

export type Extracted = { documents: Document[]; links: string[]; canonical: string | undefined };

/** Turns a page or a file into text. Slow and greedy on what somebody made to be so: run it through `createExtractor`. */
export async function extract({ bytes, contentType, name }: Original): Promise<Extracted> {
  const format = requireFormat(contentType, name);
  // Libraries are loaded once they are needed: a plain text is read without.
  if (format === 'pdf') {
    const { readPdf } = await import('./pdf.ts');
    const { title, documents } = await readPdf(bytes);
    return plain(documents.map((document) => (title ? { ...document, title } : document)));
  }
  const text = decodeText(bytes, charsetOf(contentType));
  // Bytes that are no text would decode to something, and be found by nothing.
  if (text.includes('\0')) throw new SourceProblem(`It is not text, although it is said to be (${format}).`);
  switch (format) {
    case 'html': {
      const { readHtml } = await import('./html.ts');
      const page = readHtml(text);
      const document = { text: page.text, ...(page.title ? { title: page.title } : {}) };
      return { ...plain([document]), links: page.links, canonical: page.canonical };
    }
    case 'csv':
    case 'jsonl': {
      const { csvText, jsonLinesText } = await import('./records.ts');
      return plain([{ text: format === 'csv' ? csvText(text) : jsonLinesText(text) }]);
    }
    default:
      return plain([{ text }]);
  }
}

const plain = (documents: Document[]): Extracted => ({
  documents: documents.filter(({ text }) => text.trim() !== ''),
  links: [],
  canonical: undefined,
});
