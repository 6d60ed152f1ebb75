import type { Handling, InboundEvent, OpenTurn, Thread, ThreadState, Unsent } from './thread-state.ts';

type Jsonified<T> = { [K in keyof T]: T[K] extends Date ? string : T[K] extends Date | null ? string | null : T[K] };
type EventRow = Jsonified<InboundEvent>;

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
  revision: number;
  opted_out: boolean;
  events: EventRow[] | null;
  turn: (Jsonified<Omit<OpenTurn, 'events'>> & { eventIds: number[] }) | null;
  unsent: Jsonified<Unsent>[] | null;
  retry: (Jsonified<Omit<OpenTurn, 'events' | 'state'>> & { events: EventRow[] | null }) | null;
};

export function stateOf(row: LoadedRow): ThreadState {
  const { turn, retry } = row;
  const events = (row.events ?? []).map(eventOf);
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
      revision: row.revision,
    },
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
  };
}

function eventOf(row: EventRow): InboundEvent {
  return { ...row, occurredAt: new Date(row.occurredAt), receivedAt: new Date(row.receivedAt) } as InboundEvent;
}

function date(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}
