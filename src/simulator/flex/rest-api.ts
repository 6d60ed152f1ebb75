import { Router } from 'express';
import type { Carrier } from '../carrier.ts';
import { productApi } from '../product-api.ts';
import { instanceRoutes } from './rest-instances.ts';
import { interactionRoutes } from './rest-interactions.ts';
import { taskRouterRoutes } from './rest-taskrouter.ts';

/** Twilio's Flex API (v1) as far as it is about interactions, and TaskRouter (v1) below it. */
export function flexApi(carrier: Carrier): Router {
  const routes = [...interactionRoutes(carrier), ...instanceRoutes(carrier)];
  return Router()
    .use('/v1', productApi(carrier, { name: 'flex-api', routes }))
    .use('/v1', productApi(carrier, { name: 'taskrouter', routes: taskRouterRoutes(carrier) }));
}
