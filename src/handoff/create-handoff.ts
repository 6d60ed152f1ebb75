import { Router } from 'express';
import type { Accept } from '../inbox/accept.ts';
import type { Database } from '../store/database.ts';
import type { Announcement } from '../turn/step.ts';
import type { TwilioClients } from '../twilio/clients.ts';
import { createConversations } from '../twilio/conversations.ts';
import { createFlexDesk } from './flex.ts';
import type { HandoffSettings } from './handoff.ts';
import { createHandoffStore } from './handoff-store.ts';
import { createMeanwhile } from './meanwhile.ts';
import { sendToAssistantRoute } from './send-to-assistant.ts';
import { createStudioDesk } from './studio.ts';
import { readBackground, taskAttributes } from './task-attributes.ts';
import type { ToolCallers } from './tool-call.ts';
import { toolRoutes } from './tool-routes.ts';

/** All that threads need to go to humans and back. */
export function createHandoff(parts: {
  db: Database;
  clients: TwilioClients;
  settings: HandoffSettings;
  callers: ToolCallers;
  /** Where operators reach the console, if that is known. */
  consoleBase: string | undefined;
  accept: Accept;
  wake: (threadKeys: string[]) => void;
  announce: (threadKey: string, announcement: Announcement, now: Date) => void;
  now: () => Date;
  newId: () => string;
}) {
  const { db, clients, now, newId, wake, announce, settings, callers } = parts;
  const conversations = createConversations(clients);
  const handoffs = createHandoffStore({ db, now, newId, wake, announce });
  const consoleUrl = (threadKey: string, base: string | null) => {
    const url = parts.consoleBase ?? base;
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
