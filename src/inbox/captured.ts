import { setTimeout as pause } from 'node:timers/promises';
import { eachPatiently } from '../each-patiently.ts';
import type { LoggedMessage } from '../twilio/carrier.ts';
import type { Capture, Conversations } from '../twilio/conversations.ts';

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
 * number: their Conversation is, or whoever sits there. Asks once for each address, and once for each Conversation whose
 * dates leave it open.
 */
export async function findCaptured(
  parts: {
    conversations: Pick<Conversations, 'captures' | 'messagesSince'>;
    /** How long Twilio's lists may lag behind, in milliseconds. */
    logLag: number;
    now: () => Date;
  },
  accountSid: string,
  messages: LoggedMessage[],
): Promise<Set<LoggedMessage>> {
  const { conversations } = parts;
  const captured = new Set<LoggedMessage>();
  const addresses = [...new Set(messages.map(({ from }) => from))];
  await eachPatiently(addresses, PACE, async (from) => {
    const captures = await orNone(conversations.captures(accountSid, from));
    const open = messages.filter((message) => message.from === from);
    for (const capture of captures) {
      const doubtful: LoggedMessage[] = [];
      for (const message of open) {
        const took = hasTaken(capture, message);
        if (took) captured.add(message);
        else if (took === undefined && !captured.has(message)) doubtful.push(message);
      }
      if (doubtful.length === 0) continue;
      const newest = Math.max(...doubtful.map(({ createdAt }) => createdAt.getTime()));
      const listedIn = newest + SECOND + parts.logLag - parts.now().getTime();
      // No longer, whatever the difference of the clocks.
      await pause(Math.min(Math.max(0, listedIn), SECOND + parts.logLag));
      const said = await orNone(conversations.messagesSince(accountSid, capture.conversation, 0, MOST_MESSAGES));
      for (const message of doubtful) if (said.some((one) => isSame(one, message))) captured.add(message);
    }
  });
  return captured;
}

/** Undefined where the dates leave it open. */
function hasTaken({ proxyAddress, from, until }: Capture, { to, createdAt }: LoggedMessage): boolean | undefined {
  if (proxyAddress !== to) return false;
  const begins = createdAt.getTime() - from.getTime();
  const ends = until ? until.getTime() - createdAt.getTime() : Infinity;
  if (begins > BORDER && ends > BORDER) return true;
  return begins < -BORDER || ends < -BORDER ? false : undefined;
}

function isSame(said: { author: string; body: string; createdAt: Date }, message: LoggedMessage): boolean {
  const apart = Math.abs(said.createdAt.getTime() - message.createdAt.getTime());
  return said.author === message.from && said.body === message.body && apart < APART;
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
