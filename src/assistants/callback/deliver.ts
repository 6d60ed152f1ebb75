import { type Dispatcher, request } from 'undici';
import { deadline } from '../../deadline.ts';
import { signatureOf } from '../../twilio/webhooks/signature.ts';
import type { CallbackRow } from './callback-store.ts';

const TIMEOUT = 15_000;

/**
 * Posts an answer to its webhook as Twilio did: a signed form with names in PascalCase, the session id with `webhook:`
 * before it. Throws unless it was taken, that is answered by 2xx.
 */
export async function deliver(
  { url, request: message, response, assistant_id: assistantId }: CallbackRow,
  parts: { dispatcher: Dispatcher; authToken: string; signal: AbortSignal },
): Promise<void> {
  if (!response) throw new Error('There is no answer to deliver yet.');
  const fields = new Map([
    ['Status', response.status],
    ['SessionId', `webhook:${response.session_id}`],
    ['Identity', message.identity],
    ['AccountSid', response.account_sid],
    ['AssistantId', assistantId],
    ['Flagged', String(response.flagged)],
    ['Aborted', String(response.aborted)],
  ]);
  if (response.body !== undefined) fields.set('Body', response.body);
  if (response.error !== undefined) fields.set('Error', response.error);
  // Tandem's own additions.
  if (response.retryable !== undefined) fields.set('Retryable', String(response.retryable));
  if (response.handoff) fields.set('HandoffReason', response.handoff.reason);
  if (response.handoff?.summary !== undefined) fields.set('HandoffSummary', response.handoff.summary);

  const { target, authorization } = withoutUserInfo(url);
  const { statusCode, body } = await request(target, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
      'user-agent': 'Tandem',
      'x-twilio-signature': signatureOf(parts.authToken, target, fields),
      ...(authorization ? { authorization } : {}),
    },
    body: new URLSearchParams([...fields]).toString(),
    dispatcher: parts.dispatcher,
    signal: deadline(TIMEOUT, parts.signal).signal,
  });
  // Nobody reads it, and the status has told all: what is small is let run out, so that the connection can be used again.
  body.dump({ limit: 65_536 }).catch(() => {});
  if (statusCode < 200 || statusCode > 299) throw new Error(`The webhook answered HTTP ${statusCode}.`);
}

/** User name and password of a URL are sent in a header, and never in the request line. */
function withoutUserInfo(url: string): { target: string; authorization?: string } {
  const target = new URL(url);
  const { username, password } = target;
  target.username = '';
  target.password = '';
  target.hash = '';
  if (!username && !password) return { target: target.href };
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { target: target.href, authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}
