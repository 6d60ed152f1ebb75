import { Router } from 'express';
import type { Registry } from 'prom-client';
import { within } from '../within.ts';
import { catalogue } from './errors.ts';
import { requireBearer } from './tokens.ts';

/** What has to hold before traffic may come; each check answers true or says why not. */
export type ReadinessChecks = Record<string, () => Promise<true | string>>;

const PATIENCE = 2_000;

/** `/healthz` (the process lives), `/readyz` (it may get traffic), `/metrics`, and the list of error codes. */
export function operationsRoutes(parts: {
  checks: ReadinessChecks;
  registry: Registry;
  /** Tells this installation from others, as `/healthz` shows it. */
  instance: string;
  metricsToken: string | undefined;
}) {
  const router = Router();
  router.get('/healthz', (_request, response) => {
    response.json({ status: 'ok', instance: parts.instance });
  });
  router.get('/readyz', async (_request, response) => {
    const results = await runChecks(parts.checks);
    const ready = Object.values(results).every((result) => result === 'ok');
    response.status(ready ? 200 : 503).json({ status: ready ? 'ready' : 'not ready', checks: results });
  });
  const guard = parts.metricsToken ? [requireBearer(parts.metricsToken)] : [];
  router.get('/metrics', ...guard, async (_request, response) => {
    response.type(parts.registry.contentType).send(await parts.registry.metrics());
  });
  router.get('/docs/errors', (_request, response) => {
    const rows = Object.values(catalogue).map(({ code, status, message }) => ({ code, status, message }));
    response.json({ errors: rows });
  });
  return router;
}

/** What each check says: `ok`, or why not. */
export async function runChecks(checks: ReadinessChecks): Promise<Record<string, string>> {
  const entries = Object.entries(checks).map(async ([name, check]) => [name, await outcome(check)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

async function outcome(check: () => Promise<true | string>): Promise<string> {
  try {
    const result = await within(PATIENCE, check(), () => new Error('no answer in time'));
    return result === true ? 'ok' : result;
  } catch (error) {
    return (error as Error).message;
  }
}
