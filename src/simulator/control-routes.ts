import express, { type ErrorRequestHandler, type RequestHandler, Router } from 'express';
import { z } from 'zod';
import type { Carrier } from './carrier.ts';
import { conversationControl } from './control/conversation-routes.ts';
import { deskControl } from './control/desk-routes.ts';
import { flowControl } from './control/flow-routes.ts';
import type { EventStream } from './event-stream.ts';
import { faultPlan } from './faults.ts';
import { numberSettings } from './messaging/numbers.ts';
import { receiveText, textSchema } from './messaging/phone.ts';
import { witnessed, witnessQuery, witnessStats } from './messaging/witness.ts';
import { answerRefusal, refusalBody } from './rest-errors.ts';

/** The hand on the simulator: phones, numbers, faults and the witness. For this machine only. */
export function controlRoutes(carrier: Carrier, events: EventStream): Router {
  const { faults, log, numbers, consent, pace } = carrier;
  const router = Router();
  const json = express.json({ limit: '256kb' });
  router.use(onlyLoopback);

  router.post('/texts', express.json({ limit: '7mb' }), async (request, response) => {
    const text = textSchema.parse(request.body);
    const origin = `${request.protocol}://${request.headers.host}`;
    response.status(201).json(await pace.track(receiveText(carrier, text, origin)));
  });

  router.put('/numbers/:number', json, (request, response) => {
    const settings = numberSettings.parse(request.body);
    const number = String(request.params.number);
    numbers.set(number, settings);
    response.json({ number, ...settings });
  });
  router.get('/numbers', (_request, response) => {
    response.json({ numbers: numbers.entries() });
  });

  router
    .route('/faults')
    .put(json, (request, response) => {
      faults.replace(faultPlan.parse(request.body));
      response.json({ rules: faults.rules() });
    })
    .get((_request, response) => {
      response.json({ rules: faults.rules() });
    })
    .delete((_request, response) => {
      faults.clear();
      response.status(204).end();
    });

  router
    .route('/messages')
    .get((request, response) => {
      const query = witnessQuery.parse(request.query);
      response.json({ messages: witnessed(log, query) });
    })
    .delete((_request, response) => {
      log.forget();
      consent.forget();
      response.status(204).end();
    });
  router.get('/stats', (_request, response) => {
    response.json(witnessStats(carrier));
  });
  router.get('/events', events.handler);
  router.use(conversationControl(carrier), deskControl(carrier), flowControl(carrier));

  router.use((_request, response) => {
    response.status(404).json(refusalBody(20404, 'The simulator has no such path', 404));
  });
  router.use(answerRefusal, answerBadInput);
  return router;
}

/** A page that made its own name point here (DNS rebinding) still sends that name as the Host. */
const onlyLoopback: RequestHandler = (request, response, next) => {
  const host = (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
  if (['localhost', '127.0.0.1', '[::1]'].includes(host)) return next();
  response.status(403).json(refusalBody(20403, 'The simulator is controlled through localhost only', 403));
};

const answerBadInput: ErrorRequestHandler = (error, _request, response, next) => {
  if (error instanceof z.ZodError) {
    response.status(400).json(refusalBody(20001, z.prettifyError(error), 400));
  } else if (typeof error.status === 'number' && error.status < 500) {
    response.status(error.status).json(refusalBody(20001, error.message, error.status));
  } else {
    next(error);
  }
};
