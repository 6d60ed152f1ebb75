import { newSid } from '../sid.ts';

type MessageStatus =
  | 'accepted'
  | 'scheduled'
  | 'queued'
  | 'sending'
  | 'sent'
  | 'delivered'
  | 'read'
  | 'undelivered'
  | 'failed'
  | 'canceled'
  | 'received';

/** Bytes that the simulator serves, or the address they are served from. */
export type Media = { sid: string; contentType: string | null; content: Buffer | { url: string } };

/** A message as the simulator's log keeps it. `from` is null until a Messaging Service has chosen its sender. */
export type Message = {
  sequence: number;
  sid: string;
  accountSid: string;
  messagingServiceSid: string | null;
  direction: 'inbound' | 'outbound-api' | 'outbound-reply';
  /** Who caused it: a phone, the REST API, a TwiML answer, a conversation, or the carrier itself (replies to STOP and HELP). */
  origin: 'phone' | 'api' | 'twiml' | 'conversation' | 'carrier';
  /** The conversation that it went into or came from. */
  conversation: { sid: string; messageSid: string | null; author: string } | null;
  from: string | null;
  to: string;
  body: string;
  media: Media[];
  numSegments: number;
  status: MessageStatus;
  errorCode: number | null;
  statusCallback: string | null;
  contentSid: string | null;
  contentVariables: string | null;
  createdAt: Date;
  updatedAt: Date;
  sentAt: Date | null;
  history: { status: MessageStatus; at: Date }[];
  /** Deleted over REST: the API no longer shows it, the witness still counts it. */
  deleted: boolean;
};

export type MessageDraft = Pick<
  Message,
  'accountSid' | 'direction' | 'origin' | 'from' | 'to' | 'body' | 'status' | 'numSegments'
> &
  Partial<
    Pick<
      Message,
      'messagingServiceSid' | 'media' | 'statusCallback' | 'contentSid' | 'contentVariables' | 'conversation'
    >
  >;

export type MessageChange = Partial<Pick<Message, 'status' | 'errorCode' | 'from' | 'numSegments' | 'body'>>;

export type CarrierEvent = { type: 'text.received' | 'message.created' | 'message.status'; message: Message };

export type MessageLog = ReturnType<typeof createMessageLog>;

/** Every message there was, oldest first; beyond `limit` the oldest are dropped. */
export function createMessageLog(options: { limit: number; now: () => Date; publish: (event: CarrierEvent) => void }) {
  const { limit, now, publish } = options;
  const bySid = new Map<string, Message>();
  let log: Message[] = [];
  let sequence = 0;
  let dropped = 0;

  function dropOldest(): void {
    // A tenth at a time, so that a full log does not shift its whole array on every message.
    const excess = log.length - limit;
    for (const message of log.splice(0, excess + Math.floor(limit / 10))) {
      bySid.delete(message.sid);
      dropped += 1;
    }
  }

  return {
    add(draft: MessageDraft): Message {
      const at = now();
      const media = draft.media ?? [];
      sequence += 1;
      const message: Message = {
        messagingServiceSid: null,
        statusCallback: null,
        contentSid: null,
        contentVariables: null,
        conversation: null,
        ...draft,
        media,
        sequence,
        sid: newSid(media.length > 0 ? 'MM' : 'SM'),
        errorCode: null,
        createdAt: at,
        updatedAt: at,
        sentAt: draft.direction === 'inbound' ? at : null,
        history: [{ status: draft.status, at }],
        deleted: false,
      };
      log.push(message);
      bySid.set(message.sid, message);
      if (log.length > limit) dropOldest();
      publish({ type: message.direction === 'inbound' ? 'text.received' : 'message.created', message });
      return message;
    },

    change(message: Message, change: MessageChange): void {
      const at = now();
      Object.assign(message, change, { updatedAt: at });
      if (change.status === undefined) return;
      message.history.push({ status: change.status, at });
      if (change.status === 'sent') message.sentAt = at;
      publish({ type: 'message.status', message });
    },

    /** Keeps the fact that it existed, and nothing of what it said. */
    delete(message: Message): void {
      Object.assign(message, { deleted: true, body: '', media: [], updatedAt: now() });
    },

    find: (sid: string): Message | undefined => bySid.get(sid),
    all: (): readonly Message[] => log,
    dropped: (): number => dropped,

    forget(): void {
      log = [];
      bySid.clear();
      dropped = 0;
    },
  };
}
