import type { Thread, Unsent } from '../thread/thread-state.ts';
import type { ThreadStore } from '../thread/thread-store.ts';
import type { Carrier, LoggedMessage } from '../twilio/carrier.ts';
import { MESSAGE_PARAMETER } from '../twilio/webhooks/status.ts';
import { type Line, oneLine, templateVariables } from './line.ts';

/** How far Twilio's clock may be from ours, plus the second to which its dates are cut. */
const CLOCK_SKEW = 60_000;
const LOOK_BACK = 100;

/** SMS, MMS, WhatsApp and RCS, through the Messages API. */
export function createMessagesLine(parts: {
  carrier: Pick<Carrier, 'send' | 'sentTo'>;
  store: Pick<ThreadStore, 'knownSids'>;
  /** Where Tandem can be reached; where that is not set, each thread knows where it was. */
  publicUrl: string | undefined;
}): Line {
  const { carrier, store, publicUrl } = parts;

  /**
   * Looks in Twilio's log (protocol reference 3.3): sent through the API, alike, not before it was written, and not
   * known as another message of ours.
   */
  async function find({ thread }: { thread: Thread }, message: Unsent): Promise<string | undefined> {
    const earliest = message.createdAt.getTime() - CLOCK_SKEW;
    const logged = await carrier.sentTo({
      accountSid: thread.accountSid,
      from: thread.ours,
      to: thread.theirs,
      limit: LOOK_BACK,
    });
    const alike = logged.filter(
      (entry) =>
        entry.direction === 'outbound-api' && entry.createdAt.getTime() >= earliest && isSameContent(entry, message),
    );
    if (alike.length === 0) return undefined;
    const known = await store.knownSids(
      alike.map((entry) => entry.sid),
      message.id,
    );
    // Newest first: the oldest that nobody claims is ours.
    return alike.filter((entry) => !known.has(entry.sid)).at(-1)?.sid;
  }

  return {
    send({ thread }, { id, body, media, contentSid }) {
      const base = publicUrl ?? thread.publicUrl;
      return carrier.send({
        accountSid: thread.accountSid,
        from: thread.ours,
        to: thread.theirs,
        ...(contentSid
          ? { contentSid, contentVariables: templateVariables(body) }
          : { body: body || undefined, mediaUrl: media ?? undefined }),
        // A receipt alone then proves that it was sent.
        statusCallback: base ? `${base}/webhooks/twilio/status?${MESSAGE_PARAMETER}=${id}` : undefined,
      });
    },
    find,
  };
}

function isSameContent(entry: LoggedMessage, { body, media, contentSid }: Unsent): boolean {
  // What surrounds the text in a template is Twilio's to know.
  if (contentSid) return oneLine(entry.body).includes(oneLine(body));
  return entry.body.trim() === body.trim() && entry.numMedia > 0 === Boolean(media?.length);
}
