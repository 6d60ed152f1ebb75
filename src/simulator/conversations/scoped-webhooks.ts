import type { Carrier } from '../carrier.ts';
import { RestError } from '../rest-errors.ts';
import { newSid } from '../sid.ts';
import { runStudio } from '../studio/run-flow.ts';
import { messageFields } from './event-fields.ts';
import { replay } from './events.ts';
import type { Conversation, ScopedWebhook } from './store.ts';

const MOST_PER_CONVERSATION = 5;

type Draft = Pick<ScopedWebhook, 'target'> & Partial<ScopedWebhook>;

/** Hears what happens in this one conversation from now on, or from the message after `replayAfter`. */
export function addScopedWebhook(carrier: Carrier, conversation: Conversation, draft: Draft): ScopedWebhook {
  if (conversation.webhooks.length >= MOST_PER_CONVERSATION) {
    throw new RestError(20001, 'The conversation has five webhooks already');
  }
  const at = carrier.now();
  const webhook: ScopedWebhook = {
    sid: newSid('WH'),
    url: null,
    method: 'POST',
    filters: [],
    triggers: [],
    flowSid: null,
    replayAfter: null,
    createdAt: at,
    updatedAt: at,
    ...draft,
  };
  check(webhook);
  conversation.webhooks.push(webhook);
  const { replayAfter } = webhook;
  if (replayAfter !== null) {
    for (const message of conversation.messages.filter(({ index }) => index > replayAfter)) {
      if (webhook.target === 'studio') runStudio(carrier, conversation, message);
      else replay(carrier, conversation, webhook, message, messageFields(conversation, message));
    }
  }
  return webhook;
}

export function updateScopedWebhook(carrier: Carrier, webhook: ScopedWebhook, change: Partial<ScopedWebhook>): void {
  check({ ...webhook, ...change });
  Object.assign(webhook, change, { updatedAt: carrier.now() });
}

function check(webhook: ScopedWebhook): void {
  if (webhook.target === 'studio') {
    if (!/^FW[0-9a-fA-F]{32}$/.test(webhook.flowSid ?? '')) throw new RestError(20001, 'Configuration.FlowSid');
  } else if (webhook.url === null || !/^https?:$/.test(URL.parse(webhook.url)?.protocol ?? '')) {
    throw new RestError(20001, 'Configuration.Url');
  }
}
