import { createInterface } from 'node:readline/promises';
import type { Twilio } from 'twilio';
import { configFrom } from '../config/config.ts';
import { readEnvironment } from '../config/env.ts';
import { createTwilioClients } from '../twilio/clients.ts';
import { openMemory, type Replaced } from './connect/memory.ts';
import { type ConnectOptions, readOptions } from './connect/options.ts';
import { type Change, describe, differences, plan } from './connect/plan.ts';
import { readSettings, resourcesOf, type Settings, writeSettings } from './connect/resources.ts';
import { Failure, UsageError } from './failure.ts';
import { paint } from './output.ts';

export { help } from './connect/options.ts';

type Ground = { client: Twilio; accountSid: string; memory: ReturnType<typeof openMemory>; options: ConnectOptions };

export async function run(args: string[]): Promise<number> {
  const options = readOptions(args, process.env);
  const config = configFrom(readEnvironment(process.env));
  const [account] = config.twilio.accounts;
  if (config.local || !account) {
    throw new UsageError('Set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN: without them there is no account to connect.');
  }
  const { apiBaseUrl: baseUrl, timeout } = config.twilio;
  const clients = createTwilioClients({ accounts: config.twilio.accounts, baseUrl, timeout });
  const { accountSid } = account;
  const ground: Ground = {
    client: clients.of(accountSid),
    accountSid,
    memory: openMemory(config.store.dataDir),
    options,
  };
  try {
    if (options.undo) return await undo(ground);
    const base = options.url ?? config.http.publicUrl;
    if (!base) throw new UsageError('Say where Twilio reaches Tandem: set PUBLIC_URL, or give --url https://…');
    return await connect(ground, base);
  } catch (error) {
    throw failureOf(error);
  } finally {
    await clients.close();
  }
}

async function connect(ground: Ground, base: string): Promise<number> {
  const { client, options } = ground;
  const found = [];
  for (const target of options.targets) found.push(...(await resourcesOf(client, target)));
  const { fallback, assistantId } = options;
  const changes = await plan(client, found, { base, fallback, assistantId });
  if (changes.length === 0) {
    console.log('It is all connected already: nothing to change.');
    return 0;
  }
  if (!(await agree(changes, options))) return options.dryRun ? 0 : 2;
  for (const change of changes) await carryOut(ground, change, remembered);
  console.log(`\nConnected. ${paint('dim', 'npx tandem connect --undo puts back what was there before.')}`);
  return 0;
}

/** The first thing that Tandem replaced is what was there before. */
function remembered(entries: Replaced[], entry: Replaced): Replaced[] {
  const earlier = entries.find((one) => isSame(one, entry));
  return [...entries.filter((one) => one !== earlier), { ...entry, before: earlier?.before ?? entry.before }];
}

async function undo(ground: Ground): Promise<number> {
  const { client, accountSid, memory, options } = ground;
  const entries = (await memory.read()).filter((entry) => entry.accountSid === accountSid);
  const named = new Set<string>();
  for (const target of options.targets) {
    for (const { sid } of await resourcesOf(client, target)) named.add(sid);
  }
  const wanted = named.size === 0 ? entries : entries.filter(({ resource }) => named.has(resource.sid));
  const changes: Change[] = [];
  for (const { resource, before, after } of wanted) {
    const now = await readSettings(client, resource);
    // What somebody has set since is theirs.
    const ours = differences(before, after).filter((name) => now[name] === after[name]);
    const kept = differences(before, after).filter((name) => now[name] !== after[name] && now[name] !== before[name]);
    if (kept.length > 0) console.log(`${resource.name}: ${kept.join(', ')} was changed since and stays as it is.`);
    const put: Settings = Object.fromEntries(ours.map((name) => [name, before[name] ?? '']));
    changes.push({ resource, before: now, after: { ...now, ...put } });
  }
  const real = changes.filter(({ before, after }) => differences(before, after).length > 0);
  if (real.length === 0) {
    console.log('There is nothing to put back.');
    return 0;
  }
  if (!(await agree(real, options))) return options.dryRun ? 0 : 2;
  const forget = (all: Replaced[], entry: Replaced) => all.filter((one) => !isSame(one, entry));
  for (const change of real) await carryOut(ground, change, forget);
  console.log('\nAs it was before.');
  return 0;
}

/** What is replaced is on record before it is replaced. */
async function carryOut(
  { client, accountSid, memory, options }: Ground,
  { resource, before, after }: Change,
  note: (entries: Replaced[], entry: Replaced) => Replaced[],
): Promise<void> {
  const entry = { accountSid, resource, before, after };
  if (!options.undo) await memory.write(note(await memory.read(), entry));
  const sid = await writeSettings(client, resource, after);
  const entries = await memory.read();
  if (options.undo) await memory.write(note(entries, entry));
  else if (sid !== resource.sid) {
    await memory.write(entries.map((one) => (isSame(one, entry) ? { ...one, resource: { ...resource, sid } } : one)));
  }
  console.log(`${paint('green', '✓')} ${resource.name}`);
}

function isSame(one: Replaced, other: Replaced): boolean {
  return one.accountSid === other.accountSid && one.resource.sid === other.resource.sid;
}

async function agree(changes: Change[], { dryRun, yes }: ConnectOptions): Promise<boolean> {
  console.log(`${changes.map(describe).join('\n\n')}\n`);
  if (dryRun) {
    console.log('Nothing was changed (--dry-run).');
    return false;
  }
  if (yes) return true;
  if (!process.stdin.isTTY) throw new UsageError('Nobody can be asked here: say --yes, or --dry-run.');
  const line = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await line.question('Change this? [y/N] ');
  line.close();
  return /^y(?:es)?$/i.test(answer.trim());
}

function failureOf(error: unknown): unknown {
  if (error instanceof Failure || error instanceof UsageError) return error;
  const { status, code, message } = error as { status?: number; code?: number; message?: string };
  if (status === 401) return new Failure(1, 'Twilio refused the credentials: check TWILIO_ACCOUNT_SID and its token.');
  if (status === 404) return new Failure(1, 'Twilio does not know one of them in this account: check the SIDs.');
  return new Failure(1, `Twilio: ${message ?? 'it failed'}${code === undefined ? '' : ` (error ${code})`}`);
}
