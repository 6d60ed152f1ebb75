import type { Database } from '../store/database.ts';
import type { TwilioClients } from '../twilio/clients.ts';
import { createFlexDesk } from './flex.ts';
import { createMeanwhile } from './meanwhile.ts';
import { createStudioDesk } from './studio.ts';
import { readBackground, taskAttributes } from './task-attributes.ts';

/** Where humans sit, as the work on a thread needs it. */
export function createHandoff(parts: {
  db: Database;
  clients: Pick<TwilioClients, 'of'>;
  /** Where operators reach the console, if that is known. */
  publicUrl: string | undefined;
  now: () => Date;
}) {
  const { db, clients, now } = parts;
  const consoleUrl = (threadKey: string, base: string | null) => {
    const url = parts.publicUrl ?? base;
    return url ? `${url}/console/threads/${encodeURIComponent(threadKey)}` : undefined;
  };
  return {
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
  };
}
