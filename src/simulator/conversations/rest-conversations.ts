import { z } from 'zod';
import type { Carrier } from '../carrier.ts';
import { type Answer, type Call, given, givenJson, pageOf, type Route } from '../product-api.ts';
import { RestError } from '../rest-errors.ts';
import { createConversation, deleteConversation, updateConversation } from './change-conversation.ts';
import { addParticipant } from './participants.ts';
import { conversationResource } from './resources.ts';
import { attributesOf, baseOf, causeOf, choiceOf, conversationOf, named, serviceOf } from './rest-calls.ts';
import type { Conversation } from './store.ts';

export function conversationRoutes(carrier: Carrier): Route[] {
  const show = (call: Call, conversation: Conversation, status = 200): Answer => ({
    status,
    body: conversationResource(baseOf(call), conversation),
  });
  const create = (call: Call) =>
    createConversation(
      carrier,
      { accountSid: call.accountSid, serviceSid: serviceOf(carrier, call).sid, ...settingsOf(call) },
      causeOf(call),
    );

  return [
    {
      method: 'get',
      path: '/Conversations',
      handle: (call) => {
        const wanted = filterOf(call.query);
        const serviceSid = serviceOf(carrier, call).sid;
        const items = carrier.conversations
          .all()
          .filter((conversation) => conversation.serviceSid === serviceSid && wanted(conversation))
          .reverse();
        return pageOf(call, {
          key: 'conversations',
          items,
          show: (conversation) => conversationResource(baseOf(call), conversation),
        });
      },
    },
    { method: 'post', path: '/Conversations', handle: async (call) => show(call, await create(call), 201) },
    {
      method: 'post',
      path: '/ConversationWithParticipants',
      handle: async (call) => {
        const drafts = call.form.getAll('Participant').map((text) => participantDraft(text));
        if (drafts.length > 10) throw new RestError(20001, 'At most ten participants');
        const conversation = await create(call);
        for (const draft of drafts) await addParticipant(carrier, conversation, draft, causeOf(call));
        return show(call, conversation, 201);
      },
    },
    {
      method: 'get',
      path: '/Conversations/:conversationSid',
      handle: (call) => show(call, conversationOf(carrier, call)),
    },
    {
      method: 'post',
      path: '/Conversations/:conversationSid',
      handle: (call) => {
        const conversation = conversationOf(carrier, call);
        updateConversation(carrier, conversation, settingsOf(call), causeOf(call));
        return show(call, conversation);
      },
    },
    {
      method: 'delete',
      path: '/Conversations/:conversationSid',
      handle: (call) => {
        deleteConversation(carrier, conversationOf(carrier, call), causeOf(call));
        return { status: 204 };
      },
    },
  ];
}

const dayMs = 24 * 60 * 60 * 1000;

/** By state, and by the days between which a conversation began, both of them included. */
function filterOf(query: URLSearchParams): (conversation: Conversation) => boolean {
  const state = query.get('State');
  const start = query.get('StartDate');
  const end = query.get('EndDate');
  const [since, until] = [start, end].map((text) => (text === null ? Number.NaN : Date.parse(text)));
  if ((start !== null && Number.isNaN(since)) || (end !== null && Number.isNaN(until))) {
    throw new RestError(20001, 'StartDate and EndDate are dates like 2026-01-31');
  }
  return (conversation) => {
    const at = conversation.createdAt.getTime();
    if (state !== null && conversation.state !== state) return false;
    return (start === null || at >= Number(since)) && (end === null || at < Number(until) + dayMs);
  };
}

function settingsOf(call: Call) {
  const { form } = call;
  const friendlyName = given(form, 'FriendlyName') ?? null;
  if ((friendlyName?.length ?? 0) > 256) throw new RestError(20001, 'FriendlyName may have 256 characters');
  const attributes = attributesOf(call, 16_384);
  const state = choiceOf(call, 'State', ['active', 'inactive', 'closed'] as const);
  const timers = {
    inactive: durationOf(given(form, 'Timers.Inactive'), 60_000),
    closed: durationOf(given(form, 'Timers.Closed'), 600_000),
  };
  return {
    ...named<Pick<Conversation, 'friendlyName' | 'uniqueName' | 'messagingServiceSid'>>(call, {
      friendlyName: ['FriendlyName', friendlyName],
      uniqueName: ['UniqueName', given(form, 'UniqueName') ?? null],
      messagingServiceSid: ['MessagingServiceSid', given(form, 'MessagingServiceSid') ?? null],
    }),
    ...(attributes !== undefined && { attributes }),
    ...(state !== undefined && { state }),
    ...((timers.inactive !== undefined || timers.closed !== undefined) && { timers }),
  };
}

/** Milliseconds of an ISO 8601 duration; `PT0S` takes a timer away. */
function durationOf(text: string | undefined, leastMs: number): number | undefined {
  if (text === undefined) return undefined;
  const match = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(text);
  if (match === null) throw new RestError(20001, `${text} is not an ISO 8601 duration`);
  const [, days = 0, hours = 0, minutes = 0, seconds = 0] = match;
  const ms = (((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
  if (ms !== 0 && ms < leastMs) throw new RestError(20001, `${text} is too short`);
  return ms;
}

const participantJson = z.object({
  identity: z.string().optional(),
  attributes: z.string().optional(),
  messaging_binding: z.object({ address: z.string(), proxy_address: z.string() }).optional(),
});

function participantDraft(text: string) {
  const json = givenJson(new URLSearchParams({ Participant: text }), 'Participant');
  const parsed = participantJson.safeParse(json);
  if (!parsed.success) throw new RestError(20001, 'Participant');
  const { identity, attributes, messaging_binding: binding } = parsed.data;
  return { identity, attributes, address: binding?.address, proxyAddress: binding?.proxy_address };
}
