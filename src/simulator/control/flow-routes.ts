import express, { Router } from 'express';
import type { Carrier } from '../carrier.ts';
import { RestError } from '../rest-errors.ts';
import { testimony } from '../studio/run-flow.ts';
import { flowDefinition } from '../studio/store.ts';

/** What Studio's flows do, and what they did. */
export function flowControl(carrier: Carrier): Router {
  const { flows, executions, put } = carrier.studio;
  const router = Router();
  router.get('/flows', (_request, response) => {
    response.json({ flows: [...flows.values()], executions: executions.map(testimony) });
  });
  router.put('/flows/:sid', express.json({ limit: '256kb' }), (request, response) => {
    const sid = String(request.params.sid);
    if (!/^FW[0-9a-fA-F]{32}$/.test(sid)) throw new RestError(20001, 'a flow has a SID like FW…');
    response.json(put(sid, flowDefinition.parse(request.body)));
  });
  return router;
}
