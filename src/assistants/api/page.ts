import { z } from 'zod';
import { type Sql, sql } from '../../store/database.ts';
import { parse } from './parse.ts';

/** What a list is ordered by: a unique column, whose value is the place where a page begins or ends. */
export type Order = { column: Sql; start: string; pattern: RegExp };

export const byId: Order = { column: sql`id`, start: '', pattern: /^aia_[a-z]+_[\w-]{1,100}$/ };
export const byPosition: Order = { column: sql`position`, start: '-1', pattern: /^\d{1,18}$/ };

export type Page = { number: number; size: number; order: Order; after: string; before?: string };

/** A stored row with its place in the list. */
export type Placed = { place: string | number };

const integer = (text: string) =>
  z
    .string()
    .regex(/^\d{1,9}$/, text)
    .transform(Number);

const pageQuery = z.object({
  Page: integer('must be a whole number from 0').default(0),
  PageSize: integer('must be a whole number from 1 to 1000')
    .refine((size) => size >= 1 && size <= 1000, 'must be a whole number from 1 to 1000')
    .default(50),
  PageToken: z.string('must be given once').optional(),
});

/** Reads `Page`, `PageSize` and `PageToken`. Only the token says where the page begins; the number is the client's. */
export function parsePage(query: unknown, order: Order): Page {
  const { Page, PageSize, PageToken } = parse(pageQuery, query);
  const page = { number: Page, size: PageSize, order, after: order.start };
  if (PageToken === undefined) return page;
  const place = parse(
    z.string().regex(order.pattern, 'is not one of ours: follow the URLs in meta'),
    Buffer.from(PageToken.slice(2), 'base64url').toString(),
    'PageToken',
  );
  return PageToken.startsWith('PB') ? { ...page, before: place } : { ...page, after: place };
}

/** The end of a `where` clause, the order and the limit of a page: one row more than it holds shows whether it is the last. */
export function pageClause({ order, size, after, before }: Page): Sql {
  return before === undefined
    ? sql`${order.column} > ${after} order by ${order.column} limit ${size + 1}`
    : sql`${order.column} < ${before} order by ${order.column} desc limit ${size + 1}`;
}

/** The body of a list answer. `url` is the absolute address of the list; its own parameters are kept on every page. */
export function pageBody<Row extends Placed, Resource>(
  key: string,
  url: URL,
  page: Page,
  rows: Row[],
  resource: (row: Row) => Resource,
) {
  const backward = page.before !== undefined;
  const more = rows.length > page.size;
  const shown = rows.slice(0, page.size);
  if (backward) shown.reverse();
  const first = shown[0];
  const last = shown.at(-1);
  const previous = first && (backward ? more : page.after !== page.order.start);
  const next = last && (backward || more);

  const address = (number: number, token?: string) => {
    const target = new URL(url);
    target.searchParams.set('PageSize', String(page.size));
    target.searchParams.set('Page', String(number));
    target.searchParams.delete('PageToken');
    if (token) target.searchParams.set('PageToken', token);
    return target.href;
  };
  const token = (kind: 'PA' | 'PB', row: Row) => kind + Buffer.from(String(row.place)).toString('base64url');
  return {
    [key]: shown.map(resource),
    meta: {
      key,
      page: page.number,
      page_size: page.size,
      url: url.href,
      first_page_url: address(0),
      previous_page_url: previous ? address(Math.max(0, page.number - 1), token('PB', first)) : null,
      next_page_url: next ? address(page.number + 1, token('PA', last)) : null,
    },
  };
}
