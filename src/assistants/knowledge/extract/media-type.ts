import { SourceProblem } from '../source-problem.ts';

/** What we can read. */
export type Format = 'html' | 'pdf' | 'markdown' | 'csv' | 'jsonl' | 'text';

const byMediaType: Record<string, Format> = {
  'text/html': 'html',
  'application/xhtml+xml': 'html',
  'application/pdf': 'pdf',
  'text/markdown': 'markdown',
  'text/x-markdown': 'markdown',
  'text/csv': 'csv',
  'application/csv': 'csv',
  'application/jsonl': 'jsonl',
  'application/x-ndjson': 'jsonl',
  'application/x-jsonlines': 'jsonl',
  'text/plain': 'text',
};

const byExtension: Record<string, Format> = {
  html: 'html',
  htm: 'html',
  xhtml: 'html',
  pdf: 'pdf',
  md: 'markdown',
  markdown: 'markdown',
  csv: 'csv',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  txt: 'text',
};

/** Types that servers and browsers give to whatever they do not know: there the name says more. */
const vague = new Set([
  '',
  'text/plain',
  'application/octet-stream',
  'binary/octet-stream',
  'application/vnd.ms-excel',
]);

/** By the media type, and by the name where that says nothing. What we cannot read is a SourceProblem. */
export function requireFormat(contentType: string, name: string): Format {
  const mediaType = (contentType.split(';')[0] as string).trim().toLowerCase();
  const extension = /\.([a-z]+)$/i.exec(name)?.[1]?.toLowerCase() ?? '';
  const format = (vague.has(mediaType) ? byExtension[extension] : undefined) ?? byMediaType[mediaType];
  if (format) return format;
  const readable = 'only HTML, PDF, Markdown, CSV, JSON Lines or plain text can be read';
  throw new SourceProblem(`It is of the type ${mediaType || 'unknown'}, and ${readable}.`);
}

export const charsetOf = (contentType: string): string | undefined =>
  /;\s*charset="?([\w.:-]+)/i.exec(contentType)?.[1];
