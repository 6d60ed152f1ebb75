import { getDocumentProxy } from 'unpdf';
import type { Document } from '../chunk-store.ts';
import { SourceProblem } from '../source-problem.ts';

const PAGES = 1_000;

/** The text of each page. */
export async function readPdf(bytes: Uint8Array): Promise<{ title: string | undefined; documents: Document[] }> {
  const pdf = await open(bytes);
  const documents: Document[] = [];
  for (let number = 1; number <= Math.min(pdf.numPages, PAGES); number += 1) {
    const page = await pdf.getPage(number);
    const { items } = await page.getTextContent();
    const text = lines(items.filter((item) => 'str' in item));
    if (text) documents.push({ text, page: number });
    page.cleanup();
  }
  if (documents.length === 0) {
    throw new SourceProblem(
      'The PDF holds no text, only pictures. Run text recognition (OCR) over it, and upload it again.',
    );
  }
  const { info } = await pdf.getMetadata();
  const title = (info as { Title?: unknown }).Title;
  return { title: typeof title === 'string' && title.trim() ? title.trim() : undefined, documents };
}

/** By the name of pdf.js's exception. */
const reasons: Record<string, string> = {
  PasswordException: 'The PDF is protected by a password. Upload it without one.',
  InvalidPDFException: 'The file is no PDF, or a damaged one. Open it, save it as PDF again, and upload that.',
};

async function open(bytes: Uint8Array) {
  try {
    return await getDocumentProxy(new Uint8Array(bytes), { isEvalSupported: false, verbosity: 0 });
  } catch (cause) {
    const reason = reasons[(cause as Error).name];
    throw reason ? new SourceProblem(reason, { cause }) : cause;
  }
}

type Item = { str: string; hasEOL: boolean; transform: number[]; height: number };

/** A gap of more than one and a half lines parts paragraphs. */
function lines(items: Item[]): string {
  let text = '';
  let line = '';
  let lastY: number | undefined;
  for (const item of items) {
    const y = item.transform[5] ?? 0;
    if (line === '' && item.str.trim() && lastY !== undefined && Math.abs(lastY - y) > item.height * 1.9) text += '\n';
    if (item.str.trim()) lastY = y;
    line += item.str;
    if (!item.hasEOL) continue;
    text += `${line.trimEnd()}\n`;
    line = '';
  }
  return (text + line).trim();
}
