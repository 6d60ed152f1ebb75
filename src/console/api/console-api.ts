import { Router } from 'express';
import type { ReadinessChecks } from '../../http/operations.ts';
import type { Database } from '../../store/database.ts';
import type { About } from '../contract.ts';
import { type AssistantsBehind, assistantsProxy } from './assistants-proxy.ts';
import { failureRoutes } from './failures/failure-routes.ts';
import { createFailureStore } from './failures/failure-store.ts';
import { healthRoutes } from './health/health-routes.ts';
import { liveRoutes } from './live-routes.ts';
import { type SimulatorBehind, simulatorProxy } from './simulator-proxy.ts';
import { type Operate, threadRoutes } from './threads/thread-routes.ts';

export type ConsoleParts = {
  db: Database;
  now: () => Date;
  newId: () => string;
  wake: (threadKeys: string[]) => void;
  checks: ReadinessChecks;
  handoffs: Operate;
  assistants: AssistantsBehind;
  defaultAssistantId: string | undefined;
  /** The carrier's stand-in; only in local mode. */
  simulator: Omit<SimulatorBehind, 'account'> | undefined;
};

/** What operators, the console's pages and the command line ask of the gateway, as JSON under `/console/api`. */
export function consoleApi(parts: ConsoleParts): Router {
  const router = Router();
  router.get('/about', (_request, response) => {
    response.json({
      local: parts.simulator !== undefined,
      ours: '+15550001000',
      remoteAssistants: parts.assistants.baseUrl !== undefined,
      defaultAssistantId: parts.defaultAssistantId ?? null,
    } satisfies About);
  });
  const failures = createFailureStore(parts.db, parts.now, parts.newId);
  router.use(threadRoutes(parts), failureRoutes({ ...parts, failures }), healthRoutes(parts));
  router.use(liveRoutes({ ...parts, failures }));
  router.use('/v1', assistantsProxy(parts.assistants));
  if (parts.simulator) router.use(simulatorProxy({ ...parts.simulator, account: parts.assistants.account }));
  return router;
}
