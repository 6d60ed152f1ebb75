import express, { type Request, Router } from 'express';
import { authenticate } from './account.ts';
import type { Carrier } from './carrier.ts';
import { interfereAfter, interfereBefore } from './interfere.ts';
import { answerRefusal, RestError } from './rest-errors.ts';
import { newSid } from './sid.ts';

/** One request to a product's REST API, as its handlers see it. */
export type Call = {
  accountSid: string;
  /** Of the path, decoded. */
  params: Record<string, string>;
  form: URLSearchParams;
  query: URLSearchParams;
  body: Buffer;
  header: (name: string) => string | undefined;
  /** The address asked for, as Twilio's own clients know it, without its query. */
  url: string;
  /** Where this simulator can be reached. */
  origin: string;
  /** Set when a list is to lag behind: leave out what was created after this moment. */
  hideSince: Date | undefined;
};

export type Answer = {
  status?: number;
  body?: object;
  headers?: Record<string, string>;
};

export type Route = {
  method: 'get' | 'post' | 'delete';
  path: string;
  handle: (call: Call) => Answer | Promise<Answer>;
};

/**
 * One of Twilio's product APIs. Where two products have the same path, the `X-Forwarded-Host` tells which one is meant;
 * without it, the one that is mounted first.
 */
export function productApi(carrier: Carrier, product: { name: string; routes: Route[] }): Router {
  const { faults, pace } = carrier;
  const router = Router({ caseSensitive: true });
  const raw = express.raw({ type: () => true, limit: '6mb' });

  router.use((request, _response, next) => {
    const host = request.get('x-forwarded-host');
    const named = host?.endsWith('.twilio.com') ? host.split('.')[0] : undefined;
    next(named === undefined || named === product.name ? undefined : 'router');
  });

  for (const { method, path, handle } of product.routes) {
    const resource = collectionsOf(path);
    router[method](path, raw, async (request, response) => {
      response.set({ 'Twilio-Request-Id': newSid('RQ'), 'Twilio-Concurrent-Requests': '1' });
      const account = authenticate(carrier.accounts, request.headers.authorization);
      if (account === undefined) throw new RestError(20003);
      const fault = faults.first('call', { method: request.method, resource });
      if (await interfereBefore(pace, fault, request, response)) return;
      const hideSince = fault?.kind === 'stale' ? new Date(carrier.now().getTime() - fault.ms) : undefined;
      const answer = await handle({ ...callOf(request, product), accountSid: account.sid, hideSince });
      if (await interfereAfter(pace, fault, request, response)) return;
      response.status(answer.status ?? 200).set(answer.headers ?? {});
      if (answer.body === undefined) response.end();
      else response.json(answer.body);
    });
  }
  router.use(answerRefusal);
  return router;
}

function callOf(request: Request, product: { name: string }) {
  const url = new URL(request.originalUrl, 'http://simulator');
  const body: Buffer = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  return {
    params: request.params as Record<string, string>,
    form: new URLSearchParams(request.is('application/x-www-form-urlencoded') ? body.toString() : ''),
    query: url.searchParams,
    body,
    header: (name: string) => request.get(name),
    url: `https://${product.name}.twilio.com${url.pathname}`,
    origin: `${request.protocol}://${request.headers.host}`,
  };
}

/** `Conversations/Messages` for `/Services/:serviceSid/Conversations/:conversationSid/Messages/:sid`. */
function collectionsOf(path: string): string {
  const names = path.split('/').filter((part) => part !== '' && !part.startsWith(':'));
  return (names[0] === 'Services' && names.length > 1 ? names.slice(1) : names).join('/');
}

/** One page of a list, in the order given; the token names the item that came last. */
export function pageOf<Item extends { sid: string; createdAt: Date }>(
  call: Call,
  list: { key: string; items: readonly Item[]; show: (item: Item) => object; maxPageSize?: number },
): Answer {
  const { query, hideSince } = call;
  const pageSize = Math.min(wholeNumber(query, 'PageSize', 50), list.maxPageSize ?? 100);
  if (pageSize < 1) throw new RestError(20001, 'PageSize must be at least 1');
  const page = wholeNumber(query, 'Page', 0);
  const items = list.items.filter((item) => hideSince === undefined || item.createdAt <= hideSince);

  const [, direction, sid] = /^(PA|PB)([A-Z]{2}[0-9a-f]{32})$/.exec(query.get('PageToken') ?? '') ?? [];
  const named = items.findIndex((item) => item.sid === sid);
  if (query.get('PageToken') && named === -1) throw new RestError(20001, 'PageToken is not one of ours');
  const start = direction === 'PB' ? Math.max(0, named - pageSize) : named + 1;
  const end = direction === 'PB' ? named : start + pageSize;
  const shown = items.slice(start, end);

  const urlOf = (number: number, token?: string) => {
    const parameters = new URLSearchParams(query);
    parameters.set('PageSize', String(pageSize));
    parameters.set('Page', String(number));
    parameters.delete('PageToken');
    if (token !== undefined) parameters.set('PageToken', token);
    return `${call.url}?${parameters}`;
  };
  const [first] = shown;
  const last = shown.at(-1);
  return {
    body: {
      [list.key]: shown.map(list.show),
      meta: {
        page,
        page_size: pageSize,
        first_page_url: urlOf(0),
        previous_page_url: first && start > 0 ? urlOf(Math.max(0, page - 1), `PB${first.sid}`) : null,
        url: urlOf(page, query.get('PageToken') ?? undefined),
        next_page_url: last && end < items.length ? urlOf(page + 1, `PA${last.sid}`) : null,
        key: list.key,
      },
    },
  };
}

function wholeNumber(query: URLSearchParams, name: string, otherwise: number): number {
  const text = query.get(name);
  if (text === null) return otherwise;
  if (!/^\d{1,9}$/.test(text)) throw new RestError(20001, `${name} is not a whole number`);
  return Number(text);
}

/** A parameter that says something; undefined when it is missing or empty. */
export function given(form: URLSearchParams, name: string): string | undefined {
  return form.get(name) || undefined;
}

/** A parameter that must be JSON. */
export function givenJson(form: URLSearchParams, name: string): unknown {
  const text = given(form, name);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new RestError(20001, `${name} is not valid JSON`);
  }
}

/** A moment as the product APIs write it: whole seconds, UTC. */
export function isoDate(date: Date): string {
  return date.toISOString().replace(/\.\d{3}Z$/, 'Z');
}
