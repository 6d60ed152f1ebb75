/** Where messages go from one address to another. */
export type MessagingChannel = 'sms' | 'whatsapp' | 'rcs';
export type Channel = MessagingChannel | 'conversation';

/** Where one reaches somebody on a channel: a phone number, short code or id, without the channel's prefix. */
export type Address = { channel: MessagingChannel; address: string };

/** Both ends of a thread, without the channel's prefix. */
export type ThreadEnds = { channel: MessagingChannel; ours: string; theirs: string };

/** A Twilio Conversation, which is a thread of its own. */
export type ConversationId = { serviceSid: string; sid: string };

/** Reads an address as Twilio writes it. Undefined when it is empty or belongs to a channel that we do not serve. */
export function parseAddress(text: string): Address | undefined {
  const match = /^(?:(whatsapp|rcs):)?(.+)$/s.exec(text);
  if (!match) return undefined;
  const [, prefix, address = ''] = match;
  if (prefix) return { channel: prefix as MessagingChannel, address };
  return address.includes(':') ? undefined : { channel: 'sms', address };
}

export function formatAddress({ channel, address }: Address): string {
  return channel === 'sms' ? address : `${channel}:${address}`;
}

/** The name of a thread in the store, in wake-ups and in the log. */
export function threadKey({ channel, ours, theirs }: ThreadEnds): string {
  return `${channel}:${encode(ours)}:${encode(theirs)}`;
}

/** Undefined for anything that `threadKey` does not write. */
export function parseThreadKey(key: string): ThreadEnds | undefined {
  const match = /^(sms|whatsapp|rcs):((?:[^:%]|%25|%3A)+):((?:[^:%]|%25|%3A)+)$/.exec(key);
  if (!match) return undefined;
  const [, channel, ours = '', theirs = ''] = match;
  return { channel: channel as MessagingChannel, ours: decode(ours), theirs: decode(theirs) };
}

export function conversationKey({ serviceSid, sid }: ConversationId): string {
  return `conversation:${serviceSid}:${sid}`;
}

/** Undefined for the key of any other thread. */
export function parseConversationKey(key: string): ConversationId | undefined {
  const match = /^conversation:(IS[0-9a-fA-F]{32}):(CH[0-9a-fA-F]{32})$/.exec(key);
  return match ? { serviceSid: match[1] as string, sid: match[2] as string } : undefined;
}

function encode(address: string): string {
  return address.replaceAll('%', '%25').replaceAll(':', '%3A');
}

function decode(text: string): string {
  return text.replaceAll('%3A', ':').replaceAll('%25', '%');
}
