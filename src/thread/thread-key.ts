export type Channel = 'sms' | 'whatsapp' | 'rcs';

/** Where one reaches somebody on a channel: a phone number, short code or id, without the channel's prefix. */
export type Address = { channel: Channel; address: string };

/** Both ends of a thread, without the channel's prefix. */
export type ThreadEnds = { channel: Channel; ours: string; theirs: string };

/** Reads an address as Twilio writes it. Undefined when it is empty or belongs to a channel that we do not serve. */
export function parseAddress(text: string): Address | undefined {
  const match = /^(?:(whatsapp|rcs):)?(.+)$/s.exec(text);
  if (!match) return undefined;
  const [, prefix, address = ''] = match;
  if (prefix) return { channel: prefix as Channel, address };
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
  return { channel: channel as Channel, ours: decode(ours), theirs: decode(theirs) };
}

function encode(address: string): string {
  return address.replaceAll('%', '%25').replaceAll(':', '%3A');
}

function decode(text: string): string {
  return text.replaceAll('%3A', ':').replaceAll('%25', '%');
}
