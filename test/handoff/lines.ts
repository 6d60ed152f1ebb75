import { builtInFlex } from '../../src/simulator/flex/store.ts';
import { type Medium, openChat } from '../conversations/chats.ts';
import type { Gateway } from '../support/gateway.ts';
import { account, newPhone, ours, type Surroundings, sign } from '../support/surroundings.ts';
import { until } from '../support/until.ts';

/** The agents' place in Twilio's stand-in. */
export const flex = builtInFlex(account.sid);
export const flexEnv = { FLEX_WORKSPACE_SID: flex.workspaceSid, FLEX_WORKFLOW_SID: flex.workflowSid };

/** Nobody is told of anything that happens at Flex. */
export const deaf = [
  'task.created',
  'task.updated',
  'task.canceled',
  'task.completed',
  'task.wrapup',
  'reservation.accepted',
  'onParticipantJoined',
  'onParticipantLeft',
  'onChannelStatusUpdated',
  'onParticipantAdded',
  'onParticipantRemoved',
  'onConversationStateUpdated',
].map((event) => ({ on: 'webhook', event, do: { kind: 'lose' } }));

/** Every way on which customers write, with the kind of Conversation that it is, if it is one. */
const media = {
  SMS: undefined,
  WhatsApp: undefined,
  'web chat': 'web chat',
  'Flex web chat': 'Flex web chat',
  'SMS in a Conversation': 'SMS',
  'WhatsApp in a Conversation': 'WhatsApp',
} satisfies Record<string, Medium | undefined>;
export const channels = Object.keys(media) as ChannelName[];
export type ChannelName = keyof typeof media;

export type Task = {
  sid: string;
  status: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it as they expect it
  attributes: any;
  conversationSid: string | null;
};

export type Line = Awaited<ReturnType<typeof openLine>>;

/** A customer, what they read, and the agents whom they may get. */
export async function openLine(gateway: Surroundings, channel: ChannelName) {
  const { simulator, operate } = gateway;
  const medium = media[channel];
  const chat = medium && (await openChat(gateway, medium));
  const prefix = channel === 'WhatsApp' ? 'whatsapp:' : '';
  const customer = chat?.customer ?? prefix + newPhone();
  const to = prefix + ours;
  const key = chat?.key ?? `${channel.toLowerCase()}:${ours}:${customer.replace('whatsapp:', '')}`;
  const path = `/threads/${encodeURIComponent(key)}`;

  async function ask<Body>(method: string, at: string, body?: object): Promise<Body> {
    const response = await fetch(`${simulator.url}/simulator/${at}`, {
      method,
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${at}: ${response.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as Body;
  }
  async function tasks(): Promise<Task[]> {
    const all = (await ask<{ tasks: Task[] }>('GET', 'tasks')).tasks;
    return all.filter(({ attributes }) => attributes.customerAddress === customer);
  }
  const thread = () => operate('GET', path);

  return {
    customer,
    key,
    thread,
    tasks,
    write: (body: string): Promise<unknown> => chat?.write(body) ?? gateway.text(customer, body, { to }),
    /** What the assistant, and notices, have said to the customer. */
    said: (): Promise<string[]> => chat?.said() ?? simulator.texts(customer),
    /** What a Studio flow has said in the Conversation. */
    flowSaid: async (): Promise<string[]> =>
      ((await chat?.seen())?.messages ?? []).filter(({ by }) => by === 'studio').map(({ body }) => body),
    /** The questions that were put to the assistant about this line. */
    asked: () => gateway.assistant.asked.filter(({ identity }) => identity.endsWith(customer)).map(({ body }) => body),
    isWith: (handling: string) => until(`it is with ${handling}`, async () => (await thread()).handling === handling),
    task: () => until('an agent is asked for', async () => (await tasks()).at(-1)),
    /** What an agent does with the newest task. */
    async agent(act: 'accept' | 'reject' | 'expire' | 'park' | 'end' | 'complete' | 'messages', body: object = {}) {
      const task = (await tasks()).at(-1);
      return ask<Task>('POST', `tasks/${task?.sid}/${act}`, body);
    },
    /** How the witness saw this customer's handoffs. */
    async handoffs(): Promise<Witnessed[]> {
      const sids = new Set((await tasks()).map(({ sid }) => sid));
      const all = (await ask<{ handoffs: Witnessed[] }>('GET', 'handoffs')).handoffs;
      return all.filter((handoff) => handoff.tasks.some(({ sid }) => sids.has(sid)));
    },
    chat,
    ask,
  };
}

/** A customer who has asked for an agent. */
export async function callAgent(gateway: Surroundings, channel: ChannelName = 'SMS'): Promise<Line> {
  const line = await openLine(gateway, channel);
  await line.write('agent');
  return line;
}

/** A customer whom an agent in Flex has. */
export async function withAgent(gateway: Gateway, channel: ChannelName = 'SMS'): Promise<Line> {
  const line = await callAgent(gateway, channel);
  await line.task();
  await gateway.settle();
  await line.agent('accept');
  await line.isWith('human');
  return line;
}

type Witnessed = {
  conversationSid: string | null;
  channelStatus: string;
  tasks: { sid: string; status: string }[];
  interactionsOfConversation: number;
  saidWhileAsked: { body: string }[];
  saidWhileHuman: { body: string }[];
};

/** Calls a tool as an assistants server does that signs as Twilio would. */
export async function callTool(
  gateway: { url: string },
  path: string,
  session: { sessionId: string; identity: string },
  how: { fields?: Record<string, string>; headers?: Record<string, string>; signed?: boolean; token?: string } = {},
): Promise<{ status: number; text: string }> {
  const { fields = {}, signed = true, token = account.authToken } = how;
  const response = await fetch(gateway.url + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-session-id': session.sessionId,
      'x-identity': session.identity,
      ...(signed && { 'x-twilio-signature': sign(token, gateway.url + path, fields) }),
      ...how.headers,
    },
    body: new URLSearchParams(fields),
  });
  return { status: response.status, text: await response.text() };
}
