import type { Conversation, InboundEvent, MessageEvent, Thread, ThreadState } from '../thread/thread-state.ts';
import type { NoQuestion } from '../turn/step.ts';

/** Who the customer of a Conversation is, as far as its participants tell; undefined when nobody is in it. */
export function customerOf<Person extends { identity: string | null; address: string | null; joinedAt: Date }>(
  participants: Person[],
  writesAs: string | null,
  before: string,
): Person | undefined {
  const people = participants
    .filter(({ identity }) => identity === null || identity !== writesAs)
    .sort((one, other) => one.joinedAt.getTime() - other.joinedAt.getTime());
  return (
    people.find(({ address, identity }) => (address ?? identity) === before && (address || before.startsWith('FX'))) ??
    people.find(({ address }) => address !== null) ??
    // The guest of a Flex webchat: whoever else is in the chat is an agent.
    people.find(({ identity }) => identity?.startsWith('FX')) ??
    people.find(({ identity }) => identity === before) ??
    people[0]
  );
}

/** Why nobody in a Conversation is to be answered at all now; with a mention set, a group may still be. */
export function silenceIn(
  { thread, conversation }: ThreadState,
  mention: string | undefined,
): 'closed' | 'human' | undefined {
  if (!conversation) return undefined;
  if (conversation.state === 'closed') return 'closed';
  if (conversation.studio) return 'human';
  return isGroup(thread, conversation) && mention === undefined ? 'human' : undefined;
}

/**
 * Why a message is no question to the assistant; undefined when it is one. Somebody else than the customer is an agent,
 * unless groups are answered: then whoever is in it may ask, by name.
 */
export function noQuestion(
  event: MessageEvent,
  { thread, conversation }: ThreadState,
  mention: string | undefined,
): NoQuestion | undefined {
  if (!conversation) return undefined;
  const { unasked, author, body } = event.content;
  if (unasked) return unasked;
  const isCustomer = author === thread.theirs;
  if (mention === undefined || !isGroup(thread, conversation)) return isCustomer ? undefined : 'not_customer';
  const isIn = conversation.participants.some(({ identity, address }) => (address ?? identity) === author);
  if (!isCustomer && !isIn) return 'not_customer';
  return body.toLowerCase().includes(mention.toLowerCase()) ? undefined : 'not_addressed';
}

/**
 * Whether the customer's last word about consent that is still to be read is stop. In a Conversation it takes effect
 * when it is read, and what is under way must not leave before.
 */
export function hasSaidStop({ conversation, pending }: ThreadState): boolean {
  if (!conversation) return false;
  const words = pending.filter(({ kind }) => kind === 'opt_out' || kind === 'opt_in');
  return words.at(-1)?.kind === 'opt_out';
}

/** How long a message that overtook another one waits for it before Twilio is asked. */
const GAP_PATIENCE = 400;

/**
 * When Twilio has to be asked about a Conversation before anything in it is answered: who is in it now, and what was
 * said that we were not told. Undefined when all is known.
 */
export function catchUpAt(conversation: Conversation, pending: InboundEvent[], now: Date): Date | undefined {
  if (conversation.state === 'closed') return undefined;
  const received = pending.map(({ receivedAt }) => receivedAt.getTime());
  const isKnown = conversation.lookedAt !== null && conversation.lookedAt.getTime() >= Math.max(...received);
  const overtaking = pending.filter(
    (event) => event.kind !== 'reply' && (event.content.index ?? 0) > conversation.unseen,
  );
  if (isKnown && overtaking.length === 0) return undefined;
  const waited = overtaking.map(({ receivedAt }) => receivedAt.getTime() + GAP_PATIENCE);
  // Who is in it can be asked with the same request: first comes what was overtaken, by itself or by asking.
  const due = overtaking.length > 0 ? Math.min(...waited) : now.getTime();
  return new Date(Math.max(due, conversation.lookAgainAt?.getTime() ?? 0));
}

function isGroup(thread: Thread, conversation: Conversation): boolean {
  return conversation.participants.some(({ identity, address }) => (address ?? identity) !== thread.theirs);
}
