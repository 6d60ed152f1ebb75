import type { Carrier } from '../carrier.ts';
import { type Call, given, pageOf, type Route } from '../product-api.ts';
import { RestError } from '../rest-errors.ts';
import { newSid } from '../sid.ts';
import { type AddressConfiguration, findAddress } from './addresses.ts';
import { addressResource, serviceResource } from './resources.ts';
import { choiceOf, named, serviceOf } from './rest-calls.ts';

/** What the account has in Conversations: its default service, its services, and the addresses that open conversations. */
export function configurationRoutes(carrier: Carrier): Route[] {
  const { services, addresses } = carrier.conversations;
  const addressOf = (call: Call) => {
    const found = findAddress(carrier, call.accountSid, call.params.sid ?? '');
    if (found === undefined) throw new RestError(20404);
    return found;
  };

  return [
    {
      method: 'get',
      path: '/Configuration',
      handle: (call) => {
        const { sid } = carrier.conversations.defaultService(call.accountSid);
        return {
          body: {
            account_sid: call.accountSid,
            default_chat_service_sid: sid,
            default_messaging_service_sid: null,
            default_inactive_timer: null,
            default_closed_timer: null,
            url: call.url,
            links: {
              service: `https://conversations.twilio.com/v1/Services/${sid}/Configuration`,
              webhooks: `${call.url}/Webhooks`,
            },
          },
        };
      },
    },
    {
      method: 'get',
      path: '/Services',
      handle: (call) => {
        const items = [...services.values()].filter(({ accountSid }) => accountSid === call.accountSid);
        return pageOf(call, { key: 'services', items, show: serviceResource });
      },
    },
    {
      method: 'post',
      path: '/Services',
      handle: (call) => {
        const friendlyName = given(call.form, 'FriendlyName');
        if (friendlyName === undefined) throw new RestError(20001, 'FriendlyName is required');
        const service = {
          sid: newSid('IS'),
          accountSid: call.accountSid,
          friendlyName,
          createdAt: carrier.now(),
        };
        services.set(service.sid, service);
        return { status: 201, body: serviceResource(service) };
      },
    },
    {
      method: 'get',
      path: '/Services/:serviceSid',
      handle: (call) => ({ body: serviceResource(serviceOf(carrier, call)) }),
    },
    {
      method: 'delete',
      path: '/Services/:serviceSid',
      handle: (call) => {
        const { sid } = serviceOf(carrier, call);
        services.delete(sid);
        for (const conversation of carrier.conversations.all()) {
          if (conversation.serviceSid === sid) carrier.conversations.remove(conversation);
        }
        return { status: 204 };
      },
    },
    {
      method: 'get',
      path: '/Configuration/Addresses',
      handle: (call) => {
        const type = call.query.get('Type');
        const items = [...addresses.values()].filter(
          (address) => address.accountSid === call.accountSid && (type === null || address.type === type),
        );
        return pageOf(call, { key: 'address_configurations', items, show: addressResource, maxPageSize: 50 });
      },
    },
    {
      method: 'post',
      path: '/Configuration/Addresses',
      handle: (call) => {
        const type = given(call.form, 'Type');
        const address = given(call.form, 'Address');
        if (type === undefined || address === undefined) throw new RestError(20001, 'Type and Address are required');
        if (findAddress(carrier, call.accountSid, address)) throw new RestError(20409);
        const at = carrier.now();
        const configuration: AddressConfiguration = {
          sid: newSid('IG'),
          accountSid: call.accountSid,
          type,
          address,
          friendlyName: given(call.form, 'FriendlyName') ?? null,
          addressCountry: given(call.form, 'AddressCountry') ?? null,
          autoCreation: { ...noAutoCreation, ...autoCreationOf(call) },
          createdAt: at,
          updatedAt: at,
        };
        addresses.set(configuration.sid, configuration);
        return { status: 201, body: addressResource(configuration) };
      },
    },
    {
      method: 'get',
      path: '/Configuration/Addresses/:sid',
      handle: (call) => ({ body: addressResource(addressOf(call)) }),
    },
    {
      method: 'post',
      path: '/Configuration/Addresses/:sid',
      handle: (call) => {
        const configuration = addressOf(call);
        Object.assign(configuration.autoCreation, autoCreationOf(call));
        if (call.form.has('FriendlyName')) configuration.friendlyName = given(call.form, 'FriendlyName') ?? null;
        configuration.updatedAt = carrier.now();
        return { body: addressResource(configuration) };
      },
    },
    {
      method: 'delete',
      path: '/Configuration/Addresses/:sid',
      handle: (call) => {
        addresses.delete(addressOf(call).sid);
        return { status: 204 };
      },
    },
  ];
}

const noAutoCreation: AddressConfiguration['autoCreation'] = {
  enabled: false,
  type: 'default',
  conversationServiceSid: null,
  webhookUrl: null,
  webhookMethod: 'POST',
  webhookFilters: [],
  studioFlowSid: null,
  studioRetryCount: null,
};

function autoCreationOf(call: Call) {
  const { form } = call;
  return named<AddressConfiguration['autoCreation']>(call, {
    enabled: ['AutoCreation.Enabled', form.get('AutoCreation.Enabled') === 'true'],
    type: [
      'AutoCreation.Type',
      choiceOf(call, 'AutoCreation.Type', ['webhook', 'studio', 'default'] as const) ?? 'default',
    ],
    conversationServiceSid: [
      'AutoCreation.ConversationServiceSid',
      given(form, 'AutoCreation.ConversationServiceSid') ?? null,
    ],
    webhookUrl: ['AutoCreation.WebhookUrl', given(form, 'AutoCreation.WebhookUrl') ?? null],
    webhookMethod: [
      'AutoCreation.WebhookMethod',
      choiceOf(call, 'AutoCreation.WebhookMethod', ['POST', 'GET'] as const) ?? 'POST',
    ],
    webhookFilters: ['AutoCreation.WebhookFilters', form.getAll('AutoCreation.WebhookFilters')],
    studioFlowSid: ['AutoCreation.StudioFlowSid', given(form, 'AutoCreation.StudioFlowSid') ?? null],
    studioRetryCount: ['AutoCreation.StudioRetryCount', Number(form.get('AutoCreation.StudioRetryCount'))],
  });
}
