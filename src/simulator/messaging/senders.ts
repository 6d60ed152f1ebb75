import express, { type Request, Router } from 'express';
import type { Carrier } from '../carrier.ts';
import { productApi, type Route } from '../product-api.ts';
import { RestError } from '../rest-errors.ts';
import { fixedSid } from '../sid.ts';
import type { NumberSettings } from './numbers.ts';

/** The numbers of an account as `/IncomingPhoneNumbers`: those that were given settings. Where their texts go may be changed. */
export function incomingNumbers(carrier: Carrier): Router {
  const { numbers } = carrier;
  const router = Router({ mergeParams: true });
  const form = express.text({ type: 'application/x-www-form-urlencoded', limit: '256kb' });
  const owned = (request: Request) => {
    const accountSid = String(request.params.accountSid);
    return numbers
      .entries()
      .filter(({ number, accountSid: owner = carrier.accounts[0]?.sid }) => number !== '*' && owner === accountSid)
      .map((entry) => ({ ...entry, accountSid, sid: fixedSid('PN', entry.number) }));
  };
  const find = (request: Request) => {
    const found = owned(request).find(({ sid }) => sid === request.params.sid);
    if (found === undefined) throw new RestError(20404);
    return found;
  };

  router.get('/IncomingPhoneNumbers.json', (request, response) => {
    const query = new URL(request.originalUrl, 'http://simulator').searchParams;
    const asked = query.get('PhoneNumber');
    const shown = owned(request).filter(({ number }) => asked === null || number.includes(asked));
    const uri = request.originalUrl;
    response.json({
      incoming_phone_numbers: shown.map(numberResource),
      page: 0,
      page_size: 50,
      start: 0,
      end: Math.max(0, shown.length - 1),
      uri,
      first_page_uri: uri,
      next_page_uri: null,
      previous_page_uri: null,
    });
  });
  router
    .route('/IncomingPhoneNumbers/:sid.json')
    .get((request, response) => {
      response.json(numberResource(find(request)));
    })
    .post(form, (request, response) => {
      const { number, sid: _, ...settings } = find(request);
      const parameters = new URLSearchParams(typeof request.body === 'string' ? request.body : '');
      numbers.set(number, {
        ...settings,
        ...urlOf(parameters, 'SmsUrl', 'smsUrl'),
        ...urlOf(parameters, 'SmsFallbackUrl', 'smsFallbackUrl'),
        ...(parameters.get('SmsMethod') && { smsMethod: methodOf(parameters.get('SmsMethod')) }),
      });
      response.json(numberResource(find(request)));
    });
  return router;
}

function numberResource({ number, sid, accountSid, ...settings }: NumberSettings & { number: string; sid: string }) {
  return {
    sid,
    account_sid: accountSid,
    phone_number: number,
    friendly_name: number,
    sms_url: settings.smsUrl ?? '',
    sms_method: settings.smsMethod,
    sms_fallback_url: settings.smsFallbackUrl ?? '',
    sms_fallback_method: 'POST',
    sms_application_sid: '',
    capabilities: { sms: true, mms: true, voice: true, fax: false },
  };
}

/** Messaging Services that a number is in: where all their texts go, and the receipts of what is sent through them. */
export function messagingServicesApi(carrier: Carrier): Router {
  const settings = new Map<string, Record<string, string>>();
  const routes: Route[] = (['get', 'post'] as const).map((method) => ({
    method,
    path: '/Services/:serviceSid',
    handle: ({ params: { serviceSid = '' }, form, accountSid }) => {
      const members = carrier.numbers.inService(serviceSid);
      if (members.length === 0) throw new RestError(20404);
      const changed = { ...settings.get(serviceSid), ...Object.fromEntries(form) };
      settings.set(serviceSid, changed);
      if (method === 'post' && changed.UseInboundWebhookOnNumber !== 'true') {
        for (const number of members) {
          const before = carrier.numbers.settingsOf(number) as NumberSettings;
          carrier.numbers.set(number, {
            ...before,
            ...urlOf(form, 'InboundRequestUrl', 'smsUrl'),
            ...urlOf(form, 'FallbackUrl', 'smsFallbackUrl'),
            ...urlOf(form, 'StatusCallback', 'statusCallback'),
          });
        }
      }
      return { body: serviceResource(serviceSid, accountSid, changed) };
    },
  }));
  return Router().use('/v1', productApi(carrier, { name: 'messaging', routes }));
}

function serviceResource(sid: string, accountSid: string, settings: Record<string, string>) {
  return {
    sid,
    account_sid: accountSid,
    friendly_name: sid,
    inbound_request_url: settings.InboundRequestUrl ?? null,
    inbound_method: settings.InboundMethod ?? 'POST',
    fallback_url: settings.FallbackUrl ?? null,
    fallback_method: settings.FallbackMethod ?? 'POST',
    status_callback: settings.StatusCallback ?? null,
    use_inbound_webhook_on_number: settings.UseInboundWebhookOnNumber === 'true',
  };
}

/** An empty URL takes away what was there. */
function urlOf(form: URLSearchParams, parameter: string, name: 'smsUrl' | 'smsFallbackUrl' | 'statusCallback') {
  return form.has(parameter) ? { [name]: form.get(parameter) || undefined } : {};
}

function methodOf(text: string | null): 'GET' | 'POST' {
  return text?.toUpperCase() === 'GET' ? 'GET' : 'POST';
}
