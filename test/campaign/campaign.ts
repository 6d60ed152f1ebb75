import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { until } from '../support/until.ts';
import { createGateway } from './gateway.ts';
import { type Called, callHumans, judgeHandoffs, NOTICE } from './handoffs.ts';
import { freePort } from './process.ts';
import { startProxy } from './proxy.ts';
import { scriptedAssistants } from './scripted-assistants.ts';
import { converse, createProgress } from './traffic.ts';
import type { Trouble } from './trouble.ts';
import { isClean, judge, type Verdict } from './verdict.ts';
import { account, agents, handoffFaults, ordinaryFaults, phoneOf, startWitness } from './witness.ts';

export type Campaign = {
  name: string;
  threads: number;
  textsEach: number;
  databaseUrl: string;
  redisUrl?: string;
  processes?: 1 | 2;
  /** Has every second phone talk in a Conversation. */
  conversations?: boolean;
  /** Has Twilio try a failed webhook once more, as its fallback URL does. */
  fallback?: boolean;
  /** Phones call humans between their texts, and agents come and go. */
  withAgents?: boolean;
  /** What happens meanwhile. */
  trouble: Trouble;
};

export type Report = Verdict & {
  name: string;
  messages: number;
  strikes: number;
  failedWebhooks: number;
  duration: number;
  /** Holds what the processes printed; kept when something is wrong. */
  logs: string;
};

/** Long enough for any machine: it ends only what would never end. */
const RECOVERY = 120_000;

/** Runs traffic and trouble side by side, waits until nothing is due any more, and judges what came of it. */
export async function campaign(options: Campaign): Promise<Report> {
  const logs = await mkdtemp(join(tmpdir(), 'tandem-campaign-'));
  const closers: (() => Promise<unknown>)[] = [];
  const startedAt = Date.now();
  const found = await run(options, logs, closers).finally(async () => {
    for (const close of closers.reverse()) await close();
  });
  if (isClean(found)) await rm(logs, { recursive: true, force: true });
  return { ...found, name: options.name, duration: Date.now() - startedAt, logs };
}

async function run(options: Campaign, logs: string, closers: (() => Promise<unknown>)[]) {
  const { threads, textsEach, databaseUrl, processes = 1, withAgents = false } = options;
  const witness = await startWitness(join(logs, 'simulator.log'));
  closers.push(witness.close);
  const assistants = await scriptedAssistants();
  closers.push(assistants.close);
  const db = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  db.on('error', () => undefined);
  closers.push(() => db.end());

  const ports = await Promise.all(Array.from({ length: processes }, freePort));
  const proxy = processes === 1 ? undefined : await startProxy(ports);
  if (proxy) closers.push(proxy.close);
  const publicUrl = proxy?.url ?? `http://127.0.0.1:${ports[0]}`;
  const env = {
    DATABASE_URL: databaseUrl,
    ...(options.redisUrl && { REDIS_URL: options.redisUrl }),
    TWILIO_ACCOUNT_SID: account.sid,
    TWILIO_AUTH_TOKEN: account.authToken,
    TWILIO_API_BASE_URL: witness.url,
    PUBLIC_URL: publicUrl,
    ASSISTANTS_BASE_URL: assistants.url,
    ASSISTANT_ID: 'aia_asst_campaign',
    ADMIN_TOKEN: 'the-operator-of-the-campaign',
    SECRETS_KEY: '5'.repeat(64),
    SEND_TIMEOUT: '1s',
    // Giving up is tested elsewhere; here nothing may be given up.
    TURN_ATTEMPTS: '100',
    ...(withAgents && {
      FLEX_WORKSPACE_SID: agents.workspaceSid,
      FLEX_WORKFLOW_SID: agents.workflowSid,
      HANDOFF_TIMEOUT: '1h',
      HANDOFF_TEXT: NOTICE,
    }),
  };
  const gateways = ports.map((port, n) => createGateway({ port, env, logFile: join(logs, `gateway-${n}.log`) }));
  closers.push(() => Promise.all(gateways.map((gateway) => gateway.end('SIGKILL'))));
  for (const gateway of gateways) gateway.start();
  for (const gateway of gateways) await gateway.ready();

  const smsUrl = `${publicUrl}/webhooks/twilio/messaging`;
  await witness.setNumber({ smsUrl, ...(options.fallback && { smsFallbackUrl: smsUrl }) });
  // Tandem learns of its number from the first webhook: what is lost before it, nobody could ask for.
  await witness.text(phoneOf(threads), 'Hello');
  if (options.conversations) {
    await witness.setConversations(`${publicUrl}/webhooks/twilio/conversations`);
    for (let thread = 1; thread < threads; thread += 2) await witness.openConversation(phoneOf(thread));
    await witness.openConversation(phoneOf(threads + 1));
    await witness.text(phoneOf(threads + 1), 'Hello');
  }
  if (withAgents) await witness.setEvents(publicUrl);
  await witness.setFaults(withAgents ? [...ordinaryFaults, ...handoffFaults] : ordinaryFaults);

  let strikes = 0;
  const progress = createProgress();
  const strike = () => {
    strikes += 1;
  };
  const handlingOf = async (threadKey: string) => {
    const { rows } = await db.query('select handling from gateway.thread where key = $1', [threadKey]);
    return rows[0]?.handling as string | undefined;
  };
  const calls: Called[] = [];
  const [failedWebhooks] = await Promise.all([
    withAgents
      ? callHumans({ threads, textsEach }, progress, witness, handlingOf, calls)
      : converse({ threads, textsEach }, progress, witness.text),
    options.trouble({ gateways, assistants, progress, strike }).finally(progress.end),
  ]);

  const verdict = async () =>
    withAgents
      ? judgeHandoffs(calls, await witness.messages(), await witness.handoffs())
      : judge({ threads, textsEach }, await witness.messages(), assistants.asked);
  const nothingIsDue = async () => {
    const { rows } = await db.query(`
      select (select count(*) from gateway.thread where due_at is not null)
        + (select count(*) from gateway.inbound_event where handled_at is null)
        + (select count(*) from gateway.outbound_message where status in ('queued', 'sending')) as due`);
    return Number(rows[0].due) === 0;
  };
  const isSettled = async () =>
    (await nothingIsDue()) && (await witness.isQuiet()) && (await verdict()).lost.length === 0;
  // Not in time: the verdict says what is missing.
  await until('all is answered and nothing is due', isSettled, RECOVERY).catch(() => undefined);

  const found = await verdict();
  if (!(await nothingIsDue().catch(() => false))) found.lost.push('something is still due');
  const messages = withAgents ? calls.flatMap(({ texts }) => texts).length : threads * textsEach;
  return { ...found, messages, strikes, failedWebhooks };
}
