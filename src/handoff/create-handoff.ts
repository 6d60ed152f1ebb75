import { Router } from 'express';
import type { Config } from '../config/config.ts';
import type { Accept } from '../inbox/accept.ts';
import type { Database } from '../store/database.ts';
import type { Announcement } from '../turn/step.ts';
import type { TwilioClients } from '../twilio/clients.ts';
import { createConversations } from '../twilio/conversations.ts';
import { createFlexDesk } from './flex.ts';
import { createHandoffStore } from './handoff-store.ts';
import { createMeanwhile } from './meanwhile.ts';
import { sendToAssistantRoute } from './send-to-assistant.ts';
import { createStudioDesk } from './studio.ts';
import { readBackground, taskAttributes } from './task-attributes.ts';
import { toolRoutes } from './tool-routes.ts';
import { createTranscribe } from './transcribe.ts';

/** All that threads need to go to humans and back. */
export function createHandoff(parts: {
  db: Database;
  clients: TwilioClients;
  config: Pick<Config, 'http' | 'secrets' | 'turns' | 'twilio'>;
  /** Where we are reached, if that is known. */
  publicUrl: string | undefined;
  accept: Accept;
  /** How long Twilio's lists may lag behind, in milliseconds. */
  logLag: number;
  wake: (threadKeys: string[]) => void;
  announce: (threadKey: string, announcement: Announcement, now: Date) => void;
  now: () => Date;
  newId: () => string;
}) {
  const { db, clients, config, now, newId, wake, announce } = parts;
  const settings = config.turns.handoff;
  const callers = {
    accounts: new Map(config.twilio.accounts.map((account) => [account.accountSid, account])),
    publicUrl: config.http.publicUrl,
    toolsToken: config.secrets.toolsToken,
  };
  const conversations = createConversations(clients);
  const handoffs = createHandoffStore({ db, now, newId, wake, announce });
  const consoleUrl = (threadKey: string, base: string | null) => {
    const url = parts.publicUrl ?? base;
    return url ? `${url}/console/threads/${encodeURIComponent(threadKey)}` : undefined;
  };
  return {
    handoffs,
    /** What the work on a thread needs of it. */
    work: {
      desks: {
        flex: createFlexDesk({
          clients,
          now,
          logLag: parts.logLag,
          transcribe: createTranscribe({ db, conversations, accept: parts.accept }),
          attributes: async (one) => {
            const { key, publicUrl } = one.thread;
            return taskAttributes(one, await readBackground(db, key), consoleUrl(key, publicUrl));
          },
        }),
        studio: createStudioDesk({ clients, db }),
      },
      meanwhile: createMeanwhile(db),
    },
    router: Router()
      .use(toolRoutes({ ...callers, db, handoffs, settings }))
      .use(sendToAssistantRoute({ ...callers, clients, conversations, handoffs, accept: parts.accept })),
  };
}
