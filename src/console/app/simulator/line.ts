import { useCallback, useMemo, useRef } from 'preact/hooks';
import { ApiError, api } from '../api.ts';
import type { Picture } from '../ui/composer.tsx';
import { type Channel, type Chat, loadChat, loadTexts, type Shown, useCarrier } from './carrier.ts';

/** The Conversations that have begun: of the phone that is in one, and of the web chat. */
export type Chats = { memberChat: Chat | undefined; chat: Chat | undefined };

/** Which line the phone has to us. */
export type LineSettings = Chats & {
  channel: Channel;
  number: string;
  /** The number of the phone inside a Conversation, which catches all that it texts. */
  member: string;
  ours: string;
  identity: string;
};

export type Line = {
  /** Undefined while they are still asked for. */
  messages: Shown[] | undefined;
  /** The thread that it is to the gateway; undefined before a chat has begun. */
  threadKey: string | undefined;
  /** `copies` webhooks go out for the one message. */
  send(body: string, pictures: Picture[], copies?: number): Promise<void>;
};

/** The phone of the settings' channel, as people and as Twilio write its number. */
export function phoneOf({ channel, number, member }: LineSettings) {
  if (channel === 'conversation') {
    return { number: member, address: member, renamed: (to: string) => ({ member: to, memberChat: undefined }) };
  }
  const address = channel === 'whatsapp' ? `whatsapp:${number}` : number;
  return { number, address, renamed: (to: string) => ({ number: to }) };
}

/** The line that the settings describe, whatever the channel. */
export function useLine(settings: LineSettings, onChat: (chat: Partial<Chats>) => void): Line {
  const { channel, ours, identity } = settings;
  const isChat = channel === 'webchat';
  const isConversation = isChat || channel === 'conversation';
  const chat = isChat ? settings.chat : settings.memberChat;
  const { number, address } = phoneOf(settings);
  const proxyAddress = channel === 'whatsapp' ? `whatsapp:${ours}` : ours;
  const chatSid = chat?.sid;
  const load = useMemo(() => {
    if (!isChat) return () => loadTexts(address, proxyAddress);
    return chatSid === undefined ? async () => [] : () => loadChat(chatSid, identity);
  }, [isChat, address, proxyAddress, chatSid, identity]);
  const { data: messages, reload } = useCarrier(load);

  // Of several messages at once, the first opens the Conversation for all.
  const opening = useRef<Promise<Chat> | undefined>(undefined);
  const open = useCallback(async (): Promise<Chat> => {
    if (chat && (await stands(chat))) return chat;
    const who = isChat ? { identity } : { address, proxyAddress };
    const opened = await api<Chat>('POST', '/simulator/conversations', who);
    onChat(isChat ? { chat: opened } : { memberChat: opened });
    return opened;
  }, [chat, isChat, identity, address, proxyAddress, onChat]);

  const send = useCallback(
    async (body: string, pictures: Picture[], copies = 1) => {
      if (isConversation) {
        opening.current ??= open().finally(() => {
          opening.current = undefined;
        });
      }
      const opened = await opening.current;
      if (isChat && opened) {
        const message = { author: identity, body, media: pictures, copies };
        await api('POST', `/simulator/conversations/${opened.sid}/messages`, message);
      } else {
        await api('POST', '/simulator/texts', { from: address, to: proxyAddress, body, media: pictures, copies });
      }
      reload();
    },
    [isConversation, isChat, open, identity, address, proxyAddress, reload],
  );
  const threadKey = isConversation
    ? chat && `conversation:${chat.serviceSid}:${chat.sid}`
    : `${channel}:${ours}:${number}`;
  return { messages, threadKey, send };
}

/** The simulated carrier forgets when it is started anew, and whoever ends a Conversation ends it for good. */
async function stands(chat: Chat): Promise<boolean> {
  try {
    return (await api<Chat>('GET', `/simulator/conversations/${chat.sid}`)).state !== 'closed';
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return false;
    throw error;
  }
}
