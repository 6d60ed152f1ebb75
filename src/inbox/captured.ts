import { eachPatiently } from '../each-patiently.ts';
import type { LoggedMessage } from '../twilio/carrier.ts';
import type { Capture, Conversations } from '../twilio/conversations.ts';

/** Twilio cuts its dates to it. */
const SECOND = 1_000;
const PACE = { atOnce: 8, tries: 4 };

/**
 * Whether a Conversation took a text. Twilio's log of messages shows those too, and they are not ours to answer on the
 * number: their Conversation is, or whoever sits there. Asks once for each address.
 */
export async function findCaptured(
  captures: Conversations['captures'],
  accountSid: string,
  messages: LoggedMessage[],
): Promise<(message: LoggedMessage) => boolean> {
  const found = new Map<string, Capture[]>();
  const addresses = [...new Set(messages.map(({ from }) => from))];
  await eachPatiently(addresses, PACE, async (from) => {
    found.set(from, await captures(accountSid, from).catch(noneWhereRefused));
  });
  return ({ from, to, createdAt }) =>
    (found.get(from) ?? []).some(
      (capture) =>
        capture.proxyAddress === to &&
        capture.from.getTime() <= createdAt.getTime() + SECOND &&
        (capture.until === null || capture.until >= createdAt),
    );
}

/** An account that may not use Conversations has none. */
function noneWhereRefused(error: unknown): Capture[] {
  const { status } = error as { status?: number };
  if (status === 401 || status === 403 || status === 404) return [];
  throw error;
}
