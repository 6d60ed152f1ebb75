import type { Dispatcher } from 'undici';
import { TandemError } from '../../http/errors.ts';
import { PrivateAddressError } from '../../http/outbound-guard.ts';
import type { Jobs } from '../../queue/jobs.ts';
import type { Database } from '../../store/database.ts';
import { hashOf, type SendMessage, sessionOfKey } from '../agent/send-message.ts';
import { findAnswer } from '../agent/session-store.ts';
import { parse } from '../api/parse.ts';
import { idempotencyKey, type ParsedSendMessageRequest, type SendMessageResponse } from '../api/schemas.ts';
import { findAssistant } from '../assistant-store.ts';
import {
  type CallbackRow,
  countAttempt,
  deleteCallback,
  findCallback,
  findCallbackOfKey,
  firstUnanswered,
  insertCallback,
  openCallbacks,
  storeResponse,
} from './callback-store.ts';
import { deliver } from './deliver.ts';

/** Takes a message whose answer goes to its webhook; what it resolves with is the answer to the request itself. */
export type SendLater = (
  accountSid: string,
  assistantId: string,
  request: ParsedSendMessageRequest & { webhook: string },
  key: string | undefined,
) => Promise<SendMessageResponse>;

/** With the pauses of the job queue, 1 s and doubling, the last attempt comes after half an hour. */
const DELIVERIES = 12;
const QUESTIONS = 3;
const SWEEP_EVERY = 60_000;
const SWEEP_LIMIT = 10_000;

/**
 * Answers messages by callback. A message is a row before it is accepted, its answer is stored before it is told, and the
 * row goes when the webhook has taken it: whatever dies between is done again by the sweep, and the answer is never
 * generated twice. The messages of a session are answered in the order in which they came.
 */
export function createSendLater(parts: {
  db: Database;
  jobs: Pick<Jobs, 'define' | 'repeat'>;
  sendMessage: SendMessage;
  dispatcher: Dispatcher;
  /** What the account's callbacks are signed with. */
  authTokenOf: (accountSid: string) => string | undefined;
  now: () => Date;
  newId: () => string;
  log: { info(fields: object, event: string): void; error(fields: object, event: string): void };
}): SendLater {
  const { db, jobs, sendMessage, dispatcher, authTokenOf, now, newId, log } = parts;

  const job = jobs.define<{ id: string }>('assistants.callback', QUESTIONS + DELIVERIES, ({ id }, signal) =>
    run(id, signal),
  );
  jobs.repeat('assistants.callback_sweep', SWEEP_EVERY, async () => {
    for (const id of await openCallbacks(db, SWEEP_LIMIT)) await job.add({ id }, { id });
  });

  async function run(id: string, signal: AbortSignal): Promise<void> {
    const callback = await answered(id, signal);
    if (!callback) return;
    try {
      await deliver(callback, { dispatcher, authToken: authTokenOf(callback.account_sid) ?? '', signal });
      log.info({ callbackId: id, assistantId: callback.assistant_id }, 'callback.delivered');
    } catch (error) {
      signal.throwIfAborted();
      const attempts = await countAttempt(db, id);
      if (attempts < DELIVERIES && !(error instanceof PrivateAddressError)) throw error;
      log.error({ callbackId: id, assistantId: callback.assistant_id, attempts, err: error }, 'callback.given_up');
    }
    await deleteCallback(db, id);
  }

  /** The row with its answer, after those of the session that came before it have theirs. */
  async function answered(id: string, signal: AbortSignal): Promise<CallbackRow | undefined> {
    for (;;) {
      const callback = await findCallback(db, id);
      if (!callback || callback.response) return callback;
      const first = await firstUnanswered(db, callback);
      if (first) await storeResponse(db, first.id, await answer(first, signal));
    }
  }

  async function answer(callback: CallbackRow, signal: AbortSignal): Promise<SendMessageResponse> {
    const { account_sid, assistant_id, idempotency_key, session_id, request } = callback;
    try {
      const options = { idempotencyKey: idempotency_key, signal };
      const response = await sendMessage(account_sid, assistant_id, request, options);
      if (response.retryable && (await countAttempt(db, callback.id)) < QUESTIONS) throw new Error(response.error);
      return response;
    } catch (error) {
      signal.throwIfAborted();
      const isFinal = error instanceof TandemError && error.status < 500 && error.kind !== 'tooManyRequests';
      if (!isFinal && (await countAttempt(db, callback.id)) < QUESTIONS) throw error;
      const told = error instanceof TandemError ? error.message : 'The assistant could not answer.';
      return { status: 'Failed', session_id, account_sid, error: told, flagged: false, aborted: false };
    }
  }

  return async (accountSid, assistantId, request, givenKey) => {
    if (!(await findAssistant(db, accountSid, assistantId)))
      throw new TandemError('notFound', 'There is no such assistant.');
    const id = newId();
    const key = parse(idempotencyKey.optional(), givenKey, 'Idempotency-Key') ?? `callback ${id}`;
    const requestHash = hashOf(assistantId, request);
    const session_id = request.session_id ?? sessionOfKey(accountSid, key);

    const known = (await findAnswer(db, accountSid, key))?.requestHash;
    const callback = {
      id,
      account_sid: accountSid,
      assistant_id: assistantId,
      session_id,
      idempotency_key: key,
      request_hash: requestHash,
      request,
      url: request.webhook,
    };
    const conflicts = known !== undefined && known !== requestHash;
    const stored = conflicts ? undefined : await insertCallback(db, callback, now());
    const taken = stored ?? (await findCallbackOfKey(db, accountSid, key));
    if (conflicts || (taken && taken.request_hash !== requestHash)) {
      throw new TandemError('conflict', 'Idempotency-Key: was used for another message before. Take a new one.');
    }
    // The row is there: a queue that is away for the moment only makes it wait for the sweep.
    if (stored)
      await job.add({ id }, { id }).catch((error) => log.error({ err: error, callbackId: id }, 'callback.not_queued'));
    return { status: 'Success', session_id, account_sid: accountSid, flagged: false, aborted: false };
  };
}
