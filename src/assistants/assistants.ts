import type { Request, Router } from 'express';
import type { Dispatcher } from 'undici';
import { fetchThrough } from '../http/outbound-guard.ts';
import type { Jobs } from '../queue/jobs.ts';
import type { Database } from '../store/database.ts';
import { createSendMessage, type SendMessage } from './agent/send-message.ts';
import type { ModelObserver } from './agent/turn-models.ts';
import { type Authenticate, createRouter } from './api/router.ts';
import { firstAssistantId } from './assistant-store.ts';
import { createSendLater } from './callback/send-later.ts';
import { seedDemo } from './demo.ts';
import { type CheckObserver, createChecks } from './guardrails/checks.ts';
import { createSearch } from './knowledge/create-search.ts';
import { createIngestion } from './knowledge/ingestion.ts';
import { createCredentialsOf } from './knowledge-credentials.ts';
import { defaultLimits, type Limits } from './limits.ts';
import { createMemory } from './memory/memory.ts';
import { createSegment, type SegmentUrls, segmentUrls } from './memory/segment.ts';
import { createEmbedding, type EmbeddingSettings } from './providers/embedding-model.ts';
import type { ProviderKeys } from './providers/language-model.ts';
import { createOfflineProvider } from './providers/offline.ts';
import type { Generate } from './providers/provider.ts';
import { createAuthorize } from './tools/authorize.ts';
import { createTurnTools } from './tools/turn-tools.ts';

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
  /** Of model providers, for assistants that bring no key of their own. */
  providerKeys?: ProviderKeys;
  /** Without it, knowledge is searched by words alone. */
  embedding?: EmbeddingSettings;
  /** Where Segment is, if not at its American addresses. */
  segment?: SegmentUrls;
  /** Replaces the provider that answers without a model. */
  offline?: Generate;
  onModelCalled?: ModelObserver;
  /** Hears what the guardrails found, and what came of it. */
  onChecked?: CheckObserver;
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
  const { db, secretsKey, providerKeys = {} } = parts;
  const fetch = fetchThrough(parts.dispatcher);
  const authorize = createAuthorize({ fetch, now: parts.now });
  const knowledge = {
    ...parts,
    credentialsOf: createCredentialsOf(db, secretsKey, authorize),
    embedding: parts.embedding && createEmbedding(parts.embedding, providerKeys),
    allowPrivate: parts.allowPrivateAddresses,
  };
  const sendMessage = createSendMessage({
    ...parts,
    models: { fetch, keys: providerKeys },
    onModelCalled: parts.onModelCalled ?? (() => {}),
    offline: parts.offline ?? createOfflineProvider(db),
    search: createSearch(knowledge),
    memory: createMemory({ ...parts, segment: createSegment({ fetch, urls: parts.segment ?? segmentUrls }) }),
    checks: createChecks(parts.onChecked ?? (() => {})),
    turnTools: createTurnTools({ ...parts, fetch, authorize }),
  });
  const sendLater = createSendLater({ ...parts, sendMessage });
  const limits = { ...defaultLimits, ...parts.limits };
  const ingestion = createIngestion({ ...knowledge, limits: { pages: limits.pages } });
  return {
    router: createRouter({ ...parts, sendMessage, sendLater, enqueueIngestion: ingestion.enqueue, limits }),
    sendMessage,
    firstAssistantId: (accountSid) => firstAssistantId(db, accountSid),
    seedDemo: (accountSid) => seedDemo(db, accountSid, parts),
  };
}
