import type { Twilio } from 'twilio';
import { paint } from '../output.ts';
import { conversationEvents, interactionEvents, type Resource, readSettings, type Settings } from './resources.ts';

/** How a resource stands and how it shall stand. */
export type Change = { resource: Resource; before: Settings; after: Settings };

/**
 * Connection overrides (protocol reference 1.5): Twilio tries again, whatever went wrong, and leaves no attempt more
 * than 4 s. A repetition changes nothing here.
 */
const OVERRIDES = '#rc=2&rp=all&rt=4000';

/** What is to change so that webhooks reach Tandem at `base`. A resource that is as it should be has no change. */
export async function plan(
  client: Twilio,
  resources: Resource[],
  where: { base: string; fallback: string | undefined; assistantId: string | undefined },
): Promise<Change[]> {
  const changes = await Promise.all(
    resources.map(async (resource): Promise<Change> => {
      const before = await readSettings(client, resource);
      return { resource, before, after: { ...before, ...wanted(resource, before, where) } };
    }),
  );
  return changes.filter(({ before, after }) => differences(before, after).length > 0);
}

function wanted(
  { kind }: Resource,
  before: Settings,
  { base, fallback, assistantId }: { base: string; fallback: string | undefined; assistantId: string | undefined },
): Settings {
  const query = assistantId === undefined ? '' : `?AssistantId=${encodeURIComponent(assistantId)}`;
  const messaging = `${base}/webhooks/twilio/messaging${query}`;
  const secondTry = fallback ?? messaging;
  switch (kind) {
    case 'number':
      return {
        smsUrl: messaging + OVERRIDES,
        smsMethod: 'POST',
        smsFallbackUrl: secondTry,
        smsFallbackMethod: 'POST',
        // An application would be asked in place of the URL.
        smsApplicationSid: '',
      };
    case 'messagingService':
      return {
        inboundRequestUrl: messaging + OVERRIDES,
        inboundMethod: 'POST',
        fallbackUrl: secondTry,
        fallbackMethod: 'POST',
        statusCallback: `${base}/webhooks/twilio/status${OVERRIDES}`,
        useInboundWebhookOnNumber: 'false',
      };
    case 'conversations': {
      // Conversations knows no overrides. Filters hold for somebody's pre-webhook too, so none is taken away.
      const filters = new Set([
        ...(before.filters ?? '').split(',').filter((name) => name !== ''),
        ...conversationEvents,
      ]);
      return {
        postWebhookUrl: `${base}/webhooks/twilio/conversations${query}`,
        method: 'POST',
        filters: [...filters].sort().join(','),
      };
    }
    case 'workspace':
      return { eventCallbackUrl: `${base}/webhooks/twilio/flex`, eventsFilter: '' };
    case 'interactionWebhook':
      return {
        webhookUrl: `${base}/webhooks/twilio/flex`,
        webhookEvents: [...interactionEvents].sort().join(','),
      };
    default:
      return kind satisfies never;
  }
}

/** The names of the settings that differ. */
export function differences(before: Settings, after: Settings): string[] {
  return Object.keys(after).filter((name) => (before[name] ?? '') !== after[name]);
}

/** A change as people read it before they agree. */
export function describe({ resource, before, after }: Change): string {
  const value = (text: string | undefined) => (text ? text.replaceAll(',', ', ') : '(nothing)');
  const lines = differences(before, after).flatMap((name) => [
    `  ${name}`,
    paint('red', `    - ${value(before[name])}`),
    paint('green', `    + ${value(after[name])}`),
  ]);
  return [paint('bold', resource.name), ...lines].join('\n');
}
