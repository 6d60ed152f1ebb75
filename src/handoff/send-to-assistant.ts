import { Router } from 'express';
import { z } from 'zod';
import { TandemError } from '../http/errors.ts';
import type { Accept } from '../inbox/accept.ts';
import { type ConversationId, conversationKey } from '../thread/thread-key.ts';
import type { TwilioClients } from '../twilio/clients.ts';
import { arrivalOfConversation } from '../twilio/conversation-message.ts';
import type { Conversations } from '../twilio/conversations.ts';
import type { HandoffStore } from './handoff-store.ts';
import { MOST_WEBHOOKS } from './studio.ts';
import { readToolCall, type ToolCallers } from './tool-call.ts';

/** What a Studio flow knows of the Conversation that started it: `{{trigger.conversation | to_json}}`. */
const trigger = z.object({
  ChannelSid: z.string().regex(/^CH[0-9a-fA-F]{32}$/),
  InstanceSid: z.string().regex(/^IS[0-9a-fA-F]{32}$/),
  From: z.string().min(1).max(256),
  MessageSid: z
    .string()
    .regex(/^IM[0-9a-fA-F]{32}$/)
    .optional()
    .catch(undefined),
});

const EVENTS = ['onMessageAdded', 'onParticipantAdded', 'onParticipantRemoved', 'onConversationStateUpdated'];
const WEBHOOK_PATH = '/webhooks/twilio/conversations';

/**
 * A Studio flow hands its Conversation to the assistant, called as the function of Twilio's sample was: from now on what
 * is said there comes to us, beginning with what started the flow. The assistant gives it back by the studio-handover
 * tool.
 */
export function sendToAssistantRoute(
  parts: ToolCallers & {
    clients: Pick<TwilioClients, 'of'>;
    conversations: Pick<Conversations, 'newestMessages'>;
    handoffs: HandoffStore;
    accept: Accept;
  },
): Router {
  const router = Router();
  router.post('/channels/conversations/flex-webchat', async (request, response) => {
    const call = await readToolCall(request, parts);
    const parsed = trigger.safeParse(parseJson(call.field('Data') ?? ''));
    if (!parsed.success) {
      throw new TandemError(
        'invalidParameter',
        'Data: give it {{trigger.conversation | to_json}} of an Incoming Conversation.',
      );
    }
    const { ChannelSid, InstanceSid, From, MessageSid } = parsed.data;
    const [main] = parts.accounts.keys();
    const accountSid = call.accountSid ?? (main as string);
    const conversation = { serviceSid: InstanceSid, sid: ChannelSid };
    const publicUrl = parts.publicUrl ?? `${request.protocol}://${request.get('host')}`;
    await takeFromStudio(parts.clients, accountSid, conversation, publicUrl + WEBHOOK_PATH).catch((error) => {
      if (error.status !== 404) throw error;
      throw new TandemError('notFound', 'Data: the account has no such Conversation.');
    });
    // What an operator or an agent has is not the flow's to give.
    await parts.handoffs.recall(conversationKey(conversation), 'studio');
    const newest = await parts.conversations.newestMessages(accountSid, conversation);
    const message = newest.find(({ sid, author }) => (MessageSid ? sid === MessageSid : author === From));
    if (message) {
      const outcome = await parts.accept(
        arrivalOfConversation({
          ...message,
          conversation,
          accountSid,
          messagingServiceSid: null,
          assistantId: call.field('AssistantId', 'AssistantSid') ?? null,
          writesAs: call.field('AssistantIdentity') ?? null,
          publicUrl,
          source: 'webhook',
          fields: {},
        }),
      );
      // A webhook for the whole service has brought it as well, while the flow had the Conversation.
      if (outcome === 'duplicate') await parts.handoffs.askAfterAll(conversationKey(conversation), message.sid);
    }
    response.type('text/plain').send('');
  });
  return router;
}

/** First we listen, then the flow no longer does, so that nothing is said in between that nobody hears. */
async function takeFromStudio(
  clients: Pick<TwilioClients, 'of'>,
  accountSid: string,
  { serviceSid, sid }: ConversationId,
  url: string,
): Promise<void> {
  const { webhooks } = clients.of(accountSid).conversations.v1.services(serviceSid).conversations(sid);
  const present = await webhooks.list({ limit: MOST_WEBHOOKS });
  const isOurs = present.some(({ configuration }) => (configuration as { url?: string }).url === url);
  if (!isOurs) {
    await webhooks.create({
      target: 'webhook',
      'configuration.url': url,
      'configuration.method': 'post',
      'configuration.filters': EVENTS,
    });
  }
  for (const { target, sid: webhookSid } of present) {
    if (target === 'studio') await webhooks(webhookSid).remove();
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
