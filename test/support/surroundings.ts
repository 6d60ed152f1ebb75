import { randomBytes, randomInt } from 'node:crypto';
import { createServer } from 'node:http';
import twilio from 'twilio';
import { inject } from 'vitest';
import { startSimulator } from '../../src/simulator/server.ts';
import { type Database, openDatabase, type Sql, sql } from '../../src/store/database.ts';
import { echo, type FakeAssistant, type Script, startFakeAssistant } from './fake-assistant.ts';
import { freshDatabase } from './postgres.ts';
import { until } from './until.ts';

export const account = { sid: `AC${'1'.repeat(32)}`, authToken: 'the-token-of-the-account' };
export const subaccount = { sid: `AC${'2'.repeat(32)}`, authToken: 'the-token-of-the-subaccount' };
export const adminToken = 'the-token-of-the-operators';
export const ours = '+15550001000';
export const assistantId = 'aia_asst_00000000-0000-4000-8000-000000000001';

export type SurroundingsOptions = {
  queue?: 'postgres' | 'redis';
  answer?: Script;
  /** Added to, or put in place of, the usual environment; an empty value unsets. */
  env?: Record<string, string>;
  /** Leads to the database in place of the direct way, so that a test can interrupt it. */
  databaseUrl?: (direct: string) => Promise<string>;
};

/** Wake-ups through PostgreSQL, and through Redis where there is one. */
export const queues: ('postgres' | 'redis')[] = inject('redisUrl') ? ['postgres', 'redis'] : ['postgres'];

export type Surroundings = Awaited<ReturnType<typeof createSurroundings>>;

/** All that a gateway deals with: a database, Twilio's stand-in, a server of assistants; and the environment that says so. */
export async function createSurroundings(options: SurroundingsOptions = {}) {
  const url = `http://127.0.0.1:${await freePort()}`;
  const database = await freshDatabase();
  const db = openDatabase(database.url, () => {}, 2);
  const assistant = await startFakeAssistant(options.answer ?? echo);
  const simulator = await startSimulator({
    accounts: [account, subaccount],
    defaultWebhook: `${url}/webhooks/twilio/messaging`,
    defaultEventWebhooks: {
      conversations: `${url}/webhooks/twilio/conversations`,
      tasks: `${url}/webhooks/twilio/flex`,
      interactions: `${url}/webhooks/twilio/flex`,
    },
    receiptDelay: 1,
  });
  const env: Record<string, string> = {
    HOST: '127.0.0.1',
    PORT: new URL(url).port,
    PUBLIC_URL: url,
    DATABASE_URL: options.databaseUrl ? await options.databaseUrl(database.url) : database.url,
    ...(options.queue === 'redis' && { REDIS_URL: ownRedis() }),
    TWILIO_ACCOUNT_SID: account.sid,
    TWILIO_AUTH_TOKEN: account.authToken,
    TWILIO_API_BASE_URL: simulator.url,
    ASSISTANTS_BASE_URL: assistant.url,
    ASSISTANT_ID: assistantId,
    ADMIN_TOKEN: adminToken,
    SECRETS_KEY: 'ab'.repeat(32),
    SEND_TIMEOUT: '2s',
    ...options.env,
  };
  return {
    url,
    db,
    env,
    assistant,
    simulator: simulatorAt(simulator.url),
    ...helpers(url, db, assistant),
    text: (from: string, body: string, more: object = {}) => text(simulator.url, { from, to: ours, body, ...more }),
    async close() {
      await assistant.close();
      await simulator.close();
      await db.close();
      await database.drop();
    },
  };
}

/** What a webhook's sender may do to it. */
export type Post = {
  /** False: no signature at all. A string: this signature, whatever it is worth. */
  signature?: string | false;
  token?: string;
  /** What was signed, where that is not what is sent. */
  signedUrl?: string;
  signedFields?: Record<string, string>;
  headers?: Record<string, string>;
  method?: string;
};

function helpers(url: string, db: Database, assistant: FakeAssistant) {
  /** Posts a form as Twilio would, signed by its own library. */
  async function post(path: string, fields: Record<string, string> | string, how: Post = {}): Promise<Answer> {
    const form = typeof fields === 'string' ? fields : new URLSearchParams(fields).toString();
    const signed = how.signedFields ?? (typeof fields === 'string' ? {} : fields);
    const signature = how.signature ?? sign(how.token ?? account.authToken, how.signedUrl ?? url + path, signed);
    const response = await fetch(url + path, {
      method: how.method ?? 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        ...(signature !== false && { 'x-twilio-signature': signature }),
        ...how.headers,
      },
      ...(how.method !== 'GET' && { body: form }),
    });
    return answerOf(response);
  }

  /** The console's API, as an operator with the admin token. */
  async function operate(method: 'GET' | 'POST', path: string) {
    const response = await fetch(`${url}/console/api${path}`, {
      method,
      headers: { authorization: `Bearer ${adminToken}` },
    });
    const answer = await answerOf(response);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.json;
  }

  return {
    post,
    operate,
    /** Delivers an answer to a question's callback, as a remote assistant does. */
    reply: (question: { webhook: string | undefined; sessionId: string }, body: string, more: object = {}) =>
      fetch(question.webhook as string, {
        method: 'POST',
        body: new URLSearchParams({ Status: 'Success', SessionId: question.sessionId, Body: body, ...more }),
      }).then(answerOf),
    thread: (from: string, to = ours): Promise<ThreadView> => operate('GET', `/threads/${pathOf(from, to)}`),
    handOff: (from: string, to = ours) => operate('POST', `/threads/${pathOf(from, to)}/handoff`),
    giveBack: (from: string, to = ours) => operate('POST', `/threads/${pathOf(from, to)}/return`),
    failures: (): Promise<Failures> => operate('GET', '/failures'),
    /** From now on an event of that text is taken by the store and refused by the commit. */
    async failCommitsOf(body: string): Promise<void> {
      await db.query(sql`
        create function refuse_poison() returns trigger language plpgsql as $$
        begin
          if new.event ->> 'body' = tg_argv[0] then raise exception 'refused'; end if;
          return null;
        end $$`);
      const text = `create constraint trigger refuse_poison after insert on gateway.inbound_event
        deferrable initially deferred for each row execute function refuse_poison('${body}')`;
      await db.query({ text, values: [], name: '' });
    },
    /** How many rows each table of the gateway has. */
    async rows(): Promise<Record<string, number>> {
      const [row] = await db.query<Record<string, number>>(countAll);
      return row as Record<string, number>;
    },
    /** All that the gateway's tables hold, as one digest a table. */
    async contents(): Promise<Record<string, string>> {
      const tables = ['thread', 'inbound_event', 'turn', 'outbound_message', 'receipt', 'consent', 'number'];
      const digests = tables.map(
        (name) => `(select md5(string_agg(row::text, ' ' order by row::text)) from gateway.${name} row) as ${name}`,
      );
      const [row] = await db.query<Record<string, string>>({ text: `select ${digests}`, values: [], name: '' });
      return row as Record<string, string>;
    },
    /** The texts of the questions that were put, in order; each key once. */
    questions: () => assistant.asked.filter(({ nth }) => nth === 1).map(({ body }) => body),
    wasAsked: (times: number) => until(`${times} questions`, () => assistant.asked.length >= times),
  };
}

const countAll: Sql = sql`
  select (select count(*) from gateway.thread) as thread,
    (select count(*) from gateway.inbound_event) as inbound_event,
    (select count(*) from gateway.turn) as turn,
    (select count(*) from gateway.outbound_message) as outbound_message,
    (select count(*) from gateway.receipt) as receipt,
    (select count(*) from gateway.consent) as consent,
    (select count(*) from gateway.number) as number`;

type ThreadView = {
  handling: string;
  settled: boolean;
  optedOut: boolean;
  sessionId: string | null;
  events: {
    kind: string;
    sid: string;
    body: string;
    source: string;
    turnId: string | null;
    handledAt: string | null;
  }[];
  turns: { id: string; state: string; attempts: number; reason: string | null; errorCode: string | null }[];
  messages: {
    body: string;
    purpose: string;
    status: string;
    sid: string | null;
    attempts: number;
    errorCode: number | null;
    error: string | null;
  }[];
};

type Failures = {
  turns: { id: string; threadKey: string; errorCode: string; error: string; attempts: number }[];
  messages: { id: string; status: string; errorCode: number | null; error: string }[];
};

function simulatorAt(url: string) {
  const read = async <Body>(path: string) => (await (await fetch(url + path)).json()) as Body;
  return {
    url,
    /** What goes wrong from now on, by rules (src/simulator/faults.ts). */
    async faults(...rules: object[]): Promise<void> {
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(`${url}/simulator/faults`, { method: 'PUT', headers, body: JSON.stringify(rules) });
      if (!response.ok) throw new Error(await response.text());
    },
    async number(number: string, settings: object): Promise<void> {
      const headers = { 'content-type': 'application/json' };
      const path = `${url}/simulator/numbers/${encodeURIComponent(number)}`;
      const response = await fetch(path, { method: 'PUT', headers, body: JSON.stringify(settings) });
      if (!response.ok) throw new Error(await response.text());
    },
    /** What we texted to a phone through the API, in order: what the customer has read. */
    async texts(to: string): Promise<string[]> {
      const { messages } = await read<Log>(`/simulator/messages?to=${encodeURIComponent(to)}`);
      return messages.filter(({ origin }) => origin === 'api').map(({ body }) => body);
    },
    all: async () => (await read<Log>('/simulator/messages')).messages,
    quiet: () =>
      until(
        'the simulator is quiet',
        async () => (await read<{ underWay: number }>('/simulator/stats')).underWay === 0,
      ),
  };
}

type Log = { messages: Witnessed[] };

type Witnessed = {
  sid: string;
  origin: string;
  from: string;
  to: string;
  body: string;
  status: string;
  statusCallback: string | null;
};

async function text(simulator: string, message: object): Promise<{ sid: string; webhook: { status: number | null } }> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${simulator}/simulator/texts`, {
    method: 'POST',
    headers,
    body: JSON.stringify(message),
  });
  if (response.status !== 201) throw new Error(await response.text());
  return (await response.json()) as Awaited<ReturnType<typeof text>>;
}

export type Answer = {
  status: number;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it as they expect it
  readonly json: any;
};

async function answerOf(response: Response): Promise<Answer> {
  const { status, headers } = response;
  const text = await response.text();
  return {
    status,
    headers,
    text,
    get json() {
      return text === '' ? undefined : JSON.parse(text);
    },
  };
}

/** Twilio's own signature. */
export const sign = twilio.getExpectedTwilioSignature as (token: string, url: string, fields: object) => string;

/** An inbound message as Twilio posts it. */
export function inbound(from: string, body: string, more: Record<string, string> = {}): Record<string, string> {
  const sid = `SM${randomBytes(16).toString('hex')}`;
  return {
    MessageSid: sid,
    SmsSid: sid,
    AccountSid: account.sid,
    From: from,
    To: ours,
    Body: body,
    NumMedia: '0',
    ...more,
  };
}

let phones = Number.parseInt(randomBytes(3).toString('hex'), 16) % 9_000_000;
/** A customer's number that no other test has. */
export function newPhone(): string {
  phones += 1;
  return `+1555${String(phones).padStart(7, '0')}`;
}

export function threadKeyOf(from: string, to = ours): string {
  const channel = from.startsWith('whatsapp:') ? 'whatsapp' : 'sms';
  return `${channel}:${to.replace('whatsapp:', '')}:${from.replace('whatsapp:', '')}`;
}

function pathOf(from: string, to: string): string {
  return encodeURIComponent(threadKeyOf(from, to));
}

/** As many as run at a time (vitest.config.ts). */
const WORKERS = 3;
let redisUsers = 0;
/** A logical database of Redis that no other gateway of this run uses at the same time. */
function ownRedis(): string {
  redisUsers += 1;
  const worker = Number(process.env.VITEST_POOL_ID ?? 1) % WORKERS;
  const each = Math.floor((inject('redisDatabases') - 1) / WORKERS);
  return `${inject('redisUrl')}/${1 + worker * each + (redisUsers % each)}`;
}

/** From below the range out of which the system gives ports to everybody else, so that nobody takes it meanwhile. */
async function freePort(): Promise<number> {
  const port = randomInt(10_000, 32_000);
  const server = createServer();
  const isFree = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => resolve(true));
  });
  await new Promise((resolve) => server.close(resolve));
  return isFree ? port : freePort();
}
