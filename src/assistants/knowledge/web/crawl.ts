import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Document } from '../chunk-store.ts';
import type { Extract, Extracted } from '../extract/extractor.ts';
import { requireFormat } from '../extract/media-type.ts';
import { SourceProblem } from '../source-problem.ts';
import { type Fetched, type FetchParts, fetchPage } from './fetch-page.ts';
import { isSameSite, linkedPages, pageKey } from './page-url.ts';
import { type Robots, readRobots } from './robots.ts';

export type CrawlParts = FetchParts & { extract: Extract; pages: number; characters: number };

export type Crawled = {
  documents: Document[];
  /** What was not read and why, a line each. */
  left: string[];
};

type Page = Fetched & { extracted: Extracted };

/** For each page that is read, so many may turn out not to be there. */
const ATTEMPTS_PER_PAGE = 4;

/**
 * Reads a page and those of the same site that are at most `depth` links away, nearest first, one request at a time. A first page that cannot be read is a SourceProblem; of the others it is noted.
 */
export async function crawl(source: URL, depth: number, parts: CrawlParts, signal: AbortSignal): Promise<Crawled> {
  const documents: Document[] = [];
  const left: string[] = [];
  const robots = new Map<string, Promise<Robots>>();
  const seen = new Set([pageKey(source)]);
  const identities = new Set<string>();
  const contents = new Set<string>();
  let room = parts.characters;

  const first = await readFirst();
  const site = first.url;
  const queue: { url: URL; depth: number }[] = [];
  let pages = 1;
  keep(first, 0);
  for (let attempts = 1; pages < parts.pages && attempts < parts.pages * ATTEMPTS_PER_PAGE && room > 0; attempts += 1) {
    const next = queue.shift();
    if (!next) break;
    const page = await readNext(next.url);
    if (!page) continue;
    pages += 1;
    keep(page, next.depth);
  }
  if (room <= 0) left.push(`The site has more than ${parts.characters} characters: the rest was left out.`);
  else if (queue.length > 0)
    left.push(`The limit of ${parts.pages} pages is reached: ${queue.length} or more were left out.`);
  return { documents, left };

  async function readFirst(): Promise<Page> {
    const forbidden = `robots.txt of ${source.host} does not let robots read ${source}. Have it allow that.`;
    if (!(await allows(source))) throw new SourceProblem(forbidden);
    // It may have moved, even to another domain. What it links to may not.
    const page = await read(source, allows);
    if (!page) throw new SourceProblem(forbidden);
    return page;
  }

  async function readNext(url: URL): Promise<Page | undefined> {
    const mayRead = async (target: URL) =>
      isSameSite(target, site) &&
      (pageKey(target) === pageKey(url) || !seen.has(pageKey(target))) &&
      (await allows(target));
    try {
      if (!(await allows(url))) return undefined;
      const { delayMs } = await robotsOf(url);
      if (delayMs > 0) await pause(delayMs, undefined, { signal });
      return await read(url, mayRead);
    } catch (error) {
      if (!(error instanceof SourceProblem)) throw error;
      left.push(error.message);
      return undefined;
    }
  }

  async function read(url: URL, mayFollow: (target: URL) => Promise<boolean>): Promise<Page | undefined> {
    const checkType = (contentType: string, at: URL) => about(at, () => requireFormat(contentType, at.pathname));
    const page = await fetchPage(url, parts, signal, { mayFollow, checkType });
    if (!page) return undefined;
    if (page.status >= 400) throw refused(page);
    const original = { bytes: page.bytes, contentType: page.contentType, name: page.url.pathname };
    return { ...page, extracted: await about(page.url, () => parts.extract(original, signal)) };
  }

  /** Keeps what the page says that no other has said, and where it leads. */
  function keep({ url, extracted }: Page, at: number): void {
    seen.add(pageKey(url));
    // Some sites give one canonical address to all of their pages: those differ in their titles.
    const identity = `${canonicalOf(extracted, url)} ${extracted.documents[0]?.title}`;
    const isCopy = identities.has(identity);
    identities.add(identity);
    for (const document of isCopy ? [] : extracted.documents) {
      const digest = createHash('sha256').update(document.text).digest('base64');
      if (contents.has(digest)) continue;
      contents.add(digest);
      room -= document.text.length;
      if (room >= 0) documents.push({ ...document, url: url.href });
    }
    if (at >= depth) return;
    for (const link of linkedPages(extracted.links, url, site)) {
      const key = pageKey(link);
      if (!seen.has(key)) queue.push({ url: link, depth: at + 1 });
      seen.add(key);
    }
  }

  async function allows(url: URL): Promise<boolean> {
    return (await robotsOf(url)).allows(url);
  }

  function robotsOf({ origin }: URL): Promise<Robots> {
    const known = robots.get(origin) ?? readRobots(new URL(origin), parts, signal);
    robots.set(origin, known);
    return known;
  }
}

/** Says which page a problem is about. */
async function about<Result>(url: URL, work: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SourceProblem)) throw error;
    throw new SourceProblem(`${url} could not be read. ${error.message}`, { cause: error });
  }
}

/** The address that a page gives itself, if it is of its own site. */
function canonicalOf({ canonical }: Extracted, url: URL): string {
  if (canonical === undefined || !URL.canParse(canonical, url.href)) return pageKey(url);
  const named = new URL(canonical, url);
  return isSameSite(named, url) ? pageKey(named) : pageKey(url);
}

function refused({ status, url }: Fetched): SourceProblem {
  if (status === 401 || status === 403) {
    const advice = 'Give the knowledge a policy with a login, or open the page to everybody.';
    return new SourceProblem(`${url} refuses us (${status}). ${advice}`);
  }
  if (status === 404 || status === 410)
    return new SourceProblem(`${url} does not exist (${status}). Check the address.`);
  return new SourceProblem(`${url} answered with the status ${status}.`, { passing: status >= 500 || status === 429 });
}
