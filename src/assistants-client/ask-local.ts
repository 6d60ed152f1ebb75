import type { Assistants } from '../assistants/assistants.ts';
import { deadline } from '../deadline.ts';
import { TandemError } from '../http/errors.ts';
import type { FetchMedia } from '../media/fetch-media.ts';
import { answerOf } from './ask-remote.ts';
import type { Ask, AskResult } from './question.ts';

/** Asks Tandem's own assistants, in process: the same operation as `POST /v1/Assistants/{id}/Messages`, without the wire. */
export function createLocalAsk(options: {
  assistants: Pick<Assistants, 'sendMessage' | 'firstAssistantId'>;
  /** Brings the files that came with a question. */
  fetchMedia: FetchMedia;
  defaultAssistantId: string | undefined;
  timeout: number;
}): Ask {
  const { assistants, fetchMedia, defaultAssistantId, timeout } = options;
  return async (question, signal) => {
    const time = deadline(timeout, signal);
    const until = performance.now() + timeout;
    try {
      const assistantId =
        question.assistantId ?? defaultAssistantId ?? (await assistants.firstAssistantId(question.accountSid));
      if (!assistantId) {
        return failed('no_assistant', 'There is no assistant yet. Create one, then retry.', false);
      }
      const { accountSid, media } = question;
      const attachments = media.length > 0 ? await fetchMedia(accountSid, media, time.signal) : [];
      const answering = assistants.sendMessage(
        question.accountSid,
        assistantId,
        { identity: question.identity, session_id: question.sessionId, body: question.body },
        { attachments, idempotencyKey: question.turnId, signal: time.signal, timeoutMs: until - performance.now() },
      );
      // A provider that does not listen to its signal must not hold the thread for ever.
      const answer = await Promise.race([answering, broken(time.signal)]);
      return answerOf(answer);
    } catch (error) {
      return failureOf(error);
    } finally {
      time.done();
    }
  };
}

function broken(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason));
  });
}

function failureOf(error: unknown): AskResult {
  if (error instanceof TandemError) {
    if (error.kind === 'notFound') {
      return failed(
        'unknown_assistant',
        'There is no such assistant. Create it, or correct ASSISTANT_ID or the webhook’s AssistantId, then retry.',
        false,
      );
    }
    const retryable = error.status >= 500 || error.status === 429;
    return failed('assistant_error', error.message, retryable);
  }
  if ((error as Error).name === 'TimeoutError')
    return failed('assistant_timeout', 'The assistant did not answer in time.', true);
  return failed('assistant_error', 'The assistant failed.', true);
}

function failed(code: string, error: string, retryable: boolean): AskResult {
  return { kind: 'failed', code, error, retryable };
}
