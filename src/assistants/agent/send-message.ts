import { createHash } from 'node:crypto';
import { TandemError } from '../../http/errors.ts';
import type { Database } from '../../store/database.ts';
import { storable } from '../api/fields.ts';
import { parse } from '../api/parse.ts';
import {
  idempotencyKey,
  type ParsedSendMessageRequest,
  type SendMessageRequest,
  type SendMessageResponse,
  sendMessageRequest,
} from '../api/schemas.ts';
import { loadAssistant } from '../assistant-store.ts';
import { searchKnowledge } from '../knowledge/search.ts';
import type { Generate } from '../providers/provider.ts';
import { createSessionLeases, type SessionLease } from './session-lease.ts';
import { findAnswer, readHistory, storeExchange } from './session-store.ts';

export type SendMessage = (
  accountSid: string,
  assistantId: string,
  request: SendMessageRequest,
  options?: {
    idempotencyKey?: string;
    signal?: AbortSignal;
    /** Hears the answer piece by piece, if the model tells it so. */
    onText?: (piece: string) => void;
    /** What onText heard so far is no part of the answer. */
    onRestart?: () => void;
  },
) => Promise<SendMessageResponse>;

/** A message on its way to its answer. */
type Asked = {
  accountSid: string;
  assistantId: string;
  sessionId: string;
  request: ParsedSendMessageRequest;
  idempotency?: { key: string; requestHash: string };
  signal: AbortSignal;
};

type Assistant = NonNullable<Awaited<ReturnType<typeof loadAssistant>>>;

const GENERATE_LIMIT = 60_000;

/**
 * Asks an assistant, and stores what was said. A TandemError says what is wrong with the request; whatever is thrown,
 * nothing was stored. Under an idempotency key the answer is generated once and told again to every request like the
 * first, so a request may always be repeated; another request under the same key is a conflict.
 */
export function createSendMessage(parts: {
  db: Database;
  now: () => Date;
  newId: () => string;
  /** By the name of the model. */
  providers: Record<string, Generate>;
  log: { info(fields: object, event: string): void };
}): SendMessage {
  const { db, now, newId, providers, log } = parts;
  const withSession = createSessionLeases(db, newId);

  return async (accountSid, assistantId, body, options = {}) => {
    const request = parse(sendMessageRequest, body);
    const key = parse(idempotencyKey.optional(), options.idempotencyKey, 'Idempotency-Key');
    const asked: Asked = {
      accountSid,
      assistantId,
      sessionId: request.session_id ?? (key === undefined ? newId() : sessionOfKey(accountSid, key)),
      request,
      idempotency: key === undefined ? undefined : { key, requestHash: hashOf(assistantId, request) },
      signal: options.signal ?? new AbortController().signal,
    };
    return withSession(accountSid, asked.sessionId, asked.signal, async (lease) => {
      return (await storedAnswer(asked)) ?? (await answer(asked, lease));
    });
  };

  async function storedAnswer({ accountSid, idempotency }: Asked): Promise<SendMessageResponse | undefined> {
    if (!idempotency) return undefined;
    const stored = await findAnswer(db, accountSid, idempotency.key);
    if (stored && stored.requestHash !== idempotency.requestHash) {
      throw new TandemError('conflict', 'Idempotency-Key: was used for another message before. Take a new one.');
    }
    return stored?.response;
  }

  async function answer(asked: Asked, lease: SessionLease): Promise<SendMessageResponse> {
    const startedAt = now();
    const assistant = await loadAssistant(db, asked.accountSid, asked.assistantId);
    if (!assistant) throw new TandemError('notFound', 'There is no such assistant.');
    const generated = await generate(assistant, asked);
    const text = storable(generated.text);
    const response: SendMessageResponse = {
      status: 'Success',
      session_id: asked.sessionId,
      account_sid: asked.accountSid,
      body: text,
      flagged: false,
      aborted: false,
    };
    const { identity, body, mode } = asked.request;
    const user = { id: `aia_msg_${newId()}`, text: body, meta: { mode } };
    const meta = { model: assistant.model, sources: generated.sources };
    const said = { id: `aia_msg_${newId()}`, text, meta };
    const stored = await storeExchange(
      db,
      lease,
      { assistantId: assistant.id, identity, user, assistant: said, idempotency: asked.idempotency, response },
      now(),
    );
    if (stored !== 'stored') {
      const told = await storedAnswer(asked);
      if (told) return told;
      throw new TandemError(
        'tooManyRequests',
        'Answering took too long, and another message of the session went first.',
      );
    }
    lease.spent = true;
    const durationMs = now().getTime() - startedAt.getTime();
    log.info({ assistantId: assistant.id, messageId: said.id, model: assistant.model, durationMs }, 'answer.generated');
    return response;
  }

  async function generate(assistant: Assistant, { accountSid, sessionId, request, signal }: Asked) {
    const provider = providers[assistant.model];
    if (!provider) {
      throw new TandemError(
        'conflict',
        `Nobody here can ask the model ${assistant.model}: set the assistant's model to offline.`,
      );
    }
    return provider({
      assistant: {
        name: assistant.name,
        owner: assistant.owner,
        personalityPrompt: assistant.personality_prompt,
        knowledge: assistant.knowledge,
      },
      history: await readHistory(db, accountSid, sessionId),
      userText: request.body,
      mode: request.mode,
      search: (question) => searchKnowledge(db, assistant.id, question),
      signal: AbortSignal.any([signal, AbortSignal.timeout(GENERATE_LIMIT)]),
    });
  }
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
