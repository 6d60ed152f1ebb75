import express, { type Express, type RequestHandler, type Router } from 'express';
import type { Logger } from '../observability/logger.ts';
import { errorHandler, notFound } from './error-handler.ts';

/** Everything but Twilio's webhooks, which stand in front of it. */
export function createApp(parts: {
  /** How many proxies in front of us add to X-Forwarded-For. */
  trustedProxies: number;
  operations: Router;
  docs: Router;
  callback: Router;
  assistants: RequestHandler;
  /** Webhook tools of assistants, and what Studio flows call. */
  tools: Router;
  login: { router: Router; guard: RequestHandler };
  operators: Router;
  queues: Router;
  pages: Router;
  simulator: Router | undefined;
  log: Logger;
}): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', parts.trustedProxies);
  app.use(parts.operations);
  app.use(parts.docs);
  app.use(parts.callback);
  app.use(parts.assistants);
  app.use(parts.tools);
  app.use('/console/api', parts.login.router, parts.login.guard, parts.operators, notFound);
  app.use('/console/queues', parts.queues);
  app.use('/console', parts.pages);
  // Whoever opens the bare address is a person who looks around.
  app.get('/', (_request, response) => response.redirect('/console'));
  if (parts.simulator) app.use(parts.simulator);
  app.use(notFound);
  app.use(errorHandler(parts.log));
  return app;
}
