import { Router } from 'express';
import type { Carrier } from '../carrier.ts';
import { productApi, type Route } from '../product-api.ts';
import { configurationRoutes } from './rest-configuration.ts';
import { conversationRoutes } from './rest-conversations.ts';
import { mediaRoutes } from './rest-media.ts';
import { messageRoutes } from './rest-messages.ts';
import { participantRoutes } from './rest-participants.ts';
import { userRoutes } from './rest-users.ts';
import { scopedWebhookRoutes, webhookConfigurationRoutes } from './rest-webhooks.ts';

/** Twilio's Conversations API (v1): everything within a service, and the same without one for the default service. */
export function conversationsApi(carrier: Carrier): Router {
  const inService = [
    ...conversationRoutes(carrier),
    ...participantRoutes(carrier),
    ...messageRoutes(carrier),
    ...scopedWebhookRoutes(carrier),
    ...webhookConfigurationRoutes(carrier),
    ...userRoutes(carrier),
  ];
  const below =
    (prefix: string) =>
    (route: Route): Route => ({ ...route, path: prefix + route.path });
  const routes = [...inService, ...inService.map(below('/Services/:serviceSid')), ...configurationRoutes(carrier)];
  return Router()
    .use('/v1', productApi(carrier, { name: 'conversations', routes }))
    .use('/v1', productApi(carrier, { name: 'mcs', routes: mediaRoutes(carrier) }));
}
