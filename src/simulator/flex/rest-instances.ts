import type { Carrier } from '../carrier.ts';
import { type Answer, type Call, given, isoDate, type Route } from '../product-api.ts';
import { RestError } from '../rest-errors.ts';
import { interactionEvents } from './interaction-events.ts';
import { builtInFlex, type InteractionWebhook } from './store.ts';

const path = '/Instances/:instanceSid/InteractionWebhooks';

/** Who hears of interactions, and what Flex says about the account. The official client knows only the second. */
export function instanceRoutes(carrier: Carrier): Route[] {
  const { webhooks } = carrier.flex;
  const checkInstance = (call: Call) => {
    if (call.params.instanceSid !== builtInFlex(call.accountSid).instanceSid) throw new RestError(20404);
  };
  const find = (call: Call): InteractionWebhook => {
    checkInstance(call);
    const webhook = webhooks.get(call.params.ttid ?? '');
    if (webhook?.accountSid !== call.accountSid) throw new RestError(20404);
    return webhook;
  };
  const show = (call: Call, webhook: InteractionWebhook, status = 200): Answer => ({
    status,
    body: webhookResource(call, webhook),
  });

  return [
    { method: 'get', path: '/Configuration', handle: (call) => ({ body: configurationResource(carrier, call) }) },
    {
      method: 'get',
      path,
      handle: (call) => {
        checkInstance(call);
        const type = call.query.get('type');
        const found = [...webhooks.values()].filter(
          (webhook) => webhook.accountSid === call.accountSid && (type === null || webhook.type === type),
        );
        return { body: { webhooks: found.map((webhook) => webhookResource(call, webhook)) } };
      },
    },
    {
      method: 'post',
      path,
      handle: (call) => {
        checkInstance(call);
        const webhook: InteractionWebhook = {
          ttid: `flex_interactionwebhook_${Math.random().toString(36).slice(2).padEnd(26, '0')}`,
          accountSid: call.accountSid,
          createdAt: carrier.now(),
          ...settingsOf(call),
        };
        webhooks.set(webhook.ttid, webhook);
        return show(call, webhook, 201);
      },
    },
    { method: 'get', path: `${path}/:ttid`, handle: (call) => show(call, find(call)) },
    {
      method: 'post',
      path: `${path}/:ttid`,
      handle: (call) => show(call, Object.assign(find(call), settingsOf(call))),
    },
    {
      method: 'delete',
      path: `${path}/:ttid`,
      handle: (call) => {
        webhooks.delete(find(call).ttid);
        return { status: 204 };
      },
    },
  ];
}

function settingsOf({ form }: Call) {
  const url = given(form, 'WebhookUrl');
  const events = form.getAll('WebhookEvents');
  const unknown = events.find((event) => !interactionEvents.some((known) => known === event));
  if (url === undefined || events.length === 0) throw new RestError(20001, 'WebhookUrl and WebhookEvents are required');
  if (unknown !== undefined) throw new RestError(20001, `WebhookEvents: ${unknown}`);
  return {
    url,
    events,
    method: form.get('WebhookMethod') === 'GET' ? ('GET' as const) : ('POST' as const),
    type: form.get('Type') === 'interaction' ? ('interaction' as const) : ('global' as const),
    friendlyName: given(form, 'FriendlyName') ?? null,
  };
}

function webhookResource(call: Call, webhook: InteractionWebhook) {
  return {
    ttid: webhook.ttid,
    account_sid: webhook.accountSid,
    instance_sid: call.params.instanceSid,
    webhook_url: webhook.url,
    webhook_method: webhook.method,
    webhook_events: webhook.events,
    type: webhook.type,
    friendly_name: webhook.friendlyName,
    url: call.url.endsWith(webhook.ttid) ? call.url : `${call.url}/${webhook.ttid}`,
  };
}

/** The part of Flex's configuration that says which workspace, workflow and services Flex uses. */
function configurationResource(carrier: Carrier, call: Call) {
  const builtIn = builtInFlex(call.accountSid);
  const service = carrier.conversations.defaultService(call.accountSid);
  return {
    account_sid: call.accountSid,
    date_created: isoDate(service.createdAt),
    date_updated: isoDate(service.createdAt),
    status: 'ok',
    taskrouter_workspace_sid: builtIn.workspaceSid,
    taskrouter_target_workflow_sid: builtIn.workflowSid,
    taskrouter_target_taskqueue_sid: builtIn.queueSid,
    chat_service_instance_sid: service.sid,
    flex_service_instance_sid: service.sid,
    flex_instance_sid: builtIn.instanceSid,
    ui_version: '2',
    url: call.url,
  };
}
