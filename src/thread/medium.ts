import type { Channel, MessagingChannel } from './thread-key.ts';

/** What the customer reads us on: inside a Conversation it may be a phone as well as a web page. */
export type Medium = MessagingChannel | 'chat';

/** The medium of a thread; in a Conversation the customer's address tells it. */
export function mediumOf({ channel, theirs }: { channel: Channel; theirs: string }): Medium {
  if (channel !== 'conversation') return channel;
  if (theirs.startsWith('whatsapp:')) return 'whatsapp';
  if (theirs.startsWith('rcs:')) return 'rcs';
  return isPhone(theirs) ? 'sms' : 'chat';
}

/** Whether an author of a Conversation writes from a phone, and not as a user of the chat. */
export function isPhone(author: string): boolean {
  return /^(?:(?:whatsapp|rcs|messenger):|\+\d)/.test(author);
}
