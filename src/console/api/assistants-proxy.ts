import { pipeline } from 'node:stream/promises';
import type { RequestHandler, Router } from 'express';
import { request as send } from 'undici';
import type { TwilioAccount } from '../../config/config.ts';
import { TandemError } from '../../http/errors.ts';

/** Whoever answers the Assistants API: our own router, or another server. */
export type AssistantsBehind = { router: Router; baseUrl: string | undefined; account: TwilioAccount };

const PATIENCE = 60_000;

/** The Assistants API under the console's login: the same paths, with credentials that stay on this side of the browser. */
export function assistantsProxy({ router, baseUrl, account }: AssistantsBehind): RequestHandler {
  if (baseUrl === undefined) {
    return (request, response, next) => {
      request.headers.authorization = basic(account);
      request.url = `/v1${request.url}`;
      router(request, response, next);
    };
  }
  return async (request, response) => {
    const { 'content-type': type, 'content-length': length, accept } = request.headers;
    const headers = {
      authorization: basic(account),
      ...(type && { 'content-type': type }),
      ...(length && { 'content-length': length }),
    };
    const answer = await send(`${baseUrl}/v1${request.url}`, {
      method: request.method as 'GET',
      headers: { ...headers, accept: accept ?? 'application/json' },
      body: request.method === 'GET' || request.method === 'HEAD' ? null : request,
      headersTimeout: PATIENCE,
      bodyTimeout: PATIENCE,
    }).catch((cause) => {
      throw new TandemError('assistantsAway', undefined, { cause });
    });
    response.status(answer.statusCode);
    const answered = answer.headers['content-type'];
    if (answered) response.set('Content-Type', String(answered));
    await pipeline(answer.body, response);
  };
}

function basic({ username, password }: TwilioAccount): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
