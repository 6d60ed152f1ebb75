import robotsParser from 'robots-parser';
import { SourceProblem } from '../source-problem.ts';
import { type FetchParts, fetchPage, USER_AGENT } from './fetch-page.ts';

export type Robots = {
  allows(url: URL): boolean;
  /** What the site asks for between two requests, as far as we have the patience. */
  delayMs: number;
};

// Its typings describe an ES module, and it is none.
const parseRobots = robotsParser as unknown as typeof robotsParser.default;

/** RFC 9309 has crawlers read at least so much of it. */
const BYTES = 512 * 1024;
const PATIENCE = 10_000;

/**
 * Reads what a site says of robots. Where there is no robots.txt all is allowed; where it cannot be read, nothing is
 * (RFC 9309, 2.3.1), so that is a problem which may pass.
 */
export async function readRobots(site: URL, parts: FetchParts, signal: AbortSignal): Promise<Robots> {
  const url = new URL('/robots.txt', site);
  const fetched = await fetchPage(url, { ...parts, bytes: BYTES }, signal, { mayFollow: () => true });
  if (!fetched || fetched.status >= 500 || fetched.status === 429) {
    const status = fetched?.status ?? 'no answer';
    throw new SourceProblem(`${url} cannot be read (${status}), so the site has to be left alone.`, { passing: true });
  }
  const text = fetched.status >= 400 ? '' : Buffer.from(fetched.bytes).toString('utf8');
  const robots = parseRobots(url.href, text);
  return {
    allows: (page) => robots.isAllowed(new URL(page.pathname + page.search, url).href, USER_AGENT) !== false,
    delayMs: Math.min(PATIENCE, 1000 * (robots.getCrawlDelay(USER_AGENT) ?? 0)),
  };
}
