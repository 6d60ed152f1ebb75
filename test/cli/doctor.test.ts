import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { examine } from '../../src/cli/doctor.ts';
import { sql } from '../../src/store/database.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { freshDatabase } from '../support/postgres.ts';
import { account, ours } from '../support/surroundings.ts';

/** Twilio's API as far as the doctor reads it, a model provider, and a web server that is not Tandem. */
const world = { status: 'active', smsUrl: '', refused: false, providerStatus: 200 };

let gateway: Gateway;
let twilio: Awaited<ReturnType<typeof startWorld>>;
let env: Record<string, string>;

beforeAll(async () => {
  twilio = await startWorld();
  gateway = await startGateway({ env: { ASSISTANTS_BASE_URL: '', ASSISTANT_ID: '', LOG_LEVEL: 'silent' } });
  env = {
    ...gateway.env,
    TWILIO_API_BASE_URL: twilio.url,
    OPENAI_API_KEY: '',
    ...(inject('redisUrl') && { REDIS_URL: inject('redisUrl') as string }),
  };
  const authorization = `Basic ${Buffer.from(`${account.sid}:${account.authToken}`).toString('base64')}`;
  const headers = { authorization, 'content-type': 'application/json' };
  const assistant = {
    name: 'Harper',
    model: 'custom/small',
    model_settings: { base_url: `${twilio.url}/models-of`, api_key: 'k' },
  };
  const body = JSON.stringify(assistant);
  const answer = await fetch(`${gateway.url}/v1/Assistants`, { method: 'POST', headers, body });
  if (!answer.ok) throw new Error(await answer.text());
});
beforeEach(() => {
  Object.assign(world, {
    status: 'active',
    smsUrl: `${gateway.url}/webhooks/twilio/messaging#rc=2&rp=all`,
    refused: false,
    providerStatus: 200,
  });
});
afterAll(async () => {
  await gateway.close();
  await twilio.close();
});

async function startWorld() {
  const app = express();
  app.get('/2010-04-01/Accounts/:file.json', (request, response) => {
    const right = `Basic ${Buffer.from(`${account.sid}:${account.authToken}`).toString('base64')}`;
    if (world.refused || request.get('authorization') !== right) response.status(401).json({ code: 20003 });
    else response.json({ sid: account.sid, status: world.status });
  });
  app.get('/2010-04-01/Accounts/:sid/IncomingPhoneNumbers.json', (_request, response) => {
    const number = { phone_number: ours, sms_url: world.smsUrl, sms_fallback_url: world.smsUrl };
    response.json({ incoming_phone_numbers: [{ ...number, capabilities: { sms: true } }], next_page_uri: null });
  });
  app.get('/models-of/models', (_request, response) => {
    response.status(world.providerStatus).json({ data: [] });
  });
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve) => server.close(resolve).closeAllConnections()),
  };
}

const problemsIn = async (changes: Record<string, string> = {}, now = () => new Date()) =>
  (await examine({ ...env, ...changes }, now)).filter(({ state }) => state === 'problem');

describe('npx tandem doctor', () => {
  it('finds nothing wrong where nothing is, and has looked at everything', async () => {
    const findings = await examine(env, () => new Date());
    expect(findings.filter(({ state }) => state !== 'ok')).toEqual([]);
    const parts = [
      'environment',
      'database',
      'secrets',
      'queue',
      'clock',
      'twilio',
      'numbers',
      'address',
      'assistants',
    ];
    expect(new Set(findings.map(({ part }) => part))).toEqual(new Set(parts));
  });

  it.each<[string, { env?: Record<string, string>; world?: Partial<typeof world>; now?: () => Date }, string, RegExp]>([
    ['a setting that cannot be read', { env: { TURN_TIMEOUT: 'a minute' } }, 'environment', /TURN_TIMEOUT .*duration/],
    ['a secret that is missing', { env: { SECRETS_KEY: '' } }, 'environment', /SECRETS_KEY .*openssl/],
    [
      'a database that is not there',
      { env: { DATABASE_URL: 'postgresql://a@127.0.0.1:1/a' } },
      'database',
      /ECONNREFUSED/,
    ],
    [
      'another SECRETS_KEY than before',
      { env: { SECRETS_KEY: 'cd'.repeat(32) } },
      'secrets',
      /SECRETS_KEY is not the key/,
    ],
    ['a Redis that is not there', { env: { REDIS_URL: 'redis://127.0.0.1:1' } }, 'queue', /Redis cannot be used/],
    ['a wrong auth token', { env: { TWILIO_AUTH_TOKEN: 'wrong' } }, 'twilio', /refuses the credentials/],
    [
      'an API key with the wrong auth token beside it',
      { world: { refused: true }, env: { TWILIO_API_KEY: `SK${'1'.repeat(32)}`, TWILIO_API_SECRET: 'secret' } },
      'twilio',
      /refuses the credentials .*TWILIO_API_KEY/,
    ],
    ['a suspended account', { world: { status: 'suspended' } }, 'twilio', /is suspended/],
    ['a clock that is wrong', { now: () => new Date(Date.now() + 300_000) }, 'clock', /(?:299|30\d) s ahead/],
    ['a key that the provider refuses', { world: { providerStatus: 401 } }, 'assistants', /Harper .*key is refused/],
    ['an assistant that does not exist', { env: { ASSISTANT_ID: 'aia_asst_none' } }, 'assistants', /does not exist/],
    [
      'a public address where nothing answers',
      { env: { PUBLIC_URL: 'http://127.0.0.1:1' } },
      'address',
      /cannot be reached/,
    ],
  ])('finds %s, and says how to mend it', async (_what, planted, part, sentence) => {
    Object.assign(world, planted.world);
    const problems = await problemsIn(planted.env, planted.now);
    const found = problems.filter((each) => each.part === part).map(({ found, fix }) => `${found} ${fix}`);
    expect(found.join('\n')).toMatch(sentence);
  });

  it('finds a public address where something else answers', async () => {
    const problems = await problemsIn({ PUBLIC_URL: twilio.url });
    expect(problems.map(({ found }) => found).join()).toMatch(/is not Tandem \(HTTP 404\)/);
  });

  it('finds a public address where another installation answers', async () => {
    const problems = await problemsIn({ SECRETS_KEY: 'ef'.repeat(32) });
    expect(problems.map(({ found }) => found).join()).toMatch(/another installation/);
  });

  it('finds webhooks that the gateway will refuse', async () => {
    // Twilio signs with the new token; the gateway was not told of it.
    const problems = await problemsIn({ TWILIO_AUTH_TOKEN: 'another-token' });
    expect(problems.map(({ found }) => found).join()).toMatch(/signed as Twilio signs is refused/);
  });

  it('finds a number whose messages come to a wrong path here', async () => {
    world.smsUrl = `${gateway.url}/webhook/messaging`;
    const [problem] = await problemsIn();
    expect(problem).toMatchObject({ part: 'numbers', fix: expect.stringContaining('/webhooks/twilio/messaging') });
  });

  it('finds a setting whose name is misspelt, and numbers that send elsewhere: both may be meant, so they are warnings', async () => {
    world.smsUrl = 'https://elsewhere.example/sms';
    const findings = await examine({ ...env, APOLOGY_TXT: 'Sorry' }, () => new Date());
    const warnings = findings.filter(({ state }) => state === 'warning');
    expect(warnings.map(({ found, fix }) => `${found} ${fix}`)).toEqual([
      expect.stringMatching(/APOLOGY_TXT .*Did you mean APOLOGY_TEXT/),
      expect.stringMatching(/None of the 1 numbers/),
    ]);
  });

  it('warns of a proxy that nobody told of', async () => {
    const findings = await examine({ ...env, PUBLIC_URL: 'https://127.0.0.1:1' }, () => new Date());
    expect(findings).toContainEqual(
      expect.objectContaining({ state: 'warning', fix: expect.stringContaining('TRUSTED_PROXIES') }),
    );
  });

  it('finds a model without a key', async () => {
    await gateway.db.query(sql`update assistants.assistant set model = 'openai/gpt-4.1-mini', model_settings = '{}'`);
    const [problem] = await problemsIn();
    expect(problem).toMatchObject({ part: 'assistants', fix: expect.stringContaining('OPENAI_API_KEY') });
    await gateway.db.query(sql`update assistants.assistant set model = 'offline'`);
  });

  it('finds a database that lacks migrations, and one that a newer version has changed', async () => {
    const { url, drop } = await freshDatabase();
    const change = async (statement: string) => {
      const { openDatabase } = await import('../../src/store/database.ts');
      const db = openDatabase(url, () => {}, 1);
      await db.query({ text: statement, values: [], name: '' });
      await db.close();
    };
    await change('delete from tandem_migration where number = (select max(number) from tandem_migration)');
    expect((await problemsIn({ DATABASE_URL: url }))[0]?.found).toMatch(/lacks 1 migrations/);
    await change(`insert into tandem_migration (number, name) values (9999, '9999-future')`);
    expect((await problemsIn({ DATABASE_URL: url }))[0]?.found).toMatch(/newer version/);
    await drop();
  });

  it.skipIf(!inject('redisUrl'))('finds a Redis that forgets', async () => {
    const { Redis } = await import('ioredis');
    const redis = new Redis(inject('redisUrl') as string);
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    try {
      expect((await problemsIn())[0]?.found).toMatch(/allkeys-lru/);
    } finally {
      await redis.config('SET', 'maxmemory-policy', 'noeviction');
      redis.disconnect();
    }
  });

  it('as a command: a problem is exit code 1, and --json is for scripts', { timeout: 20_000 }, async () => {
    const wrong = { ...env, TURN_TIMEOUT: 'a minute' };
    const [{ code, stdout }, text] = await Promise.all([
      tandem(['doctor', '--json'], wrong),
      tandem(['doctor'], wrong),
    ]);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ problems: 1, findings: [{ part: 'environment', state: 'problem' }] });
    expect(text.stdout).toMatch(/✗ environment .*TURN_TIMEOUT.*→ .*1 problem\./s);
    const colour = String.fromCharCode(27);
    expect(text.stdout).not.toContain(colour);
  });
});

function tandem(args: string[], environment: Record<string, string>): Promise<{ code: number; stdout: string }> {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['src/cli/bin.js', ...args],
      { env: { PATH: process.env.PATH, HOME: process.env.HOME, ...set } },
      (error, stdout) => resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout }),
    );
  });
}
