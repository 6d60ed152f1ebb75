import { Agent } from 'undici';
import { call } from '../http/call.ts';

/** Twilio answered that it did nothing and that we should come back: safe to repeat. */
export class TryLater extends Error {
  readonly retryAfterMs: number | undefined;
  constructor(message: string, retryAfterMs?: number) {
    super(message);
    this.name = 'TryLater';
    this.retryAfterMs = retryAfterMs;
  }
}

/** The call broke off, or Twilio failed in the middle: nobody knows whether it was processed. */
export class OutcomeUnknown extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'OutcomeUnknown';
  }
}

type RequestOptions = {
  method: string;
  uri: string;
  username?: string;
  password?: string;
  headers?: Record<string, string>;
  params?: Record<string, unknown>;
  data?: Record<string, unknown>;
};

/** Errors that happen before a byte of the request has left. */
const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);
const MAX_BODY = 16 * 1024 * 1024;

/**
 * The transport under Twilio's official client. It keeps connections open, moves every call to `baseUrl` when one is
 * given (path and query kept), and turns failures into "try later" or "outcome unknown", which the SDK does not tell
 * apart. Error messages carry no request data: the SDK's own errors hold credentials and message texts.
 */
export function createHttpClient(options: { baseUrl: string | undefined; timeout: number }) {
  const dispatcher = new Agent({ connections: 64, connect: { timeout: Math.min(5_000, options.timeout) } });
  return {
    dispatcher,
    async request(
      sdk: RequestOptions,
    ): Promise<{ statusCode: number; body: string; headers: Record<string, unknown> }> {
      const { origin, host, pathname, search } = new URL(sdk.uri);
      const query = sdk.params ? `${search ? '&' : '?'}${form(sdk.params)}` : '';
      const headers: Record<string, string> = { ...sdk.headers };
      // Twilio's products have hosts of their own; whoever stands in for all of them has to know which one is meant.
      if (options.baseUrl) headers['x-forwarded-host'] = host;
      if (sdk.username !== undefined) {
        headers.authorization = `Basic ${Buffer.from(`${sdk.username}:${sdk.password}`).toString('base64')}`;
      }
      const answer = await call((options.baseUrl ?? origin) + pathname + search + query, {
        method: sdk.method.toUpperCase() as 'GET' | 'POST' | 'PUT' | 'DELETE',
        headers,
        body: sdk.data ? form(sdk.data) : null,
        dispatcher,
        timeoutMs: options.timeout,
        limit: MAX_BODY,
      }).catch((error: Error & { code?: string }) => {
        const what = error.code ?? error.name;
        if (NOT_SENT.has(what)) throw new TryLater(`Twilio cannot be reached (${what}).`);
        throw new OutcomeUnknown(`The call to Twilio broke off (${what}).`);
      });
      const { statusCode } = answer;
      if (statusCode === 429) {
        throw new TryLater('Twilio asks to slow down (HTTP 429).', retryAfterMs(answer.headers['retry-after']));
      }
      if (statusCode >= 500) throw new OutcomeUnknown(`Twilio failed (HTTP ${statusCode}).`);
      return { statusCode, body: answer.text, headers: answer.headers };
    },
    close: () => dispatcher.close(),
  };
}

function form(fields: Record<string, unknown>): string {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (item !== undefined && item !== null) pairs.append(name, String(item));
    }
  }
  return pairs.toString();
}

/** The waiting time that a Retry-After header asks for, within reason (an hour at most). */
export function retryAfterMs(header: string | string[] | undefined, now = Date.now()): number | undefined {
  const text = Array.isArray(header) ? header[0] : header;
  if (text === undefined) return undefined;
  const ms = /^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) * 1_000 : Date.parse(text) - now;
  return Number.isNaN(ms) ? undefined : Math.min(3_600_000, Math.max(0, ms));
}
