import { type Dispatcher, fetch, type Response } from 'undici';
import { SourceProblem } from '../source-problem.ts';

export type FetchParts = {
  /** Refuses private addresses where the socket is opened, so redirects are under it too. */
  dispatcher: Dispatcher;
  /** What authorises us, for those addresses that may hear it. */
  headersFor: (url: URL) => Record<string, string>;
  bytes: number;
  pageMs: number;
};

/** What is asked on the way, so that nothing is fetched in vain. */
export type FetchRules = {
  /** The target of a redirect. */
  mayFollow(target: URL): boolean | Promise<boolean>;
  /** Throws a SourceProblem for what is no use to us. */
  checkType?(contentType: string, url: URL): unknown;
};

/** What came in the end, after redirects. */
export type Fetched = { url: URL; status: number; contentType: string; bytes: Uint8Array };

/** Sites see it in their logs, and may name it in robots.txt. */
export const USER_AGENT = 'TandemKnowledge';

const REDIRECTS = 5;

/**
 * Gets one page; undefined if it leads to where the rules say no. What cannot be got at all is a SourceProblem, and a
 * status of 400 or more is not.
 */
export async function fetchPage(
  url: URL,
  parts: FetchParts,
  signal: AbortSignal,
  rules: FetchRules,
): Promise<Fetched | undefined> {
  const limit = AbortSignal.timeout(parts.pageMs);
  const either = AbortSignal.any([signal, limit]);
  try {
    return await follow(url, parts, either, rules);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof SourceProblem) throw error;
    const seconds = Math.round(parts.pageMs / 1000);
    if (limit.aborted) {
      throw new SourceProblem(`${url} did not arrive within ${seconds} seconds.`, { passing: true, cause: error });
    }
    throw unreachable(url, error);
  }
}

async function follow(start: URL, parts: FetchParts, signal: AbortSignal, rules: FetchRules) {
  let url = start;
  for (let redirects = 0; redirects <= REDIRECTS; redirects += 1) {
    const response = await fetch(url, {
      dispatcher: parts.dispatcher,
      redirect: 'manual',
      signal,
      headers: {
        accept: 'text/html, application/xhtml+xml, application/pdf, text/markdown, text/plain;q=0.9',
        ...parts.headersFor(url),
        'user-agent': `Mozilla/5.0 (compatible; ${USER_AGENT}/1.0)`,
      },
    });
    const target = redirectOf(response, url);
    if (!target) return { url, ...(await read(response, url, parts.bytes, rules)) };
    await response.body?.cancel();
    if (!/^https?:$/.test(target.protocol)) throw new SourceProblem(`${url} leads to ${target}, which is no web page.`);
    if (!(await rules.mayFollow(target))) return undefined;
    url = target;
  }
  throw new SourceProblem(`${start} leads from one address to the next, and never to a page.`);
}

function redirectOf(response: Response, url: URL): URL | undefined {
  const location = response.headers.get('location');
  if (![301, 302, 303, 307, 308].includes(response.status) || location === null) return undefined;
  return URL.canParse(location, url.href) ? new URL(location, url) : undefined;
}

/** The body, counted as it is unpacked: a small answer may unpack to a disk full. */
async function read(response: Response, url: URL, limit: number, rules: FetchRules): Promise<Omit<Fetched, 'url'>> {
  const contentType = response.headers.get('content-type') ?? '';
  const { status } = response;
  try {
    if (status < 400) await rules.checkType?.(contentType, url);
  } catch (error) {
    await response.body?.cancel();
    throw error;
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > limit) throw new SourceProblem(`${url} is larger than ${Math.floor(limit / 2 ** 20)} MB.`);
    chunks.push(chunk);
  }
  return { status, contentType, bytes: Buffer.concat(chunks) };
}

function unreachable(url: URL, error: unknown): SourceProblem {
  const cause = (error as { cause?: unknown }).cause ?? error;
  const code = String((cause as { code?: unknown }).code ?? '');
  if (code === 'PRIVATE_ADDRESS') {
    return new SourceProblem(`${url} is in a private network, where Tandem reads nothing (ALLOW_PRIVATE_ADDRESSES).`);
  }
  const why = words[code] ?? (/CERT|TLS|SSL/.test(code) ? 'its certificate is not valid' : 'the connection broke');
  return new SourceProblem(`${url} cannot be reached: ${why}.`, { passing: code !== 'ENOTFOUND', cause: error });
}

const words: Record<string, string> = {
  ENOTFOUND: 'there is no such host name',
  EAI_AGAIN: 'the name server gives no answer',
  ECONNREFUSED: 'nothing listens there',
  UND_ERR_CONNECT_TIMEOUT: 'it takes too long to connect',
  Z_DATA_ERROR: 'it sends compressed data that is damaged',
};
