import type { Carrier } from '../carrier.ts';
import { RestError } from '../rest-errors.ts';
import { conversationFields, stateFields } from './event-fields.ts';
import { announce, askFirst } from './events.ts';
import type { Cause, Conversation, ConversationState } from './store.ts';

type Settings = Partial<
  Pick<Conversation, 'friendlyName' | 'uniqueName' | 'attributes' | 'messagingServiceSid' | 'state'>
> & { timers?: { inactive?: number | undefined; closed?: number | undefined } };

/** `extra` is what `onConversationAdd` says besides when an inbound message opens the conversation. */
export async function createConversation(
  carrier: Carrier,
  draft: Settings & Pick<Conversation, 'accountSid' | 'serviceSid'>,
  cause: Cause,
  extra: Record<string, string> = {},
): Promise<Conversation> {
  const { timers, ...settings } = draft;
  const asked = await askFirst(carrier, draft, 'onConversationAdd', { ...namesOf(draft), ...extra }, cause);
  if (asked.friendly_name !== undefined) settings.friendlyName = asked.friendly_name;
  // No waiting from here on: of two that want one name, the second is refused.
  if (settings.uniqueName && carrier.conversations.find(draft.serviceSid, settings.uniqueName)) {
    throw new RestError(50353);
  }
  const conversation = carrier.conversations.add(settings);
  setTimers(carrier, conversation, timers ?? {});
  void announce(carrier, conversation, 'onConversationAdded', { ...conversationFields(conversation), ...extra }, cause);
  return conversation;
}

function namesOf({ friendlyName, uniqueName, attributes }: Settings): Record<string, string> {
  return {
    ...(friendlyName && { FriendlyName: friendlyName }),
    ...(uniqueName && { UniqueName: uniqueName }),
    Attributes: attributes ?? '{}',
    State: 'active',
  };
}

/** Replaces what is given. Of two writers at once the last one wins, as at Twilio. */
export function updateConversation(
  carrier: Carrier,
  conversation: Conversation,
  { state, timers, ...settings }: Settings,
  cause: Cause,
): void {
  const taken = settings.uniqueName && carrier.conversations.find(conversation.serviceSid, settings.uniqueName);
  if (taken && taken !== conversation) throw new RestError(50353);
  if (conversation.state === 'closed' && (state ?? 'closed') !== 'closed') {
    throw new RestError(20001, 'A closed conversation cannot be opened again');
  }
  if (Object.keys(settings).length > 0) {
    Object.assign(conversation, settings, { updatedAt: carrier.now() });
    void announce(carrier, conversation, 'onConversationUpdated', conversationFields(conversation), cause);
  }
  if (timers !== undefined) setTimers(carrier, conversation, timers);
  if (state !== undefined) setState(carrier, conversation, state, 'API', cause);
}

/** A closed conversation stays closed, keeps its messages, and lets its customers' addresses go. */
export function setState(
  carrier: Carrier,
  conversation: Conversation,
  state: ConversationState,
  reason: 'API' | 'TIMER' | 'EVENT',
  cause: Cause,
): void {
  const from = conversation.state;
  if (from === state || from === 'closed') return;
  Object.assign(conversation, { state, updatedAt: carrier.now() });
  void announce(carrier, conversation, 'onConversationStateUpdated', stateFields(conversation, from, reason), cause);
}

export function deleteConversation(carrier: Carrier, conversation: Conversation, cause: Cause): void {
  carrier.conversations.remove(conversation);
  const fields = { ...conversationFields(conversation), DateRemoved: carrier.now().toISOString() };
  void announce(carrier, conversation, 'onConversationRemoved', fields, cause);
}

/** Times without a message, in milliseconds, after which the conversation changes its state by itself; 0 for never. */
function setTimers(carrier: Carrier, conversation: Conversation, timers: NonNullable<Settings['timers']>): void {
  for (const state of ['inactive', 'closed'] as const) {
    const afterMs = timers[state];
    if (afterMs === undefined) continue;
    if (afterMs === 0) delete conversation.timers[state];
    else conversation.timers[state] = { afterMs, at: new Date(carrier.now().getTime() + afterMs) };
  }
  void awaitTimers(carrier, conversation);
}

/** Somebody wrote: an inactive conversation wakes up, and its timers begin anew. */
export function keepAwake(carrier: Carrier, conversation: Conversation): void {
  for (const timer of Object.values(conversation.timers)) {
    timer.at = new Date(carrier.now().getTime() + timer.afterMs);
  }
  const cause: Cause = { by: 'timer', source: 'API', announced: true };
  if (conversation.state !== 'inactive') return;
  setState(carrier, conversation, 'active', 'EVENT', cause);
  void awaitTimers(carrier, conversation);
}

async function awaitTimers(carrier: Carrier, conversation: Conversation): Promise<void> {
  conversation.timerRun += 1;
  const run = conversation.timerRun;
  while (conversation.timerRun === run && conversation.state !== 'closed') {
    const { inactive, closed } = conversation.timers;
    const pending = conversation.state === 'active' ? [inactive, closed] : [closed];
    const next = Math.min(...pending.map((timer) => timer?.at.getTime() ?? Number.POSITIVE_INFINITY));
    const waitMs = next - carrier.now().getTime();
    if (next === Number.POSITIVE_INFINITY) return;
    if (waitMs > 0) await carrier.pace.wait(waitMs);
    else {
      const due = closed?.at.getTime() === next ? 'closed' : 'inactive';
      setState(carrier, conversation, due, 'TIMER', { by: 'timer', source: 'API', announced: true });
    }
  }
}
