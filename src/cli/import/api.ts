import { setTimeout as pause } from 'node:timers/promises';

const TIMEOUT = 60_000;
const ATTEMPTS = 4;

/** A request that a server refused, or that did not reach it, in a sentence. */
export class ApiError extends Error {}

export type Api = {
  send<Body>(method: 'GET' | 'POST' | 'PUT', path: string, body?: object): Promise<Body>;
  /** All of a list, over as many pages as there are. */
  list<Item>(path: string, key: string): Promise<Item[]>;
};

/** The Assistants API of one account. Waits as a busy server says. */
export function createApi(url: string, account: string, token: string): Api {
  const authorization = `Basic ${Buffer.from(`${account}:${token}`).toString('base64')}`;

  async function send<Body>(method: string, path: string, body?: object): Promise<Body> {
    for (let attempt = 1; ; attempt += 1) {
      const response = await fetch(url + path, {
        method,
        headers: { authorization, accept: 'application/json', ...(body ? { 'content-type': 'application/json' } : {}) },
        body: body && JSON.stringify(body),
        // Credentials do not follow a redirect to who knows where.
        redirect: 'error',
        signal: AbortSignal.timeout(TIMEOUT),
      }).catch((error: Error) => {
        const cause = (error.cause as { code?: string } | undefined)?.code ?? error.name;
        throw new ApiError(`${url} cannot be reached (${cause}).`);
      });
      const text = await response.text();
      if (response.ok) return text === '' ? (undefined as Body) : (parseJson(text, url) as Body);
      const mayHelp = response.status === 429 || response.status === 503;
      if (!mayHelp || attempt === ATTEMPTS) throw new ApiError(refusal(response.status, text));
      await pause(Math.min(60, Number(response.headers.get('retry-after') ?? 2) || 2) * 1_000);
    }
  }

  return {
    send,
    async list<Item>(path: string, key: string) {
      const items: Item[] = [];
      const join = path.includes('?') ? '&' : '?';
      for (let next: string | null = `${path}${join}PageSize=100`; next; ) {
        const page: Record<string, unknown> = await send('GET', next);
        if (!Array.isArray(page[key])) throw new ApiError(`${url}${path} does not answer as the Assistants API does.`);
        items.push(...(page[key] as Item[]));
        next = nextPath((page.meta as { next_page_url?: string | null } | undefined)?.next_page_url);
      }
      return items;
    },
  };
}

/** Only path and query: a server behind a proxy may not know its own name. */
function nextPath(url: string | null | undefined): string | null {
  if (!url) return null;
  const { pathname, search } = new URL(url, 'http://localhost');
  return pathname.slice(pathname.indexOf('/v1/')) + search;
}

function parseJson(text: string, url: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError(`${url} does not answer in JSON. Is it the Assistants API?`);
  }
}

function refusal(status: number, text: string): string {
  if (status === 401) return 'the account or its token is refused (HTTP 401)';
  try {
    return `${(JSON.parse(text) as { message: string }).message} (HTTP ${status})`;
  } catch {
    return `HTTP ${status}`;
  }
}
