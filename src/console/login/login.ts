import express, { type Request, type RequestHandler, type Response, Router } from 'express';
import { z } from 'zod';
import { catalogue, TandemError } from '../../http/errors.ts';
import { isLoopback, isSameSecret } from '../../http/tokens.ts';
import type { Events } from '../../observability/events.ts';
import { createAttempts } from './attempts.ts';
import { maskResponse } from './mask-response.ts';
import { requireSameOrigin } from './same-origin.ts';
import { createSessionCookies, type Role, SESSION_AGE, SESSION_COOKIE } from './session-cookie.ts';
import { createThreadRefs } from './thread-ref.ts';
import { asViewerAsks } from './viewer-request.ts';
import { seenByViewer } from './viewer-sight.ts';

/** Wrong tokens from one address, in a quarter of an hour. Scripts get more: one of many may have an old token. */
const LOGIN_ATTEMPTS = 10;
const BEARER_ATTEMPTS = 100;

const loginBody = z.object({ token: z.string().min(1).max(500) });

/**
 * Who may use the console, and what of it. `router` logs in and out and stands before `guard`; `guard` stands before
 * everything under `/console/api` and does three things for every route there: nobody without a login, no act that
 * another site's page set off, and for viewers nothing but reading, with what they may not see taken out of the answer.
 * `operatorsOnly` is for what cannot be masked (the queue's own pages).
 */
export function createLogin(parts: {
  adminToken: string;
  viewerToken: string | undefined;
  viewerSeesText: boolean;
  secretsKey: Buffer;
  local: boolean;
  publicUrl: string | undefined;
  now: () => Date;
  events: Pick<Events, 'loggedIn' | 'loginRefused'>;
}): { router: Router; guard: RequestHandler; operatorsOnly: RequestHandler } {
  const { publicUrl, viewerSeesText } = parts;
  const tokenOf = (role: Role) => (role === 'operator' ? parts.adminToken : parts.viewerToken);
  const cookies = createSessionCookies({ secretsKey: parts.secretsKey, tokenOf, now: parts.now });
  const refs = createThreadRefs(parts.secretsKey);
  const attempts = { login: createAttempts(LOGIN_ATTEMPTS), bearer: createAttempts(BEARER_ATTEMPTS) };

  function roleOf(secret: string): Role | undefined {
    // Both are compared, whatever the first says: the time taken tells nothing.
    const [operator, viewer] = [parts.adminToken, parts.viewerToken].map(
      (token) => token !== undefined && isSameSecret(secret, token),
    );
    return operator ? 'operator' : viewer ? 'viewer' : undefined;
  }

  /** The role of whoever asks. Throws when there is none, or when a browser may have been led to ask. */
  async function identify(request: Request): Promise<Role> {
    const [, bearer] = /^Bearer (\S+)$/i.exec(request.get('authorization') ?? '') ?? [];
    if (bearer !== undefined) {
      await attempts.bearer.check(request);
      const role = roleOf(bearer);
      // Nobody but the sender adds this header: no other site can.
      if (role) return role;
      await attempts.bearer.failed(request);
      parts.events.loginRefused({ address: request.ip, by: 'bearer' });
    }
    const role = cookies.read(request.get('cookie')) ?? (parts.local && isLoopback(request) ? 'operator' : undefined);
    if (!role) throw new TandemError('notLoggedIn');
    requireSameOrigin(request, publicUrl);
    return role;
  }

  const cookieOptions = {
    httpOnly: true,
    sameSite: 'strict',
    secure: publicUrl?.startsWith('https:') ?? false,
    path: '/console',
  } as const;

  const router = Router();
  router.post('/login', express.json({ limit: 2_000 }), async (request, response) => {
    requireSameOrigin(request, publicUrl);
    await attempts.login.check(request);
    const body = loginBody.safeParse(request.body);
    const role = body.success ? roleOf(body.data.token) : undefined;
    if (!role) {
      await attempts.login.failed(request);
      parts.events.loginRefused({ address: request.ip, by: 'form' });
      throw new TandemError('notLoggedIn', 'That is not the token.');
    }
    parts.events.loggedIn(role);
    response.set('Cache-Control', 'no-store').cookie(SESSION_COOKIE, cookies.issue(role), {
      ...cookieOptions,
      maxAge: SESSION_AGE,
    });
    response.json(sessionOf(role));
  });
  router.post('/logout', (request, response) => {
    requireSameOrigin(request, publicUrl);
    response.clearCookie(SESSION_COOKIE, cookieOptions).status(204).end();
  });
  router.get('/session', async (request, response) => {
    response.set('Cache-Control', 'no-store').json(sessionOf(await identify(request)));
  });

  function sessionOf(role: Role) {
    return { role, seesText: role === 'operator' || viewerSeesText, local: parts.local };
  }

  function letIn(role: Role, request: Request, response: Response): void {
    response.set({ 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' });
    if (role === 'operator') return;
    asViewerAsks(request, { texts: viewerSeesText, reveal: refs.reveal });
    maskResponse(response, (body) =>
      response.statusCode >= 400
        ? withoutDetail(body)
        : seenByViewer(body, { texts: viewerSeesText, conceal: refs.conceal }),
    );
  }

  return {
    router,
    guard: async (request, response, next) => {
      letIn(await identify(request), request, response);
      next();
    },
    operatorsOnly: async (request, _response, next) => {
      if ((await identify(request)) === 'viewer') throw new TandemError('viewersOnlyRead');
      next();
    },
  };
}

/** What went wrong in particular may name what is hidden. */
function withoutDetail(body: unknown) {
  const code = (body as { code?: unknown } | null)?.code;
  const entry = Object.values(catalogue).find((each) => each.code === code) ?? catalogue.internal;
  return { code: entry.code, message: entry.message, status: entry.status };
}
