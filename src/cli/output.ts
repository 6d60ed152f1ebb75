import { styleText } from 'node:util';

/** Colours on a terminal only, and not where NO_COLOR (no-color.org) is set. */
export function paint(style: Parameters<typeof styleText>[0], text: string): string {
  const wanted = process.stdout.isTTY === true && !process.env.NO_COLOR;
  return wanted ? styleText(style, text, { validateStream: false }) : text;
}

/** Rows under a headline, each column as wide as its widest cell; what is too long for the terminal is cut. */
export function table(headline: string[], rows: string[][]): string {
  const all = [headline, ...rows.map((row) => row.map((cell) => cell.replace(/\s+/g, ' ')))];
  const widths = headline.map((_, column) => Math.max(...all.map((row) => lengthOf(row[column] ?? ''))));
  const columns = process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY;
  const lines = all.map((row) =>
    cut(
      row
        .map((cell, column) => cell + ' '.repeat((widths[column] as number) - lengthOf(cell)))
        .join('  ')
        .trimEnd(),
      columns,
    ),
  );
  return [paint('bold', lines[0] as string), ...lines.slice(1)].join('\n');
}

const lengthOf = (text: string) => [...text].length;

function cut(text: string, columns: number): string {
  const letters = [...text];
  return letters.length > columns ? `${letters.slice(0, columns - 1).join('')}…` : text;
}

/** How long ago that was, in the unit that says most. */
export function ago(time: string | Date, now = new Date()): string {
  const seconds = Math.max(0, Math.round((now.getTime() - new Date(time).getTime()) / 1_000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

/** A line about work that takes long, beside the output; it goes away when the work is done. Silent off a terminal. */
export function showProgress() {
  const live = process.stderr.isTTY === true;
  return {
    say(text: string): void {
      if (live) process.stderr.write(`\r\u001b[2K${text}`);
    },
    done(): void {
      if (live) process.stderr.write('\r\u001b[2K');
    },
  };
}
