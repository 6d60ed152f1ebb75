import { Agent } from 'undici';
import { z } from 'zod';
import type { TwilioAccount } from '../config/config.ts';
import { type Answer, call } from '../http/call.ts';
import { traceHeaders } from '../observability/tracing.ts';
import { storableText } from '../store/storable-text.ts';
import { retryAfterMs } from '../twilio/http-client.ts';
import { askedHandoff } from './asked-handoff.ts';
import type { Ask, AskResult } from './question.ts';

const answerSchema = z.object({
  status: z.string().optional(),
  body: z.string().nullish(),
  error: z.string().nullish(),
  // Tandem's own additions. Under these names another server may say something else.
  retryable: z.boolean().optional().catch(undefined),
  retry_after: z.number().nonnegative().optional().catch(undefined),
  handoff: z.object({ reason: z.string(), summary: z.string().optional() }).optional().catch(undefined),
});

const MAX_ANSWER = 1024 * 1024;

/** Failures that asking again cannot mend: the request, the credentials or the assistant are wrong. */
const PERMANENT: Record<number, { code: string; error: string }> = {
  400: { code: 'assistant_refused', error: 'The assistants server refused the request as invalid.' },
  401: {
    code: 'assistant_auth',
    error: 'The assistants server refused our credentials. Check ASSISTANTS_BASE_URL and the account’s token.',
  },
  403: {
    code: 'assistant_auth',
    error: 'The assistants server refused us access. Check ASSISTANTS_BASE_URL and the account’s token.',
  },
  404: {
    code: 'unknown_assistant',
    error: 'There is no such assistant. Create it, or correct ASSISTANT_ID or the webhook’s AssistantId, then retry.',
  },
  413: { code: 'assistant_refused', error: 'The assistants server says that the message is too large.' },
};

/**
 * Asks any server that speaks the Assistants Messages API (protocol reference 7.6). With `callbackUrl` it asks for an
 * answer by callback; the server may still answer at once.
 */
export function createRemoteAsk(options: {
  baseUrl: string;
  accounts: TwilioAccount[];
  defaultAssistantId: string | undefined;
  timeout: number;
  callbackUrl: ((question: { turnId: string; publicUrl: string | null }) => string | undefined) | undefined;
}): { ask: Ask; close(): Promise<void> } {
  const dispatcher = new Agent({ connections: 512, headersTimeout: 0, bodyTimeout: 0 });
  const credentials = new Map(options.accounts.map((account) => [account.accountSid, basicAuth(account)]));

  const ask: Ask = async (question, signal) => {
    const assistantId = question.assistantId ?? options.defaultAssistantId;
    if (!assistantId) {
      return failed(
        'no_assistant',
        'No assistant is named. Set ASSISTANT_ID, or add ?AssistantId=… to the webhook URL, then retry.',
        false,
      );
    }
    const webhook = options.callbackUrl?.(question);
    try {
      const answer = await call(`${options.baseUrl}/v1/Assistants/${encodeURIComponent(assistantId)}/Messages`, {
        method: 'POST',
        headers: {
          authorization: credentials.get(question.accountSid) ?? '',
          'content-type': 'application/json',
          accept: 'application/json',
          'idempotency-key': question.turnId,
          ...traceHeaders(),
        },
        body: JSON.stringify({
          identity: question.identity,
          session_id: question.sessionId,
          body: question.body,
          webhook,
        }),
        dispatcher,
        timeoutMs: options.timeout,
        signal,
        limit: MAX_ANSWER,
      });
      return readAnswer(answer, webhook !== undefined);
    } catch (error) {
      const { name, code } = error as { name: string; code?: string };
      if (name === 'TimeoutError') return failed('assistant_timeout', 'The assistant did not answer in time.', true);
      return failed('assistant_unreachable', `The assistants server cannot be reached (${code ?? name}).`, true);
    }
  };
  return { ask, close: () => dispatcher.close() };
}

function readAnswer({ statusCode: status, headers, text }: Answer, byCallback: boolean): AskResult {
  const permanent = PERMANENT[status];
  if (permanent) return failed(permanent.code, permanent.error, false);
  if (status === 202 && byCallback) return { kind: 'accepted' };
  if (status < 200 || status >= 300) {
    return {
      ...failed('assistant_error', `The assistants server answered HTTP ${status}.`, true),
      retryAfterMs: retryAfterMs(headers['retry-after']),
    };
  }
  const parsed = answerSchema.safeParse(parseJson(text));
  if (!parsed.success) return failed('bad_answer', 'The assistants server’s answer could not be read.', true);
  return answerOf(parsed.data);
}

/** The result that the body of a Messages answer stands for; its `status` is compared without regard to case. */
export function answerOf(answer: z.output<typeof answerSchema>): AskResult {
  const { retryable = true, retry_after, handoff } = answer;
  if (/^fail/i.test(answer.status ?? '')) {
    const failure = failed(
      'assistant_failed',
      storableText(answer.error || 'The assistant reported a failure.'),
      retryable,
    );
    return retry_after === undefined ? failure : { ...failure, retryAfterMs: retry_after * 1_000 };
  }
  const text = storableText(answer.body?.trim() ?? '');
  if (handoff) return { kind: 'answer', text, handoff: askedHandoff(handoff) };
  return text === '' ? failed('empty_answer', 'The assistant answered with no text.', true) : { kind: 'answer', text };
}

function failed(code: string, error: string, retryable: boolean): Extract<AskResult, { kind: 'failed' }> {
  return { kind: 'failed', code, error, retryable };
}

function basicAuth({ username, password }: TwilioAccount): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
