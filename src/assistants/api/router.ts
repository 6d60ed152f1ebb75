import express, { type Response, type Router } from 'express';
import { rateLimit } from 'express-rate-limit';
import { TandemError } from '../../http/errors.ts';
import { assistantRoutes } from './assistant-routes.ts';
import { attachmentRoutes } from './attachment-routes.ts';
import { feedbackRoutes } from './feedback-routes.ts';
import { knowledgeRoutes } from './knowledge-routes.ts';
import { messageRoutes } from './message-routes.ts';
import { profileRoutes } from './profile-routes.ts';
import { type ApiParts, accountOf } from './request.ts';
import { sessionRoutes } from './session-routes.ts';
import { toolRoutes } from './tool-routes.ts';

/** Who is asking, as an account SID; undefined if user and secret do not go together. */
export type Authenticate = (accountSidOrKey: string, secret: string) => Promise<string | undefined>;

const PATHS = ['/v1/Assistants', '/v1/Tools', '/v1/Knowledge', '/v1/Policies', '/v1/Sessions', '/v1/Profiles'];

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
  router.use(
    PATHS,
    rateLimit({
      windowMs: 60_000,
      limit: parts.limits.requestsPerMinute,
      keyGenerator: (_request, response) => accountOf(response as Response),
      standardHeaders: 'draft-8',
      legacyHeaders: false,
      handler: (_request, _response, next) => next(new TandemError('tooManyRequests')),
    }),
  );
  router.use(
    assistantRoutes(parts),
    messageRoutes(parts),
    feedbackRoutes(parts),
    attachmentRoutes(parts),
    toolRoutes(parts),
    knowledgeRoutes(parts),
    sessionRoutes(parts),
    profileRoutes(parts),
  );
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
