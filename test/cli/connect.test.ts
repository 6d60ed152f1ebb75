import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { run } from '../../src/cli/connect.ts';
import { Failure, UsageError } from '../../src/cli/failure.ts';
import { startSimulator } from '../../src/simulator/server.ts';
import { createTwilioClients } from '../../src/twilio/clients.ts';
import { account } from '../support/surroundings.ts';

const number = '+15550007777';
const serviceSid = `MG${'7'.repeat(32)}`;
const elsewhere = 'https://old.example/sms';
const url = 'https://tandem.example.com';

let simulator: Awaited<ReturnType<typeof startSimulator>>;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tandem-connect-'));
  simulator = await startSimulator({ accounts: [account] });
  const env: Record<string, string> = {
    TWILIO_ACCOUNT_SID: account.sid,
    TWILIO_AUTH_TOKEN: account.authToken,
    TWILIO_API_BASE_URL: simulator.url,
    ADMIN_TOKEN: 'the-token-of-the-operators',
    SECRETS_KEY: 'ab'.repeat(32),
    PUBLIC_URL: url,
    DATA_DIR: folder,
  };
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  await own(number, { smsUrl: elsewhere });
  await own('+15550008888', { smsUrl: elsewhere, messagingServiceSid: serviceSid });
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await simulator.close();
  await rm(folder, { recursive: true });
});

async function own(phone: string, settings: object): Promise<void> {
  const path = `${simulator.url}/simulator/numbers/${encodeURIComponent(phone)}`;
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(path, { method: 'PUT', headers, body: JSON.stringify(settings) });
  if (!response.ok) throw new Error(await response.text());
}

/** `npx tandem connect`, as somebody types it where there is no terminal. */
async function connect(...args: string[]): Promise<{ code: number; output: string }> {
  const lines: string[] = [];
  const print = vi.spyOn(console, 'log').mockImplementation((line) => void lines.push(String(line)));
  try {
    return { code: await run(args), output: lines.join('\n') };
  } catch (error) {
    if (!(error instanceof Failure || error instanceof UsageError)) throw error;
    return { code: error instanceof Failure ? error.exitCode : 2, output: error.message };
  } finally {
    print.mockRestore();
  }
}

const accounts = [{ accountSid: account.sid, authTokens: [], username: account.sid, password: account.authToken }];
const twilio = () => createTwilioClients({ accounts, baseUrl: simulator.url, timeout: 5_000 }).of(account.sid);
const numberAtTwilio = async () => (await twilio().incomingPhoneNumbers.list({ phoneNumber: number }))[0];

test('a number is connected after its changes were shown, once, and put back as it was', async () => {
  const shown = await connect(number, '--dry-run');
  expect(shown.code).toBe(0);
  expect(shown.output).toMatch(
    /- https:\/\/old\.example\/sms\n\s+\+ https:\/\/tandem\.example\.com\/webhooks\/twilio\/messaging#rc=2/,
  );
  const unconfirmed = await connect(number);
  expect(unconfirmed).toMatchObject({ code: 2, output: expect.stringContaining('--yes') });
  expect((await numberAtTwilio())?.smsUrl).toBe(elsewhere);

  expect(await connect(number, '--yes')).toMatchObject({ code: 0 });
  expect(await numberAtTwilio()).toMatchObject({
    smsUrl: `${url}/webhooks/twilio/messaging#rc=2&rp=all&rt=4000`,
    smsFallbackUrl: `${url}/webhooks/twilio/messaging`,
  });
  expect(await connect(number, '--yes')).toMatchObject({
    code: 0,
    output: expect.stringContaining('nothing to change'),
  });
  // A second assistant on it does not make one forget what was there at first.
  expect(await connect(number, '--yes', '--assistant', 'aia_1')).toMatchObject({ code: 0 });
  expect((await numberAtTwilio())?.smsUrl).toContain('?AssistantId=aia_1#rc=2');

  expect(await connect('--undo', '--yes')).toMatchObject({ code: 0 });
  expect(await numberAtTwilio()).toMatchObject({ smsUrl: elsewhere, smsFallbackUrl: '' });
  expect(JSON.parse(await readFile(join(folder, 'connected.json'), 'utf8'))).toEqual([]);
});

test('Messaging Services, Conversations and Flex are connected and put back; what was changed since stays', async () => {
  const client = twilio();
  const { defaultChatServiceSid: conversations } = await client.conversations.v1.configuration().fetch();
  const hooks = client.conversations.v1.services(conversations).configuration.webhooks();
  await hooks.update({ preWebhookUrl: 'https://old.example/pre', filters: ['onMessageAdd'] });
  const { taskrouterWorkspaceSid } = await client.flexApi.v1.configuration().fetch();
  const workspace = client.taskrouter.v1.workspaces(taskrouterWorkspaceSid);
  const targets = ['--service', serviceSid, '--conversations', conversations, '--flex'];

  const done = await connect(...targets, '--yes');
  expect(done.code, done.output).toBe(0);
  expect(await client.messaging.v1.services(serviceSid).fetch()).toMatchObject({
    inboundRequestUrl: expect.stringContaining(`${url}/webhooks/twilio/messaging#`),
    statusCallback: expect.stringContaining(`${url}/webhooks/twilio/status`),
    useInboundWebhookOnNumber: false,
  });
  const connected = await hooks.fetch();
  expect(connected).toMatchObject({
    postWebhookUrl: `${url}/webhooks/twilio/conversations`,
    preWebhookUrl: 'https://old.example/pre',
  });
  expect(connected.filters).toEqual(expect.arrayContaining(['onMessageAdd', 'onMessageAdded', 'onDeliveryUpdated']));
  expect((await workspace.fetch()).eventCallbackUrl).toBe(`${url}/webhooks/twilio/flex`);
  expect((await connect(...targets, '--yes')).output).toContain('nothing to change');

  await workspace.update({ eventCallbackUrl: 'https://newer.example/events' });
  const undone = await connect('--undo', '--yes');
  expect(undone.code, undone.output).toBe(0);
  expect(undone.output).toMatch(/eventCallbackUrl was changed since/);
  expect((await workspace.fetch()).eventCallbackUrl).toBe('https://newer.example/events');
  expect(await hooks.fetch()).toMatchObject({ filters: ['onMessageAdd'], preWebhookUrl: 'https://old.example/pre' });
  expect((await connect('--flex', '--dry-run')).output).toMatch(/Flex interactions\n\s+webhookUrl\n\s+- \(nothing\)/);
});

test('what is not there, or not understood, is said in a sentence', async () => {
  expect(await connect('+15559999999', '--yes')).toMatchObject({
    code: 1,
    output: expect.stringContaining('is not a number'),
  });
  expect(await connect('5551234')).toMatchObject({ code: 2, output: expect.stringContaining('+15551234567') });
  expect(await connect('--undo', '--yes')).toMatchObject({ code: 0 });
});
