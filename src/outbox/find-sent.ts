import type { Thread, Unsent } from '../thread/thread-state.ts';
import type { ThreadStore } from '../thread/thread-store.ts';
import type { Carrier } from '../twilio/carrier.ts';

/** How far Twilio's clock may be from ours, plus the second to which its dates are cut. */
const CLOCK_SKEW = 60_000;
const LOOK_BACK = 100;

/**
 * Looks in Twilio's log for a message whose sending is in doubt (protocol reference 3.3): sent through the API, same
 * text, not before it was written, and not known as another message of ours. Returns its SID.
 */
export async function findSent(
  parts: { carrier: Carrier; store: ThreadStore },
  thread: Thread,
  message: Unsent,
): Promise<string | undefined> {
  const earliest = message.createdAt.getTime() - CLOCK_SKEW;
  const logged = await parts.carrier.sentTo({
    accountSid: thread.accountSid,
    from: thread.ours,
    to: thread.theirs,
    limit: LOOK_BACK,
  });
  const alike = logged.filter(
    (entry) =>
      entry.direction === 'outbound-api' &&
      entry.body.trim() === message.body.trim() &&
      entry.createdAt.getTime() >= earliest,
  );
  if (alike.length === 0) return undefined;
  const known = await parts.store.knownSids(
    alike.map((entry) => entry.sid),
    message.id,
  );
  // Newest first: the oldest that nobody claims is ours.
  return alike.filter((entry) => !known.has(entry.sid)).at(-1)?.sid;
}
