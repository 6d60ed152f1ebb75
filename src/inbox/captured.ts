import { setTimeout as pause } from 'node:timers/promises';
import { eachPatiently } from '../each-patiently.ts';
import type { LoggedMessage } from '../twilio/carrier.ts';
import type { Capture, Conversations, ListedMessage } from '../twilio/conversations.ts';

/** Twilio cuts its dates to it. */
const SECOND = 1_000;
/** So close to the beginning or the end of a Conversation its dates do not tell what it took. */
const BORDER = 5_000;
/** A message's dates in both logs differ by less. */
const APART = 10_000;
const MOST_MESSAGES = 500;
const PACE = { atOnce: 8, tries: 4 };

/**
 * Which of the texts Conversations took. Twilio's log of messages shows those too, and they are not ours to answer on the
 * number: their Conversation is, or whoever sits there. Asks once for each address and service, and once for each
 * Conversation whose dates leave it open.
 */
export async function findCaptured(
  parts: {
    conversations: Pick<Conversations, 'captures' | 'messagesSince'>;
    /** The account's services of Conversations, as far as they are known. */
    services: string[];
    /** How long Twilio's lists may lag behind, in milliseconds. */
    logLag: number;
    now: () => Date;
  },
  accountSid: string,
  messages: LoggedMessage[],
): Promise<Set<LoggedMessage>> {
  const { conversations, services } = parts;
  const captured = new Set<LoggedMessage>();
  const addresses = [...new Set(messages.map(({ from }) => from))];
  await eachPatiently(addresses, PACE, async (from) => {
    const texts = messages.filter((message) => message.from === from);
    const captures = await orNone(conversations.captures(accountSid, from));
    for (const service of services) {
      const isDefault = captures.some(({ conversation }) => conversation.serviceSid === service);
      if (!isDefault) captures.push(...(await orNone(conversations.captures(accountSid, from, service))));
    }
    for (const capture of captures) {
      const surely = texts.filter((text) => hasTaken(capture, text));
      for (const text of surely) captured.add(text);
      const perhaps = texts.filter((text) => hasTaken(capture, text) === undefined);
      if (perhaps.length === 0) continue;
      await untilListed(parts, perhaps);
      const said = await orNone(conversations.messagesSince(accountSid, capture.conversation, 0, MOST_MESSAGES));
      const theirs = said.filter(({ author }) => author === from);
      for (const text of counterparts(theirs, [...surely, ...perhaps])) captured.add(text);
    }
  });
  return captured;
}

/** Waits until Twilio's lists show the newest of the texts. */
async function untilListed({ logLag, now }: { logLag: number; now: () => Date }, texts: LoggedMessage[]) {
  const newest = Math.max(...texts.map(({ createdAt }) => createdAt.getTime()));
  const longest = SECOND + logLag;
  // No longer, whatever the difference of the clocks.
  await pause(Math.min(Math.max(0, newest + longest - now().getTime()), longest));
}

/** Undefined where the dates leave it open. */
function hasTaken({ proxyAddress, from, until }: Capture, { to, createdAt }: LoggedMessage): boolean | undefined {
  if (proxyAddress !== to) return false;
  const begins = createdAt.getTime() - from.getTime();
  const ends = until ? until.getTime() - createdAt.getTime() : Infinity;
  if (begins > BORDER && ends > BORDER) return true;
  return begins < -BORDER || ends < -BORDER ? false : undefined;
}

/** Whatever was said in a Conversation is one text: with the same words, or else one of that time. */
function counterparts(said: Pick<ListedMessage, 'body' | 'createdAt'>[], texts: LoggedMessage[]): LoggedMessage[] {
  const pairs = said
    .flatMap((one) =>
      texts.map((text) => ({
        one,
        text,
        differ: Number(one.body !== text.body),
        apart: Math.abs(one.createdAt.getTime() - text.createdAt.getTime()),
      })),
    )
    .filter(({ apart }) => apart < APART)
    .sort((a, b) => a.differ - b.differ || a.apart - b.apart);
  const single = new Set<object>([...said, ...texts]);
  for (const { one, text } of pairs) {
    if (!single.has(one) || !single.has(text)) continue;
    single.delete(one);
    single.delete(text);
  }
  return texts.filter((text) => !single.has(text));
}

/** An account that may not use Conversations has none. */
async function orNone<Item>(list: Promise<Item[]>): Promise<Item[]> {
  try {
    return await list;
  } catch (error) {
    const { status } = error as { status?: number };
    if (status === 401 || status === 403 || status === 404) return [];
    throw error;
  }
}
