import { clientOf } from '../simulator/support.ts';
import { account, newPhone, ours, type Surroundings } from '../support/surroundings.ts';

export type Seen = {
  sid: string;
  serviceSid: string;
  attributes: string;
  state: string;
  messages: {
    sid: string;
    index: number;
    author: string;
    body: string;
    by: string;
    media: { contentType: string }[];
  }[];
};

/** The kinds of Conversation, each with a customer who can write in it. */
export const media = ['web chat', 'Flex web chat', 'SMS', 'WhatsApp'] as const;
export type Medium = (typeof media)[number];

export type Chat = Awaited<ReturnType<typeof openChat>>;

let chats = 0;

/** A Conversation at Twilio's stand-in, and what its customer and others do there. */
export async function openChat(gateway: Surroundings, medium: Medium = 'web chat', attributes: object = {}) {
  const { simulator } = gateway;
  const twilio = clientOf(simulator.url, account.sid, account.authToken);
  chats += 1;
  const phone = newPhone();
  const prefix = medium === 'WhatsApp' ? 'whatsapp:' : '';
  const isPhone = medium === 'SMS' || medium === 'WhatsApp';
  const customer = isPhone ? prefix + phone : medium === 'Flex web chat' ? `FX${chats}guest` : `visitor-${chats}`;
  const proxy = prefix + ours;

  async function ask<Body>(method: string, path: string, body?: object): Promise<Body> {
    const response = await fetch(`${simulator.url}/simulator/${path}`, {
      method,
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as Body;
  }

  let sid: string;
  if (isPhone) {
    const created = await twilio.conversations.v1.conversations.create({ attributes: JSON.stringify(attributes) });
    await twilio.conversations.v1
      .conversations(created.sid)
      .participants.create({ 'messagingBinding.address': customer, 'messagingBinding.proxyAddress': proxy });
    sid = created.sid;
  } else {
    sid = (await ask<Seen>('POST', 'conversations', { identity: customer, attributes })).sid;
  }
  const seen = () => ask<Seen>('GET', `conversations/${sid}`);
  const { serviceSid } = await seen();
  const key = `conversation:${serviceSid}:${sid}`;

  return {
    sid,
    serviceSid,
    key,
    customer,
    twilio: twilio.conversations.v1.conversations(sid),
    seen,
    /** The customer writes. Resolves once the webhook was answered. */
    write: (body: string, more: { media?: object[]; copies?: number } = {}): Promise<{ sid: string }> =>
      isPhone
        ? gateway.text(customer, body, { to: proxy, ...more })
        : ask('POST', `conversations/${sid}/messages`, { author: customer, body, ...more }),
    /** Somebody else writes, who has joined by name. */
    writeAs: (author: string, body: string) => ask('POST', `conversations/${sid}/messages`, { author, body }),
    edit: (message: string, body: string) => ask('PUT', `conversations/${sid}/messages/${message}`, { body }),
    remove: (message: string) => ask('DELETE', `conversations/${sid}/messages/${message}`),
    join: (identity: string) => ask('POST', `conversations/${sid}/participants`, { identity }),
    leave: (identity: string) => ask('DELETE', `conversations/${sid}/participants/${identity}`),
    close: () => ask('PUT', `conversations/${sid}/state`, { state: 'closed' }),
    /** What the assistant has said in it, in order. */
    said: async () => (await seen()).messages.filter(({ by }) => by === 'api').map(({ body }) => body),
    thread: () => gateway.operate('GET', `/threads/${encodeURIComponent(key)}`),
  };
}
