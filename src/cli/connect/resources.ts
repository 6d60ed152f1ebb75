import type { Twilio } from 'twilio';
import { Failure } from '../failure.ts';
import type { Target } from './options.ts';

/** Named settings of a resource of Twilio's, as far as they decide where its webhooks go. */
export type Settings = Record<string, string>;

/** Something at Twilio that has such settings. */
export type Resource = {
  kind: 'number' | 'messagingService' | 'conversations' | 'workspace' | 'interactionWebhook';
  /** What it is called there. An interaction webhook that is still to be created has none. */
  sid: string;
  /** What people call it. */
  name: string;
};

/** Events of Conversations and of TaskRouter that Tandem acts on. */
export const conversationEvents = [
  'onMessageAdded',
  'onMessageUpdated',
  'onMessageRemoved',
  'onConversationAdded',
  'onConversationUpdated',
  'onConversationRemoved',
  'onConversationStateUpdated',
  'onParticipantAdded',
  'onParticipantRemoved',
  'onDeliveryUpdated',
] as const;
export const interactionEvents = [
  'onChannelCreated',
  'onChannelCreateFailed',
  'onChannelStatusUpdated',
  'onParticipantJoined',
  'onParticipantLeft',
] as const;

const NEW = 'new';
const FRIENDLY_NAME = 'Tandem';

/** Finds what a target stands for. Throws where the account has no such thing. */
export async function resourcesOf(client: Twilio, target: Target): Promise<Resource[]> {
  switch (target.kind) {
    case 'number': {
      const [found] = await client.incomingPhoneNumbers.list({ phoneNumber: target.number, limit: 1 });
      if (!found) throw new Failure(1, `${target.number} is not a number of this account.`);
      return [{ kind: 'number', sid: found.sid, name: target.number }];
    }
    case 'messagingService':
      return [{ kind: 'messagingService', sid: target.sid, name: `Messaging Service ${target.sid}` }];
    case 'conversations':
      return [{ kind: 'conversations', sid: target.sid, name: `Conversations of ${target.sid}` }];
    case 'flex': {
      const flex = await client.flexApi.v1.configuration().fetch();
      const workspace = target.workspaceSid ?? flex.taskrouterWorkspaceSid;
      const instance = flex.flexInstanceSid;
      const ours = (await interactionWebhooks(client, instance)).find((one) => one.friendly_name === FRIENDLY_NAME);
      return [
        { kind: 'workspace', sid: workspace, name: `TaskRouter workspace ${workspace}` },
        { kind: 'interactionWebhook', sid: `${instance}/${ours?.ttid ?? NEW}`, name: 'Flex interactions' },
      ];
    }
    default:
      return target satisfies never;
  }
}

export async function readSettings(client: Twilio, { kind, sid }: Resource): Promise<Settings> {
  switch (kind) {
    case 'number': {
      const number = await client.incomingPhoneNumbers(sid).fetch();
      return texts({
        smsUrl: number.smsUrl,
        smsMethod: number.smsMethod,
        smsFallbackUrl: number.smsFallbackUrl,
        smsFallbackMethod: number.smsFallbackMethod,
        smsApplicationSid: number.smsApplicationSid,
      });
    }
    case 'messagingService': {
      const service = await client.messaging.v1.services(sid).fetch();
      return texts({
        inboundRequestUrl: service.inboundRequestUrl,
        inboundMethod: service.inboundMethod,
        fallbackUrl: service.fallbackUrl,
        fallbackMethod: service.fallbackMethod,
        statusCallback: service.statusCallback,
        useInboundWebhookOnNumber: String(service.useInboundWebhookOnNumber),
      });
    }
    case 'conversations': {
      const webhook = await client.conversations.v1.services(sid).configuration.webhooks().fetch();
      return texts({
        postWebhookUrl: webhook.postWebhookUrl,
        method: webhook.method?.toUpperCase(),
        filters: list(webhook.filters ?? []),
      });
    }
    case 'workspace': {
      const workspace = await client.taskrouter.v1.workspaces(sid).fetch();
      return texts({ eventCallbackUrl: workspace.eventCallbackUrl, eventsFilter: workspace.eventsFilter });
    }
    case 'interactionWebhook': {
      const [instance = '', ttid] = sid.split('/');
      const webhook = (await interactionWebhooks(client, instance)).find((one) => one.ttid === ttid);
      return texts({ webhookUrl: webhook?.webhook_url, webhookEvents: list(webhook?.webhook_events ?? []) });
    }
    default:
      return kind satisfies never;
  }
}

/** Writes all the settings of a resource. Answers the SID that it has then; none if it is gone. */
export async function writeSettings(client: Twilio, { kind, sid }: Resource, to: Settings): Promise<string> {
  switch (kind) {
    case 'number':
      await client.incomingPhoneNumbers(sid).update(to);
      return sid;
    case 'messagingService': {
      const { useInboundWebhookOnNumber, ...urls } = to;
      await client.messaging.v1
        .services(sid)
        .update({ ...urls, useInboundWebhookOnNumber: useInboundWebhookOnNumber === 'true' });
      return sid;
    }
    case 'conversations': {
      const { postWebhookUrl, method, filters } = to;
      await client.conversations.v1
        .services(sid)
        .configuration.webhooks()
        .update({ postWebhookUrl, method, filters: unlist(filters) });
      return sid;
    }
    case 'workspace':
      await client.taskrouter.v1.workspaces(sid).update(to);
      return sid;
    case 'interactionWebhook':
      return writeInteractionWebhook(client, sid, to);
    default:
      return kind satisfies never;
  }
}

type InteractionWebhook = { ttid: string; friendly_name: string | null; webhook_url: string; webhook_events: string[] };

/** The official client has no function for these (protocol reference 5.7). */
async function interactionWebhooks(client: Twilio, instance: string): Promise<InteractionWebhook[]> {
  const uri = `${interactionUri(instance)}?type=global`;
  const { webhooks } = await call<{ webhooks: InteractionWebhook[] }>(client, 'get', uri);
  return webhooks;
}

async function writeInteractionWebhook(client: Twilio, sid: string, to: Settings): Promise<string> {
  const [instance = '', ttid = NEW] = sid.split('/');
  const uri = interactionUri(instance);
  if (to.webhookUrl === '') {
    if (ttid !== NEW) await call(client, 'delete', `${uri}/${ttid}`);
    return `${instance}/${NEW}`;
  }
  const data = {
    WebhookUrl: to.webhookUrl,
    WebhookMethod: 'POST',
    WebhookEvents: unlist(to.webhookEvents),
    Type: 'global',
    FriendlyName: FRIENDLY_NAME,
  };
  const written = await call<InteractionWebhook>(client, 'post', ttid === NEW ? uri : `${uri}/${ttid}`, data);
  return `${instance}/${written.ttid}`;
}

function interactionUri(instance: string): string {
  return `https://flex-api.twilio.com/v1/Instances/${instance}/InteractionWebhooks`;
}

async function call<Body>(
  client: Twilio,
  method: 'get' | 'post' | 'delete',
  uri: string,
  data?: Record<string, unknown>,
): Promise<Body> {
  const response = await client.request({ method, uri, ...(data && { data }) });
  const body = typeof response.body === 'string' && response.body !== '' ? JSON.parse(response.body) : response.body;
  if (response.statusCode >= 400) {
    throw Object.assign(new Error(body?.message ?? `HTTP ${response.statusCode}`), { status: response.statusCode });
  }
  return body as Body;
}

/** What Twilio leaves empty is the empty text. */
function texts(values: Record<string, string | null | undefined>): Settings {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value ?? '']));
}

function list(items: readonly string[]): string {
  return [...items].sort().join(',');
}

function unlist(text = ''): string[] {
  return text === '' ? [] : text.split(',');
}
