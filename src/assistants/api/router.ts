import express, { type Router } from 'express';
import { TandemError } from '../../http/errors.ts';
import { assistantRoutes } from './assistant-routes.ts';
import { knowledgeRoutes } from './knowledge-routes.ts';
import type { ApiParts } from './request.ts';
import { sessionRoutes } from './session-routes.ts';

/** Who is asking, as an account SID; undefined if user and secret do not go together. */
export type Authenticate = (accountSidOrKey: string, secret: string) => Promise<string | undefined>;

const PATHS = ['/v1/Assistants', '/v1/Knowledge', '/v1/Sessions'];

/** The Assistants API as the caller sees it: Basic auth, JSON in and out. Errors go on to the app's error handler. */
export function createRouter(parts: ApiParts & { authenticate: Authenticate }): Router {
  const router = express.Router({ caseSensitive: true });
  router.use(PATHS, (request, _response, next) => {
    next(isStorable(request.path) ? undefined : new TandemError('notFound'));
  });
  router.use(PATHS, async (request, response, next) => {
    const [user, secret] = basicCredentials(request.get('authorization'));
    const accountSid = user && secret ? await parts.authenticate(user, secret) : undefined;
    if (!accountSid) {
      throw new TandemError('unauthenticated', undefined, {
        headers: { 'WWW-Authenticate': 'Basic realm="Assistants API", charset="UTF-8"' },
      });
    }
    response.locals.accountSid = accountSid;
    next();
  });
  router.use(assistantRoutes(parts), knowledgeRoutes(parts), sessionRoutes(parts));
  router.use(PATHS, () => {
    throw new TandemError('notFound');
  });
  return router;
}

/** A path that cannot be decoded names nothing, nor does one with a NUL, which PostgreSQL does not store. */
function isStorable(path: string): boolean {
  try {
    return !decodeURIComponent(path).includes('\0');
  } catch {
    return false;
  }
}

function basicCredentials(header: string | undefined): [user?: string, secret?: string] {
  const encoded = /^Basic +([A-Za-z0-9+/=_-]+)$/i.exec(header ?? '')?.[1];
  if (!encoded) return [];
  const [, user, secret] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString()) ?? [];
  return [user, secret];
}
