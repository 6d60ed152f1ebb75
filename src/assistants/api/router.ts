import express, { type Router } from 'express';
import { TandemError } from '../../http/errors.ts';
import { answerError } from './answer-error.ts';
import { assistantRoutes } from './assistant-routes.ts';
import { knowledgeRoutes } from './knowledge-routes.ts';
import type { ApiParts } from './request.ts';
import { sessionRoutes } from './session-routes.ts';

/** Who is asking, as an account SID; undefined if user and secret do not go together. */
export type Authenticate = (accountSidOrKey: string, secret: string) => Promise<string | undefined>;

const PATHS = ['/v1/Assistants', '/v1/Knowledge', '/v1/Sessions'];

/** The Assistants API as the caller sees it: Basic auth, JSON in and out, errors in Twilio's form. */
export function createRouter(
  parts: ApiParts & { authenticate: Authenticate; log: { error(fields: object, event: string): void } },
): Router {
  const router = express.Router({ caseSensitive: true });
  router.use(PATHS, (request, _response, next) => {
    // PostgreSQL stores no NUL, so no resource has one in its path.
    next(/%00/.test(request.originalUrl) ? new TandemError('notFound') : undefined);
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
  router.use(PATHS, answerError(parts.log));
  return router;
}

function basicCredentials(header: string | undefined): [user?: string, secret?: string] {
  const encoded = /^Basic +([A-Za-z0-9+/=_-]+)$/i.exec(header ?? '')?.[1];
  if (!encoded) return [];
  const [, user, secret] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString()) ?? [];
  return [user, secret];
}
