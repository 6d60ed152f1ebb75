import { randomUUID } from 'node:crypto';
import twilio from 'twilio';
import { Agent, interceptors, request } from 'undici';

export type Webhook = {
  url: string;
  method: 'POST' | 'GET';
  authToken: string;
  fields: Record<string, string>;
};

/** `status` is null when no answer came; `errorCode` is the alert that Twilio would raise. */
export type WebhookOutcome = {
  status: number | null;
  attempts: number;
  errorCode: number | null;
  contentType: string;
  body: string;
};

export type Webhooks = ReturnType<typeof createWebhooks>;

const maxAnswerBytes = 256 * 1024;
const signatureOf = twilio.getExpectedTwilioSignature as (token: string, url: string, fields: object) => string;

/**
 * Twilio as an HTTP client: signed requests, 5 s to connect and 15 s for everything, one more attempt when no
 * connection could be made and only then, unless the URL's fragment asks for something else (`#rc=2&rp=ct,5xx`);
 * redirects followed, the same idempotency token on every attempt.
 */
export function createWebhooks() {
  const agent = new Agent({ connect: { timeout: 5_000 } });
  const dispatcher = agent.compose(interceptors.redirect({ maxRedirections: 10 }));
  const counts = { attempts: 0, answered: 0, failed: 0 };
  const whenAnswered: (() => void)[] = [];

  async function attempt(
    webhook: Webhook,
    token: string,
    signal: AbortSignal,
  ): Promise<Omit<WebhookOutcome, 'attempts'> & { status: number }> {
    const url = new URL(webhook.url);
    url.hash = '';
    const form = new URLSearchParams(webhook.fields);
    const isPost = webhook.method === 'POST';
    if (!isPost) for (const [name, value] of form) url.searchParams.append(name, value);
    const response = await request(url, {
      method: webhook.method,
      dispatcher,
      signal,
      headers: {
        'user-agent': 'TwilioProxy/1.1',
        accept: '*/*',
        'x-twilio-signature': signatureOf(webhook.authToken, url.href, isPost ? webhook.fields : {}),
        'i-twilio-idempotency-token': token,
        ...(isPost && { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' }),
      },
      body: isPost ? form.toString() : null,
    });
    return {
      status: response.statusCode,
      contentType: String(response.headers['content-type'] ?? ''),
      body: await readAnswer(response.body),
      errorCode: response.statusCode >= 200 && response.statusCode < 300 ? null : 11200,
    };
  }

  return {
    counts,
    close: () => agent.destroy(),

    /** Resolves when the next webhook, whichever it is, was answered. */
    nextAnswer: () => new Promise<void>((resolve) => void whenAnswered.push(resolve)),

    /**
     * `failures` is how many attempts are to fail as if no connection could be made. Products newer than messaging try
     * `once`, wait 5 s, and know no overrides.
     */
    async post(webhook: Webhook, options: { failures?: number; once?: boolean } = {}): Promise<WebhookOutcome> {
      const { tries, policy, totalMs } = options.once ? onlyOnce : overridesOf(webhook.url);
      const token = randomUUID();
      const signal = AbortSignal.timeout(totalMs);
      let failures = options.failures ?? 0;
      for (let attempts = 1; ; attempts += 1) {
        counts.attempts += 1;
        const mayRepeat = attempts < tries && !signal.aborted;
        try {
          if (failures > 0) throw Object.assign(new Error('simulated'), { code: 'ECONNREFUSED' });
          const answer = await attempt(webhook, token, signal);
          counts.answered += 1;
          for (const resolve of whenAnswered.splice(0)) resolve();
          if (mayRepeat && asks(policy, `${Math.floor(answer.status / 100)}xx`)) continue;
          return { ...answer, attempts };
        } catch (error) {
          failures -= 1;
          const unconnected = isConnectionFailure(error);
          if (mayRepeat && asks(policy, unconnected ? 'ct' : 'rt')) continue;
          counts.failed += 1;
          return { status: null, attempts, errorCode: unconnected ? 11205 : 11200, contentType: '', body: '' };
        }
      }
    },
  };
}

type Retries = { tries: number; policy: string[]; totalMs: number };
const onlyOnce: Retries = { tries: 1, policy: [], totalMs: 5_000 };

/** What the fragment of a webhook's URL asks for; Twilio neither sends nor signs it. */
function overridesOf(url: string): Retries {
  const values = new URLSearchParams(new URL(url).hash.slice(1));
  const number = (name: string, otherwise: number) => Number(values.get(name) ?? otherwise);
  return {
    tries: 1 + Math.min(5, number('rc', 1)),
    policy: (values.get('rp') ?? 'ct').split(','),
    totalMs: Math.min(15_000, number('tt', 15_000)),
  };
}

function asks(policy: readonly string[], failure: string): boolean {
  return policy.includes(failure) || (policy.includes('all') && failure !== '2xx' && failure !== '3xx');
}

async function readAnswer(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxAnswerBytes) throw new Error('The answer is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

const connectionFailures = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function isConnectionFailure(error: unknown): boolean {
  // Several addresses tried in vain come as one AggregateError, which carries the code of the first.
  return error instanceof Error && 'code' in error && connectionFailures.has(String(error.code));
}
