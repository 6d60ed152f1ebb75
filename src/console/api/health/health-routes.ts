import { Router } from 'express';
import { z } from 'zod';
import { type ReadinessChecks, runChecks } from '../../../http/operations.ts';
import type { Database } from '../../../store/database.ts';
import type { Health, HealthRange } from '../../contract.ts';
import { parsed } from '../parse.ts';
import { readHealth } from './health.ts';

const query = z.object({ range: z.enum(['hour', 'day']).default('hour') });

/** How long an answer holds: many pages may watch, and a day of a busy gateway is read in a second or so. */
const FRESH: Record<HealthRange, number> = { hour: 2_000, day: 20_000 };

/** `/health`: numbers and plots, computed from what is stored. */
export function healthRoutes(parts: { db: Database; now: () => Date; checks: ReadinessChecks }): Router {
  const { db, now, checks } = parts;
  const router = Router();
  const read = new Map<HealthRange, { at: number; health: Promise<Omit<Health, 'checks'>> }>();

  router.get('/health', async (request, response) => {
    const { range } = parsed(query, request.query);
    const at = now();
    let last = read.get(range);
    if (!last || at.getTime() - last.at > FRESH[range]) {
      last = { at: at.getTime(), health: readHealth(db, range, at) };
      read.set(range, last);
      last.health.catch(() => read.delete(range));
    }
    const [health, results] = await Promise.all([last.health, runChecks(checks)]);
    const named = Object.entries(results).map(([name, status]) => ({ name, status }));
    response.json({ ...health, checks: named } satisfies Health);
  });
  return router;
}
