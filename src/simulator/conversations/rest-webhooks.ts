import type { Carrier } from '../carrier.ts';
import { type Answer, type Call, given, pageOf, type Route } from '../product-api.ts';
import { RestError } from '../rest-errors.ts';
import { configurationOf } from './events.ts';
import { scopedWebhookResource } from './resources.ts';
import { baseOf, choiceOf, conversationOf, named, serviceOf } from './rest-calls.ts';
import { addScopedWebhook, updateScopedWebhook } from './scoped-webhooks.ts';
import type { Conversation, ScopedWebhook, WebhookConfiguration } from './store.ts';

const methods = ['POST', 'GET'] as const;

export function scopedWebhookRoutes(carrier: Carrier): Route[] {
  const show = (call: Call, conversation: Conversation, webhook: ScopedWebhook, status = 200): Answer => ({
    status,
    body: scopedWebhookResource(baseOf(call), conversation, webhook),
  });
  const find = (call: Call): [Conversation, ScopedWebhook] => {
    const conversation = conversationOf(carrier, call);
    const webhook = conversation.webhooks.find(({ sid }) => sid === call.params.sid);
    if (webhook === undefined) throw new RestError(20404);
    return [conversation, webhook];
  };
  const settingsOf = (call: Call) =>
    named<ScopedWebhook>(call, {
      url: ['Configuration.Url', given(call.form, 'Configuration.Url') ?? null],
      method: ['Configuration.Method', choiceOf(call, 'Configuration.Method', methods) ?? 'POST'],
      filters: ['Configuration.Filters', call.form.getAll('Configuration.Filters')],
      triggers: ['Configuration.Triggers', call.form.getAll('Configuration.Triggers')],
      flowSid: ['Configuration.FlowSid', given(call.form, 'Configuration.FlowSid') ?? null],
    });

  return [
    {
      method: 'get',
      path: '/Conversations/:conversationSid/Webhooks',
      handle: (call) => {
        const conversation = conversationOf(carrier, call);
        return pageOf(call, {
          key: 'webhooks',
          items: conversation.webhooks,
          show: (webhook) => scopedWebhookResource(baseOf(call), conversation, webhook),
          maxPageSize: 5,
        });
      },
    },
    {
      method: 'post',
      path: '/Conversations/:conversationSid/Webhooks',
      handle: (call) => {
        const conversation = conversationOf(carrier, call);
        const target = choiceOf(call, 'Target', ['webhook', 'trigger', 'studio'] as const);
        if (target === undefined) throw new RestError(20001, 'Target is required');
        const replayAfter = given(call.form, 'Configuration.ReplayAfter');
        const draft = {
          target,
          ...settingsOf(call),
          replayAfter: replayAfter === undefined ? null : Number(replayAfter),
        };
        return show(call, conversation, addScopedWebhook(carrier, conversation, draft), 201);
      },
    },
    {
      method: 'get',
      path: '/Conversations/:conversationSid/Webhooks/:sid',
      handle: (call) => show(call, ...find(call)),
    },
    {
      method: 'post',
      path: '/Conversations/:conversationSid/Webhooks/:sid',
      handle: (call) => {
        const [conversation, webhook] = find(call);
        updateScopedWebhook(carrier, webhook, settingsOf(call));
        return show(call, conversation, webhook);
      },
    },
    {
      method: 'delete',
      path: '/Conversations/:conversationSid/Webhooks/:sid',
      handle: (call) => {
        const [conversation, webhook] = find(call);
        conversation.webhooks = conversation.webhooks.filter((kept) => kept !== webhook);
        return { status: 204 };
      },
    },
  ];
}

/** What the account (global) or, below a service, the service hears. */
export function webhookConfigurationRoutes(carrier: Carrier): Route[] {
  const ownerOf = (call: Call) =>
    call.params.serviceSid === undefined ? call.accountSid : serviceOf(carrier, call).sid;
  const show = (call: Call): Answer => {
    const { method, filters, preWebhookUrl, postWebhookUrl, target } = configurationOf(carrier, ownerOf(call));
    const { serviceSid } = call.params;
    return {
      body: {
        account_sid: call.accountSid,
        ...(serviceSid === undefined ? { target } : { chat_service_sid: serviceSid }),
        method,
        filters,
        pre_webhook_url: preWebhookUrl,
        post_webhook_url: postWebhookUrl,
        url: call.url,
      },
    };
  };
  return [
    { method: 'get', path: '/Configuration/Webhooks', handle: show },
    {
      method: 'post',
      path: '/Configuration/Webhooks',
      handle: (call) => {
        const owner = ownerOf(call);
        const { form } = call;
        const change = named<WebhookConfiguration>(call, {
          method: ['Method', choiceOf(call, 'Method', methods) ?? 'POST'],
          filters: ['Filters', form.getAll('Filters').filter((event) => event !== '')],
          preWebhookUrl: ['PreWebhookUrl', given(form, 'PreWebhookUrl') ?? null],
          postWebhookUrl: ['PostWebhookUrl', given(form, 'PostWebhookUrl') ?? null],
          target: ['Target', choiceOf(call, 'Target', ['webhook', 'flex'] as const) ?? 'webhook'],
        });
        carrier.conversations.webhooks.set(owner, { ...configurationOf(carrier, owner), ...change });
        return show(call);
      },
    },
  ];
}
