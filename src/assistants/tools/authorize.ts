import type { Policy } from '../api/policy-schemas.ts';
import { readText } from './read-text.ts';

/** Headers that authorise a request, and how to learn that they no longer do. */
export type Authorize = {
  headers(policy: Policy, signal: AbortSignal): Promise<Record<string, string>>;
  /** The other side refused them: the next headers are made anew. False if that would change nothing. */
  refused(policy: Policy): boolean;
};

/** A token that could not be had. Its message holds no secret. */
export class AuthorizationError extends Error {}

type Token = { header: string; expiresAt: number };
type OAuthPolicy = Extract<Policy, { type: `oauth2_${string}` }>;

const TOKEN_LIMIT = 64 * 1024;
const TOKEN_TIMEOUT = 10_000;
/** Renewed this long before it runs out, so that it does not do so on its way. */
const MARGIN = 30_000;
const LIFE_IF_UNSAID = 300_000;
const REMEMBERED = 1_000;

/** Policies as headers. OAuth 2 tokens are kept in memory until they expire, and asked for once however many need one. */
export function createAuthorize(parts: { fetch: typeof globalThis.fetch; now: () => Date }): Authorize {
  const tokens = new Map<string, Promise<Token>>();

  return {
    async headers(policy, signal) {
      switch (policy.type) {
        case 'bearer':
          return { Authorization: `Bearer ${policy.details.token}` };
        case 'basic':
          return { Authorization: basic(policy.details.username, policy.details.password) };
        case 'header':
          return { [policy.details.name]: policy.details.value };
        default:
          return { Authorization: await tokenOf(policy, signal) };
      }
    },
    refused(policy) {
      return tokens.delete(keyOf(policy));
    },
  };

  async function tokenOf(policy: OAuthPolicy, signal: AbortSignal): Promise<string> {
    const key = keyOf(policy);
    const held = tokens.get(key) ?? remember(key, askForToken(policy));
    const token = await unlessAborted(held, signal);
    if (token.expiresAt > parts.now().getTime()) return token.header;
    // Of those who find it expired, the first asks for the next.
    if (tokens.get(key) === held) tokens.delete(key);
    return tokenOf(policy, signal);
  }

  function remember(key: string, asked: Promise<Token>): Promise<Token> {
    tokens.set(key, asked);
    const [oldest] = tokens.keys();
    if (tokens.size > REMEMBERED && oldest !== undefined) tokens.delete(oldest);
    asked.catch(() => {
      if (tokens.get(key) === asked) tokens.delete(key);
    });
    return asked;
  }

  async function askForToken({ type, details }: OAuthPolicy): Promise<Token> {
    const form = new URLSearchParams({
      grant_type: type === 'oauth2_password' ? 'password' : 'client_credentials',
      ...('username' in details ? { username: details.username, password: details.password } : {}),
      ...(details.scope ? { scope: details.scope } : {}),
    });
    const headers: Record<string, string> = { Accept: 'application/json' };
    if (details.client_id && details.client_secret) {
      headers.Authorization = basic(encodeURIComponent(details.client_id), encodeURIComponent(details.client_secret));
    } else if (details.client_id) form.set('client_id', details.client_id);
    const response = await parts
      .fetch(details.token_url, {
        method: 'POST',
        headers,
        body: form,
        redirect: 'error',
        signal: AbortSignal.timeout(TOKEN_TIMEOUT),
      })
      .catch((error: Error) => {
        throw new AuthorizationError('The token endpoint could not be reached.', { cause: error });
      });
    const { text } = await readText(response, TOKEN_LIMIT);
    if (!response.ok) throw new AuthorizationError(`The token endpoint answered with status ${response.status}.`);
    return parseToken(text, parts.now().getTime());
  }
}

function parseToken(text: string, now: number): Token {
  let body: { access_token?: unknown; token_type?: unknown; expires_in?: unknown } | null;
  try {
    body = JSON.parse(text);
  } catch {
    body = null;
  }
  if (typeof body?.access_token !== 'string' || !/^[\x21-\x7e]+$/.test(body.access_token)) {
    throw new AuthorizationError('The token endpoint answered without an access_token.');
  }
  const seconds = Number(body.expires_in);
  const life = Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : LIFE_IF_UNSAID;
  return { header: `Bearer ${body.access_token}`, expiresAt: now + Math.max(life / 2, life - MARGIN) };
}

/** A policy that was changed is another one. */
const keyOf = (policy: Policy) => JSON.stringify(policy);

const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

/** The token goes on being asked for: others may wait for it. */
function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
