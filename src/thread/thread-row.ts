import type { Handoff } from '../handoff/handoff.ts';
import type {
  Conversation,
  Handling,
  InboundEvent,
  MessageEvent,
  OpenTurn,
  Participant,
  Thread,
  ThreadState,
  Unsent,
} from './thread-state.ts';

type Jsonified<T> = { [K in keyof T]: T[K] extends Date ? string : T[K] extends Date | null ? string | null : T[K] };
type EventRow = Jsonified<InboundEvent>;
type HandoffRow = Jsonified<Handoff> & { endedAt: string | null; toldTurnId: string | null };

/** A thread as the `load` statement answers it: dates inside JSON are text. */
export type LoadedRow = {
  key: string;
  account_sid: string;
  channel: Thread['channel'];
  ours: string;
  theirs: string;
  identity: string;
  messaging_service_sid: string | null;
  assistant_id: string | null;
  public_url: string | null;
  handling: Handling;
  session_id: string | null;
  session_active_at: Date | null;
  heard_at: Date | null;
  revision: number;
  opted_out: boolean;
  conversation:
    | (Jsonified<Omit<Conversation, 'participants'>> & { participants: Jsonified<Participant>[] | null })
    | null;
  events: EventRow[] | null;
  turn: (Jsonified<Omit<OpenTurn, 'events'>> & { eventIds: number[] }) | null;
  unsent: Jsonified<Unsent>[] | null;
  retry: (Jsonified<Omit<OpenTurn, 'events' | 'state'>> & { events: EventRow[] | null }) | null;
  /** The newest first; at most that one is open. */
  handoffs: HandoffRow[] | null;
};

export function stateOf(row: LoadedRow): ThreadState {
  const { turn, retry } = row;
  const handoffs = row.handoffs ?? [];
  const past = handoffs.find(({ endedAt }) => endedAt !== null);
  const events = inOrderOfIndex((row.events ?? []).map(eventOf));
  const taken = new Set(turn?.eventIds);
  return {
    thread: {
      key: row.key,
      accountSid: row.account_sid,
      channel: row.channel,
      ours: row.ours,
      theirs: row.theirs,
      identity: row.identity,
      messagingServiceSid: row.messaging_service_sid,
      assistantId: row.assistant_id,
      publicUrl: row.public_url,
      handling: row.handling,
      optedOut: row.opted_out,
      sessionId: row.session_id,
      sessionActiveAt: row.session_active_at,
      heardAt: row.heard_at,
      revision: row.revision,
    },
    ...(row.conversation && { conversation: conversationOf(row.conversation) }),
    turn: turn
      ? {
          id: turn.id,
          state: turn.state,
          sessionId: turn.sessionId,
          assistantId: turn.assistantId,
          attempts: turn.attempts,
          retryAt: date(turn.retryAt),
          openedAt: new Date(turn.openedAt),
          events: events.filter((event) => taken.has(event.id)),
        }
      : undefined,
    pending: events.filter((event) => !taken.has(event.id)),
    unsent: (row.unsent ?? []).map((message) => ({
      ...message,
      attemptedAt: date(message.attemptedAt),
      retryAt: date(message.retryAt),
      createdAt: new Date(message.createdAt),
    })),
    retry: retry
      ? { ...retry, retryAt: null, openedAt: new Date(retry.openedAt), events: (retry.events ?? []).map(eventOf) }
      : undefined,
    handoff: handoffs.filter(({ endedAt }) => endedAt === null).map(handoffOf)[0],
    past: past && {
      id: past.id,
      target: past.place.target,
      requestedAt: new Date(past.requestedAt),
      answeredAt: date(past.answeredAt),
      heardUntil: new Date(past.lookedAt ?? (past.endedAt as string)),
      toldTurnId: past.toldTurnId,
    },
  };
}

function handoffOf(row: HandoffRow): Handoff {
  const { endedAt: _, toldTurnId: __, ...handoff } = row;
  return {
    ...handoff,
    requestedAt: new Date(handoff.requestedAt),
    attemptedAt: date(handoff.attemptedAt),
    retryAt: date(handoff.retryAt),
    lookedAt: date(handoff.lookedAt),
    checkAt: date(handoff.checkAt),
    recalledAt: date(handoff.recalledAt),
    begunAt: date(handoff.begunAt),
    answeredAt: date(handoff.answeredAt),
  };
}

function conversationOf(row: NonNullable<LoadedRow['conversation']>): Conversation {
  return {
    ...row,
    lookedAt: date(row.lookedAt),
    lookAgainAt: date(row.lookAgainAt),
    createdAt: new Date(row.createdAt),
    participants: (row.participants ?? []).map((participant) => ({
      ...participant,
      joinedAt: new Date(participant.joinedAt),
    })),
  };
}

/** The messages of a Conversation change places among themselves until they stand as they do there. */
function inOrderOfIndex(events: InboundEvent[]): InboundEvent[] {
  const isIndexed = (event: InboundEvent): event is MessageEvent =>
    event.kind !== 'reply' && event.content.index !== undefined;
  const indexed = events.filter(isIndexed).sort((a, b) => Number(a.content.index) - Number(b.content.index));
  return events.map((event) => (isIndexed(event) ? (indexed.shift() as InboundEvent) : event));
}

function eventOf(row: EventRow): InboundEvent {
  return { ...row, occurredAt: new Date(row.occurredAt), receivedAt: new Date(row.receivedAt) } as InboundEvent;
}

function date(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}
