import type { IncomingMessage, ServerResponse } from 'node:http';
import { operations } from './assistants/api/operations.ts';
import { createAssistants } from './assistants/assistants.ts';
import { callbackRoute } from './assistants-client/callback-route.ts';
import { createAsk } from './assistants-client/create-ask.ts';
import { createClosers } from './closers.ts';
import type { Config } from './config/config.ts';
import { consoleApi } from './console/api/console-api.ts';
import { keepTimings } from './console/api/health/timings.ts';
import { createLogin } from './console/login/login.ts';
import { consolePages } from './console/pages.ts';
import { queuePages } from './console/queue-pages.ts';
import { createTalks } from './conversations/create-talks.ts';
import { createHandoff } from './handoff/create-handoff.ts';
import { createLinkedAccept } from './handoff/linked.ts';
import { createApp } from './http/app.ts';
import { docsRoutes } from './http/docs.ts';
import { describeApi } from './http/openapi.ts';
import { operationsRoutes, type ReadinessChecks } from './http/operations.ts';
import { createGuardedDispatcher } from './http/outbound-guard.ts';
import { listen, stopListening } from './http/server.ts';
import { instanceOf, isSameSecret } from './http/tokens.ts';
import { uuidv7 } from './ids.ts';
import { createAccept } from './inbox/accept.ts';
import { backfill } from './inbox/backfill.ts';
import { createRecovery } from './inbox/recovery.ts';
import { createRefusedNumbers } from './inbox/refused-numbers.ts';
import { createFetchMedia } from './media/fetch-media.ts';
import { createEvents } from './observability/events.ts';
import type { Logger } from './observability/logger.ts';
import { createMetrics, measureStore } from './observability/metrics.ts';
import { createTracing } from './observability/tracing.ts';
import { createLine } from './outbox/line.ts';
import { createMessagesLine } from './outbox/messages-line.ts';
import { createApplyReceipt } from './outbox/receipts.ts';
import { createJobs } from './queue/jobs.ts';
import { createPostgresWakeUps } from './queue/postgres-wake-ups.ts';
import { createRedisWakeUps } from './queue/redis-wake-ups.ts';
import { createSimulator } from './simulator/server.ts';
import { openDatabase, sql } from './store/database.ts';
import { startEmbeddedPostgres } from './store/embedded-postgres.ts';
import { migrate, pendingMigrations } from './store/migrate.ts';
import { deleteExpired } from './store/retention.ts';
import { createThreadStore } from './thread/thread-store.ts';
import { advance } from './turn/advance.ts';
import { becomeHolder } from './turn/holder.ts';
import { CONCURRENCY, createWorker } from './turn/worker.ts';
import { createCarrier, LOG_LAG } from './twilio/carrier.ts';
import { createTwilioClients } from './twilio/clients.ts';
import { createWebhookHandler, webhookKind } from './twilio/webhooks/handler.ts';

/** How long work in hand may take to come to an end when the process is told to stop. */
const STOP_GRACE = 5_000;
const HTTP_GRACE = 2_000;
const RETENTION_EVERY = 3_600_000;

export type Tandem = {
  /** Where it listens, as seen from this machine. */
  url: string;
  /** Resolves once nothing is being worked on in this process, nothing is due, and what was missed is fetched. */
  settle(): Promise<void>;
  /** Stops accepting, finishes or hands back what is in hand, closes everything. */
  stop(): Promise<void>;
};

/**
 * Puts the parts together and starts them. What it opened by the time something fails is closed again before the error
 * is thrown.
 */
export async function startTandem(config: Config, log: Logger): Promise<Tandem> {
  const closers = createClosers(log);
  try {
    return await start(config, log, closers);
  } catch (error) {
    await closers.run();
    throw error;
  }
}

async function start(config: Config, log: Logger, closers: ReturnType<typeof createClosers>): Promise<Tandem> {
  const now = () => new Date();
  const newId = uuidv7;
  const metrics = createMetrics();
  const events = createEvents(log, metrics, config.log.bodies);

  // store
  let { databaseUrl } = config.store;
  if (!databaseUrl) {
    const embedded = await startEmbeddedPostgres(config.store.dataDir);
    closers.add('embedded postgres', embedded.stop, 10_000);
    databaseUrl = embedded.url;
  }
  const connectionLost = (error: Error) => log.warn({ err: error }, 'store.connection_lost');
  const db = openDatabase(databaseUrl, connectionLost);
  closers.add('database', db.close);
  const pathDb = openDatabase(databaseUrl, connectionLost, 10, 'by-index');
  closers.add('path database', pathDb.close);
  const applied = await migrate(db);
  if (applied.length > 0) log.info({ migrations: applied }, 'store.migrated');
  measureStore(metrics.registry, db, now);
  const timings = keepTimings({
    db,
    histograms: { accept: metrics.acceptSeconds, turn: metrics.turnSeconds, send: metrics.sendSeconds },
    now,
    onError: (error) => log.warn({ err: error }, 'timings.not_kept'),
  });
  closers.add('timings', timings.close);

  // queue
  const wakeUps = config.queue.redisUrl
    ? createRedisWakeUps(config.queue.redisUrl, log, CONCURRENCY)
    : createPostgresWakeUps(db, log);
  closers.add('queue', wakeUps.close);

  const jobs = await createJobs({ redisUrl: config.queue.redisUrl, databaseUrl, log });
  closers.add('jobs', jobs.close);
  jobs.repeat('retention', RETENTION_EVERY, async (signal) => {
    log.info(await deleteExpired(db, now(), config.retention, signal), 'retention.done');
  });

  // carrier: in local mode its API is a simulator behind our own port
  const accounts = new Map(config.twilio.accounts.map((account) => [account.accountSid, account]));
  const [mainAccount] = config.twilio.accounts as [(typeof config.twilio.accounts)[number]];

  const { host } = config.http;
  const handlers: { webhook?: Handler; app?: Handler } = {};
  let started = () => {};
  const starting = new Promise<void>((resolve) => {
    started = resolve;
  });
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    const handler = config.roles.web && webhookKind(request.url) ? handlers.webhook : handlers.app;
    // A webhook that comes while we start waits: one that is refused is answered late.
    if (handler) handler(request, response);
    else void starting.then(() => handle(request, response));
  };
  const { server, port } = await listen(handle, config.http.port, host);
  closers.add('http', () => stopListening(server, HTTP_GRACE));
  const ownUrl = `http://${host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host}:${port}`;
  const publicUrl = config.http.publicUrl ?? (config.local ? ownUrl : undefined);

  const at = (path: string) => `${publicUrl}/webhooks/twilio/${path}`;
  const simulator = config.local
    ? createSimulator({
        accounts: [{ sid: mainAccount.accountSid, authToken: mainAccount.password }],
        defaultWebhook: at('messaging'),
        defaultEventWebhooks: { conversations: at('conversations'), tasks: at('flex'), interactions: at('flex') },
      })
    : undefined;
  if (simulator) closers.add('simulator', simulator.close);
  const clients = createTwilioClients({
    accounts: config.twilio.accounts,
    baseUrl: simulator ? ownUrl : config.twilio.apiBaseUrl,
    timeout: config.twilio.timeout,
  });
  closers.add('twilio', clients.close);
  const carrier = createCarrier(clients);

  const tracing = createTracing({ enabled: config.traces, db, log });

  // assistants: our own, and the way to whichever are asked
  const dispatcher = createGuardedDispatcher({ allowPrivate: config.assistants.allowPrivateAddresses });
  closers.add('outbound requests', () => dispatcher.destroy());
  const assistants = createAssistants({
    db,
    now,
    newId,
    log,
    jobs,
    dispatcher,
    allowPrivateAddresses: config.assistants.allowPrivateAddresses,
    secretsKey: config.secrets.secretsKey,
    limits: config.assistants.limits,
    providerKeys: config.assistants.providerKeys,
    embedding: config.assistants.embedding,
    segment: config.assistants.segment,
    onModelCalled: tracing.modelCalled(events.modelCalled),
    onChecked: events.guardrailChecked,
    authTokenOf: (accountSid) => accounts.get(accountSid)?.authTokens[0],
    baseUrl: (request) => publicUrl ?? `${request.protocol}://${request.get('host')}`,
    authenticate: async (user, secret) => {
      const account = config.twilio.accounts.find(
        ({ accountSid, username }) => user === accountSid || user === username,
      );
      if (!account) return undefined;
      const secrets = user === account.username ? [account.password, ...account.authTokens] : account.authTokens;
      return secrets.some((expected) => isSameSecret(secret, expected)) ? account.accountSid : undefined;
    },
  });
  if (config.local && !config.assistants.baseUrl) await assistants.seedDemo(mainAccount.accountSid);
  const media = {
    accounts,
    baseUrl: simulator ? ownUrl : config.twilio.apiBaseUrl,
    twilio: clients.dispatcher,
    guarded: dispatcher,
    log,
  };
  const ask = tracing.ask(createAsk(config, assistants, createFetchMedia(media), closers, now));

  // threads
  const store = createThreadStore(pathDb, now);
  const accept = createLinkedAccept(pathDb, tracing.accept(createAccept(pathDb, now, wakeUps.wake)));
  const refused = createRefusedNumbers(db, now);
  const applyReceipt = tracing.applyReceipt(createApplyReceipt(pathDb, now, wakeUps.wake));
  const talks = createTalks({ db, clients, media, accept, wake: wakeUps.wake, events, log, now });
  closers.add('typing', talks.typing.idle);
  const logLag = simulator ? 0 : LOG_LAG;
  const handoff = createHandoff({
    db: pathDb,
    clients,
    config,
    publicUrl,
    accept,
    logLag,
    wake: wakeUps.wake,
    announce: events.announce,
    now,
    newId,
  });
  const recovery = createRecovery({
    backfill: (isMissed) => backfill({ db, carrier, talks, accept, refused, events, logLag, now }, isMissed),
    logLag,
    // Wake-ups that came while work was held back are gone, and so is the news of agents.
    opened: () => {
      const looking = handoff.handoffs.signalAll().then(worker.anyDue);
      looking.catch((error) => log.warn({ err: error }, 'worker.store_away'));
    },
    log,
  });
  // Another process may have refused webhooks while the store was away, and they are missed all the same.
  const holder = await becomeHolder(db, recovery.missed, log);
  closers.add('holder', holder.close);
  const worker = createWorker({
    store,
    holder: holder.number,
    isOpen: recovery.isOpen,
    wake: wakeUps.wake,
    events,
    log,
    advance: (lease, stop) => advance(advanceParts, lease, stop),
  });
  const advanceParts = {
    store,
    ask,
    line: createLine({ messages: createMessagesLine({ carrier, store, publicUrl }), conversations: talks.line }),
    catchUp: talks.catchUp,
    ...handoff.work,
    settings: config.turns,
    sendTimeout: config.twilio.timeout,
    announce: talks.typing.with(tracing.announce(events.announce)),
    wakeAt: wakeUps.wakeAt,
    now,
    newId,
  };

  // http
  let stopping = false;
  handlers.webhook = createWebhookHandler({
    accounts,
    publicUrl: config.http.publicUrl,
    accept,
    refused,
    applyReceipt,
    applyNews: talks.applyNews,
    signalHandoff: handoff.handoffs.signal,
    isSending: talks.isSending,
    missed: recovery.missed,
    reached: recovery.reached,
    events,
    now,
  });
  const checks: ReadinessChecks = {
    process: async () => !stopping || 'stopping',
    store: async () => (await db.query(sql`select 1`)) && true,
    migrations: async () => (await pendingMigrations(db)).length === 0 || 'some are still to be applied',
    queue: async () => (await wakeUps.ready()) || 'no connection',
  };
  const login = createLogin({ ...config.console, ...config.secrets, local: config.local, publicUrl, now, events });
  handlers.app = createApp({
    trustedProxies: config.http.trustedProxies,
    operations: operationsRoutes({
      registry: metrics.registry,
      instance: instanceOf(config.secrets.secretsKey),
      metricsToken: config.secrets.metricsToken,
      checks,
    }),
    docs: docsRoutes(() => describeApi(operations)),
    callback: callbackRoute({ db, key: config.secrets.secretsKey, now, wake: wakeUps.wake }),
    assistants: tracing.answers(assistants.router),
    tools: handoff.router,
    login,
    operators: consoleApi({
      db,
      now,
      newId,
      wake: wakeUps.wake,
      checks,
      handoffs: handoff.handoffs,
      assistants: { router: assistants.router, baseUrl: config.assistants.baseUrl, account: mainAccount },
      defaultAssistantId: config.assistants.defaultAssistantId,
      simulator: simulator && { app: simulator.app, url: ownUrl },
    }),
    queues: queuePages([jobs.queue, ...(wakeUps.queue ? [wakeUps.queue] : [])], login.operatorsOnly),
    pages: consolePages(),
    simulator: simulator?.app,
    log,
  });

  // work
  if (config.roles.worker) {
    closers.add(
      'work',
      () => Promise.all([wakeUps.stop(), worker.stop(STOP_GRACE), jobs.stop(STOP_GRACE)]),
      STOP_GRACE + 2_000,
    );
    await wakeUps.start(worker);
    worker.start();
    await jobs.start();
  }
  closers.add('recovery', async () => recovery.stop());
  // No more webhooks once we stop; but in local mode the carrier that takes the last answers stands behind the same port.
  if (!config.local) closers.add('accepting', () => stopListening(server, HTTP_GRACE));
  void recovery.begin();
  started();

  return {
    url: ownUrl,
    async settle() {
      for (;;) {
        await worker.idle();
        if (!(await store.isBusy()) && recovery.isOpen()) return;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    async stop() {
      stopping = true;
      await closers.run();
    },
  };
}

type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;
