import { useEffect, useState } from 'preact/hooks';
import type { FailurePage, ThreadPage, Timeline } from '../contract.ts';
import { api, parseJson } from './api.ts';

/** A stream of events that is there while somebody listens and the page is seen: a browser opens few connections. */
type Stream = { listen(listener: Listener, parameter?: Parameter): () => void };
type Listener = (event: string, data: unknown) => void;
/** What the listener adds to the address: a name and a value, or a whole query. */
type Parameter = string;

const RECONNECT = 2_000;

function createStream(path: string, events: readonly string[]): Stream {
  const listeners = new Map<Listener, Parameter | undefined>();
  let source: EventSource | undefined;
  let address = '';
  let pending: ReturnType<typeof setTimeout> | undefined;

  function connect(): void {
    pending = undefined;
    const parameters = [...new Set([...listeners.values()].filter((each) => each !== undefined))].sort();
    const wanted = listeners.size > 0 && !document.hidden ? `/console/api${path}?${parameters.join('&')}` : '';
    if (wanted === address && source?.readyState !== EventSource.CLOSED) return;
    source?.close();
    address = wanted;
    source = wanted === '' ? undefined : open(wanted);
  }
  function open(url: string): EventSource {
    const opened = new EventSource(url);
    for (const event of events) {
      opened.addEventListener(event, ({ data }: MessageEvent) => {
        const value = parseJson(data);
        for (const listener of listeners.keys()) listener(event, value);
      });
    }
    opened.onerror = () => {
      if (opened !== source) return;
      // A stream does not say why it ended or was refused; an ordinary question does.
      api('GET', '/session').catch(() => {});
      if (opened.readyState === EventSource.CLOSED) later(RECONNECT);
    };
    return opened;
  }
  /** Listeners that come and go together make one new connection. */
  function later(ms: number): void {
    clearTimeout(pending);
    pending = setTimeout(connect, ms);
  }
  document.addEventListener('visibilitychange', () => later(0));

  return {
    listen(listener, parameter) {
      listeners.set(listener, parameter);
      later(0);
      return () => {
        listeners.delete(listener);
        later(0);
      };
    },
  };
}

const views = createStream('/live', ['view']);

type Told = { kind: string; key?: string; data: unknown };

function useView<Data>(parameter: Parameter | undefined, isIt: (told: Told) => boolean): Data | undefined {
  const [state, setState] = useState<{ parameter?: Parameter; data?: Data }>({});
  // `isIt` says the same as the parameter does.
  useEffect(() => {
    if (parameter === undefined) return;
    return views.listen((_event, told) => {
      if (isIt(told as Told)) setState({ parameter, data: (told as Told).data as Data });
    }, parameter);
  }, [parameter]);
  return state.parameter === parameter ? state.data : undefined;
}

/** The newest failures, always as they are. */
export const useFailures = () => useView<FailurePage>('kind=failures', ({ kind }) => kind === 'failures');

/** The first page of the threads that a query narrows; undefined query: none. */
export const useThreads = (query: string | undefined) =>
  useView<ThreadPage>(query === undefined ? undefined : `kind=threads&${query}`, ({ kind }) => kind === 'threads');

/** All that happens in a thread; null while there is no such thread. */
export const useTimeline = (key: string | undefined) =>
  useView<Timeline | null>(
    key === undefined ? undefined : `thread=${encodeURIComponent(key)}`,
    (told) => told.kind === 'thread' && told.key === key,
  );

const CARRIER_EVENTS = [
  ...['text.received', 'message.created', 'message.status'],
  ...[
    ...['onMessageAdded', 'onMessageUpdated', 'onMessageRemoved', 'onConversationAdded', 'onConversationStateUpdated'],
    ...['onParticipantAdded', 'onParticipantRemoved', 'onDeliveryUpdated'],
  ].map((name) => `conversation.${name}`),
  ...['created', 'updated', 'canceled', 'completed', 'wrapup'].map((name) => `task.${name}`),
  ...['created', 'accepted', 'rejected', 'timeout', 'canceled', 'rescinded', 'completed', 'wrapup'].map(
    (name) => `reservation.${name}`,
  ),
];
const carrier = createStream('/simulator/events', CARRIER_EVENTS);

/** Calls back whenever the simulated carrier tells of anything. */
export function useCarrierNews(onNews: () => void): void {
  useEffect(() => carrier.listen(onNews), [onNews]);
}
