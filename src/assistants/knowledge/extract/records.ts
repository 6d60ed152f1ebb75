import { CsvError, parse } from 'csv-parse/sync';
import { SourceProblem } from '../source-problem.ts';

/** Each row becomes a paragraph of `column: value` lines, so that it can be understood without the heading row. */
export function csvText(text: string): string {
  const rows = readRows(text);
  const [head, ...body] = rows;
  if (!head) throw new SourceProblem('The CSV file is empty. Upload one with a heading row and at least one more.');
  if (body.length === 0) {
    throw new SourceProblem(
      'The CSV file has one row only. The first has to name the columns, and the others hold values.',
    );
  }
  return body
    .map((row) => recordText(row.map((value, index) => [head[index] || `column ${index + 1}`, value])))
    .join('\n\n');
}

function readRows(text: string): string[][] {
  const [firstLine = ''] = text.split('\n', 1);
  const delimiter = [',', ';', '\t'].reduce((best, mark) =>
    count(firstLine, mark) > count(firstLine, best) ? mark : best,
  );
  try {
    return parse(text, {
      bom: true,
      delimiter,
      relax_column_count: true,
      skip_empty_lines: true,
      skip_records_with_empty_values: true,
      trim: true,
    }) as string[][];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new SourceProblem(`The CSV file cannot be read: ${error.message}.`, { cause: error });
  }
}

const count = (text: string, mark: string) => text.split(mark).length;

/** One JSON value to a line. What is nested is named by its path. */
export function jsonLinesText(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  const records = lines.flatMap((line, index) => {
    if (line === '') return [];
    try {
      return [recordText(flattened(JSON.parse(line), '', 0))];
    } catch (cause) {
      if (!(cause instanceof SyntaxError)) throw cause;
      const hint = 'JSON Lines hold one whole JSON value on each line.';
      throw new SourceProblem(`Line ${index + 1} of the file is not JSON. ${hint}`, { cause });
    }
  });
  if (records.length === 0)
    throw new SourceProblem('The file holds no JSON. Upload one with a JSON value on each line.');
  return records.join('\n\n');
}

const DEPTH = 20;

function flattened(value: unknown, name: string, depth: number): [string, string][] {
  if (value === null || depth > DEPTH) return [];
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object')) return [[name, value.join(', ')]];
  if (typeof value !== 'object') return [[name, String(value)]];
  return Object.entries(value).flatMap(([key, inner]) =>
    flattened(inner, Array.isArray(value) || name === '' ? name || key : `${name} ${key}`, depth + 1),
  );
}

function recordText(fields: [string, string][]): string {
  return fields
    .filter(([, value]) => value.trim() !== '')
    .map(([name, value]) => `${name ? `${name}: ` : ''}${value.replace(/\s*\n\s*/g, ' ').trim()}`)
    .join('\n');
}
