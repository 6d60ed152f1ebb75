import type { Medium } from '../thread/medium.ts';
import { inlineText, type Marks } from './inline-text.ts';

const plain: Marks = { strong: '', emphasis: '', strike: '', code: '' };
const whatsapp: Marks = { strong: '*', emphasis: '_', strike: '~', code: '`' };

/**
 * Markdown as the channel shows it: SMS and RCS know no markup, WhatsApp has its own. Text without Markdown comes back
 * unchanged. Takes time linear in the length of the text, whatever a model wrote.
 */
export function channelText(markdown: string, medium: Medium): string {
  // Pages that show a chat show Markdown.
  if (medium === 'chat') return markdown;
  const marks = medium === 'whatsapp' ? whatsapp : plain;
  const lines = markdown.split('\n');
  const shown: string[] = [];
  const fenceShown = marks.code ? ['```'] : [];
  let fence: string | undefined;
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] as string;
    if (fence !== undefined) {
      if (closesFence(line, fence)) {
        fence = undefined;
        shown.push(...fenceShown);
      } else shown.push(line);
      continue;
    }
    fence = fenceOpenedBy(line);
    if (fence !== undefined) {
      shown.push(...fenceShown);
    } else if (isRule(line)) {
      // Nothing takes its place, not even a second blank line.
      if (shown.at(-1)?.trim() === '') shown.pop();
    } else if (isTableHead(line, lines[at + 1])) {
      shown.push(rowText(line, marks));
      for (at += 2; lines[at]?.includes('|'); at++) shown.push(rowText(lines[at] as string, marks));
      at--;
    } else {
      shown.push(lineText(line, marks));
    }
  }
  if (fence !== undefined) shown.push(...fenceShown);
  return shown.join('\n');
}

function lineText(line: string, marks: Marks): string {
  const title = headingIn(line);
  // Bold within a bold line would end it.
  if (title !== undefined) return marks.strong + inlineText(title, { ...marks, strong: '' }) + marks.strong;
  const bullet = /^(\s*)[-*+]\s+(\S.*)$/s.exec(line);
  if (bullet) return `${bullet[1]}- ${inlineText(bullet[2] ?? '', marks)}`;
  return inlineText(line, marks);
}

function headingIn(line: string): string | undefined {
  const title = /^ {0,3}#{1,6}\s+(\S.*)$/s.exec(line)?.[1]?.trimEnd();
  if (title === undefined) return undefined;
  let end = title.length;
  while (title[end - 1] === '#') end--;
  return end > 0 && /\S/.test(title.charAt(end - 1)) ? title : title.slice(0, end).trimEnd();
}

function isRule(line: string): boolean {
  return /^\s*([-*_])(?:\s*\1){2,}\s*$/.test(line);
}

function fenceOpenedBy(line: string): string | undefined {
  const match = /^\s*(`{3,}|~{3,})(.*)$/s.exec(line);
  // Three backticks with more behind them on the line are code within the text.
  return match?.[1]?.startsWith('`') && match[2]?.includes('`') ? undefined : match?.[1];
}

function closesFence(line: string, fence: string): boolean {
  const text = line.trim();
  return text.length >= fence.length && text === text.charAt(0).repeat(text.length) && text.startsWith(fence);
}

function isTableHead(line: string, next: string | undefined): boolean {
  if (!next || !line.includes('|') || !next.includes('|')) return false;
  const rule = cellsOf(next);
  return rule.length > 0 && rule.every((cell) => /^:?-+:?$/.test(cell)) && rule.length === cellsOf(line).length;
}

function rowText(row: string, marks: Marks): string {
  return cellsOf(row)
    .map((cell) => inlineText(cell, marks))
    .join(' | ');
}

function cellsOf(row: string): string[] {
  const cells = row.split(/(?<!\\)\|/).map((cell) => cell.trim());
  if (cells[0] === '') cells.shift();
  if (cells.at(-1) === '') cells.pop();
  return cells;
}
