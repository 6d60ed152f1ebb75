import { useCallback, useMemo } from 'preact/hooks';
import { api } from '../api.ts';
import type { Picture } from '../ui/composer.tsx';
import { type Channel, type Chat, loadChat, loadTexts, type Shown, useCarrier } from './carrier.ts';

/** Which line the phone has to us. */
export type LineSettings = { channel: Channel; number: string; ours: string; identity: string; chat: Chat | undefined };

export type Line = {
  /** Undefined while they are still asked for. */
  messages: Shown[] | undefined;
  /** The thread that it is to the gateway; undefined before a chat has begun. */
  threadKey: string | undefined;
  /** `copies` webhooks go out for the one message. */
  send(body: string, pictures: Picture[], copies?: number): Promise<void>;
};

/** The line that the settings describe, whatever the channel. */
export function useLine(settings: LineSettings, onChat: (chat: Chat) => void): Line {
  const { channel, number, ours, identity, chat } = settings;
  const prefix = channel === 'whatsapp' ? 'whatsapp:' : '';
  const isChat = channel === 'webchat';
  const chatSid = chat?.sid;
  const load = useMemo(() => {
    if (!isChat) return () => loadTexts(prefix + number, prefix + ours);
    return chatSid === undefined ? async () => [] : () => loadChat(chatSid, identity);
  }, [isChat, prefix, number, ours, chatSid, identity]);
  const { data: messages, reload } = useCarrier(load);

  const send = useCallback(
    async (body: string, pictures: Picture[], copies = 1) => {
      if (!isChat) {
        await api('POST', '/simulator/texts', {
          from: prefix + number,
          to: prefix + ours,
          body,
          media: pictures,
          copies,
        });
      } else {
        const open = chat ?? (await api<Chat>('POST', '/simulator/conversations', { identity }));
        if (!chat) onChat(open);
        await api('POST', `/simulator/conversations/${open.sid}/messages`, {
          author: identity,
          body,
          media: pictures,
          copies,
        });
      }
      reload();
    },
    [isChat, prefix, number, ours, identity, chat, onChat, reload],
  );
  const threadKey = isChat ? chat && `conversation:${chat.serviceSid}:${chat.sid}` : `${channel}:${ours}:${number}`;
  return { messages, threadKey, send };
}
