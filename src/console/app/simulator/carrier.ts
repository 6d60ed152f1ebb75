import { useCallback, useEffect, useState } from 'preact/hooks';
import { api } from '../api.ts';
import { useCarrierNews } from '../live.ts';
import { useAway } from '../reachability.ts';

/** The simulated carrier, as its control routes tell of it. */

export type Channel = 'sms' | 'whatsapp' | 'conversation' | 'webchat';

/** A message on the phone's screen. */
export type Shown = {
  id: string;
  mine: boolean;
  /** Who wrote, where that is not the customer or the assistant. */
  by?: string;
  body: string;
  media: { url: string; contentType: string | null }[];
  status: string;
  errorCode: number | null;
  at: string;
};

type Witnessed = {
  sid: string;
  direction: string;
  origin: string;
  from: string | null;
  to: string;
  body: string;
  status: string;
  errorCode: number | null;
  media: { contentType: string | null; path: string }[];
  createdAt: string;
};

export type Chat = {
  sid: string;
  chatServiceSid?: string;
  serviceSid: string;
  state: string;
  messages: {
    sid: string;
    author: string;
    body: string;
    by: string;
    media: { contentType: string | null; path: string | null }[];
    createdAt: string;
  }[];
};

export type Task = {
  sid: string;
  status: string;
  attributes: Record<string, unknown>;
  conversationSid: string | null;
  offers: { sid: string; worker: string; status: string }[];
  agent: string | null;
  reason: string | null;
  createdAt: string;
};

/** What `load` answers, asked again whenever the carrier tells of anything, and when the gateway is back. */
export function useCarrier<Data>(load: (() => Promise<Data>) | undefined): {
  data: Data | undefined;
  reload: () => void;
} {
  const [data, setData] = useState<{ load?: unknown; data?: Data }>({});
  const reload = useCallback(() => {
    load?.().then(
      (found) => setData({ load, data: found }),
      () => {},
    );
  }, [load]);
  const away = useAway();
  useEffect(reload, [reload, away]);
  useCarrierNews(reload);
  return { data: data.load === load ? data.data : undefined, reload };
}

/** All texts between a phone and our number, oldest first. */
export async function loadTexts(theirs: string, ours: string): Promise<Shown[]> {
  const { messages } = await api<{ messages: Witnessed[] }>(
    'GET',
    `/simulator/messages?number=${encodeURIComponent(theirs)}`,
  );
  return messages
    .filter(({ from, to }) => (from === theirs && to === ours) || (to === theirs && (from === ours || from === null)))
    .map((message) => ({
      id: message.sid,
      mine: message.direction === 'inbound',
      ...(message.origin === 'carrier' && { by: 'Carrier' }),
      body: message.body,
      media: message.media.map(({ contentType, path }) => ({ contentType, url: `/console/api/carrier${path}` })),
      status: message.status,
      errorCode: message.errorCode,
      at: message.createdAt,
    }));
}

export async function loadChat(sid: string, identity: string): Promise<Shown[]> {
  const chat = await api<Chat>('GET', `/simulator/conversations/${sid}`);
  return chat.messages.map((message) => ({
    id: message.sid,
    mine: message.author === identity,
    ...(message.by === 'agent' && { by: message.author }),
    body: message.body,
    media: message.media.map(({ contentType, path }) => ({ contentType, url: `/console/api${path ?? ''}` })),
    status: message.author === identity ? 'received' : 'delivered',
    errorCode: null,
    at: message.createdAt,
  }));
}
