import { builtInFlex } from '../../src/simulator/flex/store.ts';
import { clientOf } from '../simulator/support.ts';
import { runModule } from './process.ts';

export const account = { sid: `AC${'5'.repeat(32)}`, authToken: 'the-token-of-the-campaign' };
export const ours = '+15550001000';
export const phoneOf = (thread: number) => `+1555123${String(thread).padStart(4, '0')}`;

const CONVERSATION_EVENTS = [
  'onMessageAdded',
  'onParticipantAdded',
  'onConversationStateUpdated',
  'onDeliveryUpdated',
] as const;

export type Witnessed = {
  sequence: number;
  direction: 'inbound' | 'outbound-api' | 'outbound-reply';
  from: string | null;
  to: string;
  body: string;
  createdAt: string;
};

export type Task = {
  sid: string;
  status: 'pending' | 'reserved' | 'assigned' | 'wrapping' | 'completed' | 'canceled';
  conversationSid: string | null;
  attributes: { customerAddress: string };
};

/** A handoff as it was seen at Flex. */
export type Handoff = {
  customer: { address: string } | null;
  channelStatus: string;
  interactionsOfConversation: number;
  tasks: { status: string }[];
  /** What neither the customer nor an agent said from the call for a human to its end. */
  saidWhileAsked: { body: string }[];
};

/** Where the agents are. */
export const agents = builtInFlex(account.sid);

/** The stand-in for Twilio, in a process that outlives whatever is killed beside it. */
export async function startWitness(logFile: string) {
  const program = runModule('src/simulator/main.ts', ['--account', `${account.sid}:${account.authToken}`], logFile);
  const { url } = JSON.parse(await program.firstLine) as { url: string };

  async function send(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${url}/simulator${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  async function ask(path: string, fields: [string, string][]): Promise<unknown> {
    const authorization = `Basic ${Buffer.from(`${account.sid}:${account.authToken}`).toString('base64')}`;
    const headers = { authorization, 'x-forwarded-host': 'conversations.twilio.com' };
    const response = await fetch(`${url}/v1/${path}`, { method: 'POST', headers, body: new URLSearchParams(fields) });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }

  return {
    url,
    setNumber: (settings: { smsUrl: string; smsFallbackUrl?: string }) => send('PUT', `/numbers/${ours}`, settings),
    setFaults: (rules: unknown[]) => send('PUT', '/faults', { rules, seed: Math.floor(Math.random() * 2 ** 31) }),
    /** Resolves once the attempt to deliver its webhook has ended, well or not. True when it was delivered. */
    async text(from: string, body: string): Promise<boolean> {
      const { webhook } = (await send('POST', '/texts', { from, to: ours, body })) as {
        webhook: { errorCode: number | null };
      };
      return webhook.errorCode === null;
    },
    /** Every event of Conversations goes there from now on. */
    setConversations: (url: string) =>
      ask('Configuration/Webhooks', [
        ['PostWebhookUrl', url],
        ['Method', 'POST'],
        ...CONVERSATION_EVENTS.map((event): [string, string] => ['Filters', event]),
      ]),
    /** From now on a Conversation takes what that phone texts. */
    async openConversation(phone: string): Promise<void> {
      const { sid } = (await ask('Conversations', [])) as { sid: string };
      await ask(`Conversations/${sid}/Participants`, [
        ['MessagingBinding.Address', phone],
        ['MessagingBinding.ProxyAddress', ours],
      ]);
    },
    /** Sends what happens in Flex and in Conversations to the gateway too. */
    async setEvents(publicUrl: string): Promise<void> {
      const twilio = clientOf(url, account.sid, account.authToken);
      const flex = `${publicUrl}/webhooks/twilio/flex`;
      await twilio.taskrouter.v1.workspaces(agents.workspaceSid).update({ eventCallbackUrl: flex });
      await twilio.conversations.v1.configuration.webhooks().update({
        method: 'POST',
        target: 'webhook',
        postWebhookUrl: `${publicUrl}/webhooks/twilio/conversations`,
        filters: ['onMessageAdded', 'onParticipantAdded', 'onParticipantRemoved', 'onConversationStateUpdated'],
      });
    },
    /** What agents have, or may take. */
    tasks: async () => ((await send('GET', '/tasks')) as { tasks: Task[] }).tasks,
    agent: (task: Task, act: 'accept' | 'park' | 'end' | 'complete' | 'messages', body = {}) =>
      send('POST', `/tasks/${task.sid}/${act}`, body),
    handoffs: async () => ((await send('GET', '/handoffs')) as { handoffs: Handoff[] }).handoffs,
    messages: async (to?: string) => {
      const query = to === undefined ? '' : `?to=${encodeURIComponent(to)}`;
      return ((await send('GET', `/messages${query}`)) as { messages: Witnessed[] }).messages;
    },
    isQuiet: async () => ((await send('GET', '/stats')) as { underWay: number }).underWay === 0,
    close: () => program.end('SIGTERM'),
  };
}

const SAYING = 'Conversations/Messages';

/** What Twilio may do to us at any time: refuse, break off before or after the fact, lag, and lose receipts. */
export const ordinaryFaults = [
  { on: 'create', chance: 0.02, do: { kind: 'status', status: 503 } },
  { on: 'create', chance: 0.02, do: { kind: 'status', status: 429, retryAfter: 1 } },
  { on: 'create', chance: 0.02, do: { kind: 'reset' } },
  { on: 'create', chance: 0.03, do: { kind: 'accept-then-hang' } },
  { on: 'create', chance: 0.05, do: { kind: 'accept-then-reset' } },
  { on: 'create', chance: 0.05, do: { kind: 'accept-then-status', status: 502 } },
  { on: 'list', chance: 0.1, do: { kind: 'status', status: 503 } },
  { on: 'list', chance: 0.1, do: { kind: 'reset' } },
  { on: 'list', chance: 0.7, do: { kind: 'stale', ms: 2_800 } },
  { on: 'call', method: 'POST', resource: SAYING, chance: 0.03, do: { kind: 'status', status: 503 } },
  { on: 'call', method: 'POST', resource: SAYING, chance: 0.02, do: { kind: 'status', status: 429, retryAfter: 1 } },
  { on: 'call', method: 'POST', resource: SAYING, chance: 0.03, do: { kind: 'accept-then-hang' } },
  { on: 'call', method: 'POST', resource: SAYING, chance: 0.05, do: { kind: 'accept-then-reset' } },
  { on: 'call', method: 'POST', resource: SAYING, chance: 0.05, do: { kind: 'accept-then-status', status: 502 } },
  { on: 'call', method: 'GET', resource: SAYING, chance: 0.1, do: { kind: 'status', status: 503 } },
  { on: 'call', method: 'GET', resource: SAYING, chance: 0.3, do: { kind: 'stale', ms: 2_800 } },
  { on: 'call', method: 'GET', resource: 'Conversations', chance: 0.05, do: { kind: 'reset' } },
  { on: 'call', method: 'GET', resource: 'ParticipantConversations', chance: 0.05, do: { kind: 'reset' } },
  { on: 'webhook', event: 'onMessageAdded', chance: 0.1, do: { kind: 'out-of-order' } },
  { on: 'webhook', event: 'onMessageAdded', chance: 0.1, do: { kind: 'duplicate', times: 2 } },
  { on: 'receipt', chance: 0.7, do: { kind: 'lose' } },
  { on: 'receipt', chance: 0.2, do: { kind: 'out-of-order' } },
  { on: 'receipt', chance: 0.2, do: { kind: 'repeat', times: 2 } },
];

/** The same where agents are: calls that break off before or after the fact, and news that is lost. */
export const handoffFaults = [
  ...['task.created', 'task.completed', 'task.wrapup', 'reservation.accepted', 'onParticipantRemoved'].map((event) => ({
    on: 'webhook',
    event,
    chance: 0.3,
    do: { kind: 'lose' },
  })),
  { on: 'webhook', chance: 0.1, do: { kind: 'duplicate', times: 1 } },
  { on: 'call', method: 'POST', resource: 'Interactions', chance: 0.1, do: { kind: 'reset' } },
  { on: 'call', method: 'POST', resource: 'Interactions', chance: 0.2, do: { kind: 'accept-then-reset' } },
  {
    on: 'call',
    method: 'POST',
    resource: 'Interactions',
    chance: 0.1,
    do: { kind: 'accept-then-status', status: 502 },
  },
  {
    on: 'call',
    method: 'POST',
    resource: 'Interactions',
    chance: 0.1,
    do: { kind: 'status', status: 429, retryAfter: 1 },
  },
  { on: 'call', method: 'POST', resource: 'Interactions/Channels', chance: 0.2, do: { kind: 'accept-then-reset' } },
  { on: 'call', method: 'GET', resource: 'Workspaces/Tasks', chance: 0.1, do: { kind: 'status', status: 503 } },
  { on: 'call', method: 'GET', resource: 'Workspaces/Tasks', chance: 0.5, do: { kind: 'stale', ms: 2_500 } },
];
