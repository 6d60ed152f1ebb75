import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { Router } from 'express';
import type { Account } from './account.ts';
import type { Carrier } from './carrier.ts';
import { controlRoutes } from './control-routes.ts';
import { conversationsApi } from './conversations/rest-api.ts';
import { createConversationStore } from './conversations/store.ts';
import { createWebhooks } from './deliver-webhook.ts';
import { createEventStream } from './event-stream.ts';
import { createFaults } from './faults.ts';
import { flexApi } from './flex/rest-api.ts';
import { createFlexStore } from './flex/store.ts';
import { createConsent } from './messaging/consent.ts';
import { createMessageLog } from './messaging/messages.ts';
import { createNumbers } from './messaging/numbers.ts';
import { accountApi } from './messaging/rest-account.ts';
import { restApi } from './messaging/rest-api.ts';
import { messagingServicesApi } from './messaging/senders.ts';
import { testimony } from './messaging/witness.ts';
import { createPace } from './pace.ts';
import { refusalBody } from './rest-errors.ts';
import { studioApi } from './studio/rest-api.ts';
import { createStudioStore } from './studio/store.ts';

export type SimulatorOptions = {
  accounts: readonly Account[];
  /** Where messages to numbers without settings of their own go; a function where the port is not known yet. */
  defaultWebhook?: string | (() => string | undefined);
  /** Where all events of conversations, tasks and interactions go while the account names no webhook for them. */
  defaultEventWebhooks?: Partial<Record<'conversations' | 'tasks' | 'interactions', string>>;
  now?: () => Date;
  /** Between one delivery status and the next, in milliseconds. */
  receiptDelay?: number;
  /** Of the chances in fault rules. */
  seed?: number;
  /** Messages kept; beyond it the oldest are dropped. */
  limit?: number;
};

/**
 * A carrier in memory: Twilio's REST API for messages under `/2010-04-01`, Conversations, Flex and TaskRouter under
 * `/v1`, Studio under `/v2`; phones, web chats, the agents' desk and the witness under `/simulator`.
 * Mount `app` before any body parser: it reads its own bodies.
 */
export function createSimulator(options: SimulatorOptions): { app: Router; close: () => Promise<void> } {
  const { defaultWebhook, defaultEventWebhooks = {}, now = () => new Date(), limit = 100_000 } = options;
  const events = createEventStream();
  const accountSids = options.accounts.map(({ sid }) => sid);
  const carrier: Carrier = {
    accounts: options.accounts,
    numbers: createNumbers(typeof defaultWebhook === 'function' ? defaultWebhook : () => defaultWebhook),
    log: createMessageLog({
      limit,
      now,
      publish: ({ type, message }) => events.publish(type, () => testimony(message)),
    }),
    consent: createConsent(limit),
    faults: createFaults(options.seed ?? 1),
    webhooks: createWebhooks(),
    receipts: { answered: 0, failed: 0 },
    pace: createPace(),
    receiptDelay: options.receiptDelay ?? 20,
    now,
    publish: events.publish,
    conversations: createConversationStore({ accountSids, limit, now }),
    flex: createFlexStore(now),
    studio: createStudioStore(accountSids, now),
    defaults: {
      conversations: () => defaultEventWebhooks.conversations,
      tasks: () => defaultEventWebhooks.tasks,
      interactions: () => defaultEventWebhooks.interactions,
    },
  };

  const app = Router();
  app.use('/2010-04-01/Accounts/:accountSid.json', accountApi(carrier));
  app.use('/2010-04-01/Accounts/:accountSid', restApi(carrier));
  app.use('/simulator', controlRoutes(carrier, events));
  app.use(conversationsApi(carrier), flexApi(carrier), studioApi(carrier), messagingServicesApi(carrier));
  return {
    app,
    async close() {
      events.close();
      carrier.pace.close();
      await carrier.webhooks.close();
    },
  };
}

/** The simulator on a server of its own. */
export async function startSimulator(
  options: SimulatorOptions & { port?: number },
): Promise<{ url: string; close: () => Promise<void> }> {
  const simulator = createSimulator(options);
  const app = express().disable('x-powered-by').use(simulator.app);
  app.use((_request, response) => {
    response.status(404).json(refusalBody(20404, 'The simulator has no such path', 404));
  });
  const server = createServer(app);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      await simulator.close();
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
    },
  };
}
