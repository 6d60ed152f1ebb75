import { createHash } from 'node:crypto';
import { TandemError } from '../../http/errors.ts';
import { storable, storableJson } from '../api/fields.ts';
import { parse } from '../api/parse.ts';
import {
  idempotencyKey,
  type ParsedSendMessageRequest,
  type SendMessageRequest,
  type SendMessageResponse,
  sendMessageRequest,
} from '../api/schemas.ts';
import { loadAssistant } from '../assistant-store.ts';
import { type Answered, createAnswerTurn, type TurnParts, type Unanswered } from './answer-turn.ts';
import { createSessionLeases, type SessionLease } from './session-lease.ts';
import { type Exchange, findAnswer, storeExchange } from './session-store.ts';
import type { Attachment } from './shown-files.ts';

export type SendMessage = (
  accountSid: string,
  assistantId: string,
  request: SendMessageRequest,
  options?: SendMessageOptions,
) => Promise<SendMessageResponse>;

type SendMessageOptions = {
  idempotencyKey?: string;
  signal?: AbortSignal;
  /** How long the one who asks will wait: models are given up in time for their fallbacks to answer within it. */
  timeoutMs?: number;
  /** Files that came with the message. */
  attachments?: readonly Attachment[];
  /** Hears the answer piece by piece, if the model tells it so. */
  onText?: (piece: string) => void;
  /** What onText heard so far is no part of the answer. */
  onRestart?: () => void;
};

/** A message on its way to its answer. */
type Message = {
  accountSid: string;
  assistantId: string;
  sessionId: string;
  request: ParsedSendMessageRequest;
  idempotency?: { key: string; requestHash: string };
  signal: AbortSignal;
  /** On the clock of `performance.now`. */
  deadline: number;
  options: SendMessageOptions;
};

/** Of the time of the one who asks, so that an answer that comes at the last moment is still stored and told. */
const USABLE = 0.95;
/** In seconds. A provider may ask for hours, and somebody waits for an answer. */
const LONGEST_WAIT = 120;

/**
 * Asks an assistant, and stores what was said. A TandemError says what is wrong with the request; of a turn that came to
 * nothing, the answer has the status Failed and says why. In both cases nothing was stored. Under an idempotency key the
 * answer is generated once and told again to every request like the first, so a request may always be repeated; another
 * request under the same key is a conflict.
 */
export function createSendMessage(
  parts: TurnParts & { log: { info(fields: object, event: string): void; error(fields: object, event: string): void } },
): SendMessage {
  const { db, now, newId, log, memory } = parts;
  const withSession = createSessionLeases(db, newId);
  const answerTurn = createAnswerTurn(parts);

  return async (accountSid, assistantId, body, options = {}) => {
    const request = parse(sendMessageRequest, body);
    const key = parse(idempotencyKey.optional(), options.idempotencyKey, 'Idempotency-Key');
    const message: Message = {
      accountSid,
      assistantId,
      sessionId: request.session_id ?? (key === undefined ? newId() : sessionOfKey(accountSid, key)),
      request,
      idempotency: key === undefined ? undefined : { key, requestHash: hashOf(assistantId, request) },
      signal: options.signal ?? new AbortController().signal,
      deadline: performance.now() + (options.timeoutMs ?? Number.POSITIVE_INFINITY) * USABLE,
      options,
    };
    return withSession(accountSid, message.sessionId, message.signal, async (lease) => {
      return (await storedAnswer(message)) ?? (await answer(message, lease));
    });
  };

  async function storedAnswer({ accountSid, idempotency }: Message): Promise<SendMessageResponse | undefined> {
    if (!idempotency) return undefined;
    const stored = await findAnswer(db, accountSid, idempotency.key);
    if (stored && stored.requestHash !== idempotency.requestHash) {
      throw new TandemError('conflict', 'Idempotency-Key: was used for another message before. Take a new one.');
    }
    return stored?.response;
  }

  async function answer(message: Message, lease: SessionLease): Promise<SendMessageResponse> {
    const { accountSid, sessionId, request, idempotency, options } = message;
    const assistant = await loadAssistant(db, accountSid, message.assistantId);
    if (!assistant) throw new TandemError('notFound', 'There is no such assistant.');
    const ids = { user: `aia_msg_${newId()}`, assistant: `aia_msg_${newId()}` };
    const outcome = await answerTurn({
      assistant,
      accountSid,
      sessionId,
      identity: request.identity,
      text: request.body,
      mode: request.mode,
      attachments: options.attachments ?? [],
      isAsync: request.webhook !== undefined,
      messageId: ids.assistant,
      turnKey: idempotency?.key ?? ids.assistant,
      signal: message.signal,
      deadline: message.deadline,
      onText: options.onText,
      onRestart: options.onRestart,
    });
    const line = { assistantId: assistant.id, messageId: ids.assistant, model: assistant.model };
    if (outcome.kind === 'failed') {
      log.info({ ...line, error: outcome.error, retryable: outcome.retryable }, 'answer.failed');
      return failedResponse(message, outcome);
    }
    const response = responseOf(message, outcome);
    const exchange = {
      assistantId: assistant.id,
      identity: request.identity,
      messages: messagesOf(message, outcome, { ids, newId }),
      idempotency,
      response,
    };
    const stored = await storeExchange(db, lease, exchange, now());
    if (stored !== 'stored') {
      const told = await storedAnswer(message);
      if (told) return told;
      throw new TandemError(
        'tooManyRequests',
        'Answering took too long, and another message of the session went first.',
      );
    }
    lease.spent = true;
    const { model, ms, usage } = outcome.run;
    log.info({ ...line, model, durationMs: ms, ...usage, tools: outcome.calls.length }, 'answer.generated');
    memory
      .afterTurn(outcome.turn, { userMessageId: ids.user, messageId: ids.assistant, answer: outcome.text })
      .catch((error) => log.error({ ...line, err: error }, 'memory.failed'));
    return response;
  }
}

function responseOf({ accountSid, sessionId }: Message, answered: Answered): SendMessageResponse {
  const { text, flagged, aborted, sources, handoff } = answered;
  return {
    status: 'Success',
    session_id: sessionId,
    account_sid: accountSid,
    body: storable(text),
    flagged,
    aborted,
    ...(sources.length > 0 ? { sources } : {}),
    ...(handoff ? { handoff: storableJson(handoff) as typeof handoff } : {}),
  };
}

function failedResponse({ accountSid, sessionId }: Message, failure: Unanswered): SendMessageResponse {
  const { error, retryable, retryAfterMs } = failure;
  return {
    status: 'Failed',
    session_id: sessionId,
    account_sid: accountSid,
    error,
    flagged: false,
    aborted: false,
    retryable,
    ...(retryAfterMs === undefined ? {} : { retry_after: Math.min(Math.ceil(retryAfterMs / 1_000), LONGEST_WAIT) }),
  };
}

/** What history lists of a turn: the question, every call of a tool and of knowledge, the answer. */
function messagesOf(
  { request, options }: Message,
  { text, calls, sources, run }: Answered,
  { ids, newId }: { ids: { user: string; assistant: string }; newId: () => string },
): Exchange['messages'] {
  const attachments = (options.attachments ?? []).map(({ contentType, fileName, data }) => ({
    content_type: contentType,
    ...(fileName === undefined ? {} : { file_name: fileName }),
    bytes: data.length,
  }));
  const called = calls.map(({ kind, name, args, result, ms }) => ({
    id: `aia_msg_${newId()}`,
    role: kind === 'knowledge' ? ('knowledge' as const) : ('tool' as const),
    content: { name, input: args, output: result.text },
    meta: { ok: result.ok, ms, ...(result.sources ? { sources: result.sources } : {}) },
  }));
  const names = [...new Set(sources.map(({ name }) => name))];
  const messages = [
    {
      id: ids.user,
      role: 'user' as const,
      content: { content: request.body },
      meta: { mode: request.mode, ...(attachments.length > 0 ? { attachments } : {}) },
    },
    ...called,
    {
      id: ids.assistant,
      role: 'assistant' as const,
      content: { content: text },
      meta: { model: run.model, sources: names, run },
    },
  ];
  return storableJson(messages) as Exchange['messages'];
}

/** Repeated requests without a session id belong to one session, so that they wait for each other like any. */
export function sessionOfKey(accountSid: string, key: string): string {
  const hex = createHash('sha256').update(`${accountSid}\0${key}`).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}

export function hashOf(assistantId: string, { identity, body, session_id, mode }: ParsedSendMessageRequest): string {
  return createHash('sha256')
    .update(JSON.stringify([assistantId, identity, body, session_id ?? null, mode]))
    .digest('base64url');
}
