import type { Request, Router } from 'express';
import type { Dispatcher } from 'undici';
import type { Jobs } from '../queue/jobs.ts';
import type { Database } from '../store/database.ts';
import { createSendMessage, type SendMessage } from './agent/send-message.ts';
import { type Authenticate, createRouter } from './api/router.ts';
import { firstAssistantId } from './assistant-store.ts';
import { createSendLater } from './callback/send-later.ts';
import { seedDemo } from './demo.ts';
import { createIngestion } from './knowledge/ingestion.ts';
import { createCredentialsOf } from './knowledge-credentials.ts';
import { defaultLimits, type Limits } from './limits.ts';
import { createOfflineProvider } from './providers/offline.ts';
import type { Generate } from './providers/provider.ts';

export type { SendMessageRequest, SendMessageResponse } from './api/schemas.ts';

export type AssistantsParts = {
  db: Database;
  now: () => Date;
  newId: () => string;
  authenticate: Authenticate;
  /** Scheme, host and path prefix under which the caller reaches us, without a trailing slash. */
  baseUrl: (request: Request) => string;
  log: Log;
  /** Encrypts the credentials that are kept. */
  secretsKey: Buffer;
  /** Runs what takes its time. Its kinds of job are named here, so it must not run yet. */
  jobs: Pick<Jobs, 'define' | 'repeat'>;
  /** Sends requests to URLs that the accounts' people chose. */
  dispatcher: Dispatcher;
  /** What the dispatcher does, where something else opens the connection. */
  allowPrivateAddresses?: boolean;
  /** What an account's requests to webhooks are signed with. */
  authTokenOf: (accountSid: string) => string | undefined;
  limits?: Partial<Limits>;
  /** Replaces providers, by the name of the model. */
  providers?: Record<string, Generate>;
};

type Log = {
  info(fields: object, event: string): void;
  error(fields: object, event: string): void;
};

export type Assistants = {
  /** Serves `/v1/Assistants…`, `/v1/Tools…`, `/v1/Knowledge…`, `/v1/Policies` and `/v1/Sessions…`; mount it at the root, before the error handler. */
  router: Router;
  /** Does in process exactly what `POST /v1/Assistants/{id}/Messages` does, errors included. */
  sendMessage: SendMessage;
  /** The account's oldest assistant. */
  firstAssistantId(accountSid: string): Promise<string | undefined>;
  /** Creates the demo assistant if the account has none; the id of what was created. */
  seedDemo(accountSid: string): Promise<string | undefined>;
};

/** The self-hosted Assistants API, on a database that is migrated. */
export function createAssistants(parts: AssistantsParts): Assistants {
  const { db } = parts;
  const providers = { offline: createOfflineProvider(db), ...parts.providers };
  const sendMessage = createSendMessage({ ...parts, providers });
  const sendLater = createSendLater({ ...parts, sendMessage });
  const limits = { ...defaultLimits, ...parts.limits };
  const ingestion = createIngestion({
    ...parts,
    credentialsOf: createCredentialsOf(db, parts.secretsKey),
    limits: { pages: limits.pages },
    allowPrivate: parts.allowPrivateAddresses,
  });
  return {
    router: createRouter({ ...parts, sendMessage, sendLater, enqueueIngestion: ingestion.enqueue, limits }),
    sendMessage,
    firstAssistantId: (accountSid) => firstAssistantId(db, accountSid),
    seedDemo: (accountSid) => seedDemo(db, accountSid, parts),
  };
}
