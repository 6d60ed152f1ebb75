import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import twilio from 'twilio';
import { Agent } from 'undici';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAssistants } from '../../src/assistants/assistants.ts';
import type { Generate } from '../../src/assistants/providers/provider.ts';
import { createGuardedDispatcher } from '../../src/http/outbound-guard.ts';
import { uuidv7 } from '../../src/ids.ts';
import { createJobs } from '../../src/queue/jobs.ts';
import { openDatabase, sql } from '../../src/store/database.ts';
import { gate, until } from '../support/until.ts';
import { startFakeModels } from './providers/fake-models.ts';
import { expectError, HARBOUR, SECRET, SECRETS_KEY, type Service, startService } from './support.ts';

type Received = { url: string; headers: IncomingHttpHeaders; form: Record<string, string> };

/** Where answers go. It answers with the next of `statuses`, else with 200. */
let receiver: Server;
let received: Received[];
let statuses: number[];
let base: string;

beforeAll(async () => {
  receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const form = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()));
      received.push({ url: `${base}${request.url}`, headers: request.headers, form });
      response.writeHead(statuses.shift() ?? 200).end('{}');
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
});
afterAll(() => receiver.close());

let service: Service;
let assistantId: string;
let asked: string[];
let generate: Generate;
const provider: Generate = (input) => generate(input);

beforeEach(() => {
  received = [];
  statuses = [];
  asked = [];
  generate = async ({ userText }) => {
    asked.push(userText);
    return { text: `You said: ${userText}`, sources: [] };
  };
});
afterEach(() => service.stop());

async function start(options: Parameters<typeof startService>[0] = { background: true }): Promise<void> {
  service = await startService({ offline: provider, ...options });
  assistantId = await service.createAssistant();
}

const send = (body: string, fields: object = {}, key?: string) => {
  const message = {
    identity: 'phone:+15550199',
    body,
    session_id: 'messaging__+15550100/42',
    webhook: `${base}/answers`,
  };
  const sending = service.call('post', `/v1/Assistants/${assistantId}/Messages`);
  if (key) sending.set('Idempotency-Key', key);
  return sending.send({ ...message, ...fields });
};
const rows = () => service.db.query(sql`select id from assistants.callback`);
const delivered = (count: number) =>
  until(`${count} answers delivered`, async () => received.length >= count && (await rows()).length === 0);

/** Another process on the same database, whose jobs run. */
async function startWorker(): Promise<() => Promise<void>> {
  const db = openDatabase(service.url, (error) => console.error(error));
  const jobs = await createJobs({ redisUrl: undefined, databaseUrl: service.url, log: pino({ level: 'silent' }) });
  createAssistants({
    db,
    jobs,
    now: () => new Date(),
    newId: uuidv7,
    baseUrl: () => '',
    log: { info: () => {}, error: () => {} },
    secretsKey: SECRETS_KEY,
    dispatcher: new Agent(),
    authTokenOf: () => SECRET,
    authenticate: async () => HARBOUR,
    offline: provider,
  });
  await jobs.start();
  return async () => {
    await jobs.stop(1_000);
    await jobs.close();
    await db.close();
  };
}

describe('a message with a webhook', () => {
  it("is accepted at once, and its answer is posted as Twilio's was: a signed form, the session id prefixed", async () => {
    await start();
    const accepted = await send('Hello', { webhook: `${base}/answers?_token=a%2Fb&x=1` }).expect(202);
    expect(accepted.body).toEqual({
      status: 'Success',
      session_id: 'messaging__+15550100/42',
      account_sid: HARBOUR,
      flagged: false,
      aborted: false,
    });
    await delivered(1);
    const [{ url, headers, form }] = received as [Received];
    expect(url).toBe(`${base}/answers?_token=a%2Fb&x=1`);
    expect(form).toEqual({
      Status: 'Success',
      SessionId: 'webhook:messaging__+15550100/42',
      Identity: 'phone:+15550199',
      Body: 'You said: Hello',
      AccountSid: HARBOUR,
      AssistantId: assistantId,
      Flagged: 'false',
      Aborted: 'false',
    });
    expect(headers['content-type']).toMatch(/^application\/x-www-form-urlencoded/);
    // Twilio's own library says that it is signed.
    const signature = headers['x-twilio-signature'] as string;
    expect(twilio.validateRequest(SECRET, signature, url, form)).toBe(true);
    expect(twilio.validateRequest(SECRET, signature, url, { ...form, Body: 'Other' })).toBe(false);
    const { body } = await service.call('get', '/v1/Sessions/messaging__%2B15550100%2F42/Messages').expect(200);
    expect(body.messages.map(({ role }: { role: string }) => role)).toEqual(['user', 'assistant']);
  });

  it('gets a session of its own when it names none, which the callback names too', async () => {
    await start();
    const { body } = await send('Hello', { session_id: undefined }).expect(202);
    await delivered(1);
    expect(received[0]?.form.SessionId).toBe(`webhook:${body.session_id}`);
  });

  it('may carry user and password in its URL, which are sent as a header', async () => {
    await start();
    await send('Hello', { webhook: `${base.replace('//', '//user:p%40ss@')}/answers` }).expect(202);
    await delivered(1);
    expect(received[0]?.headers.authorization).toBe(`Basic ${Buffer.from('user:p@ss').toString('base64')}`);
    const { url, headers, form } = received[0] as Received;
    expect(twilio.validateRequest(SECRET, headers['x-twilio-signature'] as string, url, form)).toBe(true);
  });

  it('is posted again until it is taken, and generated once', async () => {
    await start();
    statuses = [503, 302];
    await send('Hello').expect(202);
    await delivered(3);
    expect(received.map(({ form }) => form.Body)).toEqual(['You said: Hello', 'You said: Hello', 'You said: Hello']);
    expect(asked).toEqual(['Hello']);
  });

  it('is answered in the order of its session, whoever takes the jobs', async () => {
    await start();
    const stopWorker = await startWorker();
    const words = ['one', 'two', 'three', 'four', 'five', 'six'];
    for (const word of words) await send(word).expect(202);
    await delivered(words.length);
    expect(asked).toEqual(words);
    await stopWorker();
  });

  it('tells of a failure as well', async () => {
    await start();
    generate = async () => {
      throw new Error('the secret cause');
    };
    await send('Hello').expect(202);
    await delivered(1);
    expect(received[0]?.form).toMatchObject({ Status: 'Failed', Error: 'The assistant could not answer.' });
    expect(received[0]?.form).not.toHaveProperty('Body');
  });

  it('of a model that fails is asked for again, and tells of a human who should take over', async () => {
    await start();
    const model = await startFakeModels('openai');
    const args = { reason: 'Upset', summary: 'Twice.' };
    model.will({ status: 503 }, { calls: [{ name: 'hand_over_to_human', args }] }, { text: 'A colleague will write.' });
    assistantId = await service.createAssistant({ model: 'openai/x', model_settings: { base_url: model.url } });
    await send('A human, please').expect(202);
    await delivered(1);
    expect(received[0]?.form).toMatchObject({
      Status: 'Success',
      Body: 'A colleague will write.',
      HandoffReason: 'Upset',
      HandoffSummary: 'Twice.',
    });
    model.will({ status: 401 });
    await send('Hello').expect(202);
    await delivered(2);
    expect(received[1]?.form).toMatchObject({ Status: 'Failed', Retryable: 'false' });
    await model.close();
  });

  it('is refused at once for an assistant that is not there, and for a URL that is none', async () => {
    await start();
    const path = '/v1/Assistants/aia_asst_none/Messages';
    const message = { identity: 'a:b', body: 'Hello', webhook: `${base}/answers` };
    expectError(await service.call('post', path, message), 404, 20404);
    for (const webhook of ['answers', 'ftp://x.test/', 'javascript:alert(1)', '']) {
      expectError(await send('Hello', { webhook }), 400, 20001, 'webhook: ');
    }
    expect(await rows()).toEqual([]);
  });
});

describe('under an idempotency key, a message with a webhook', () => {
  it('is answered once while it is open, and told the stored answer when it is sent again after', async () => {
    await start();
    const { opened, open } = gate();
    const answer = generate;
    generate = async (input) => {
      await opened;
      return answer(input);
    };
    const [one, two] = await Promise.all([send('Hello', {}, 'key'), send('Hello', {}, 'key')]);
    expect([one.status, two.status]).toEqual([202, 202]);
    expectError(await send('Other', {}, 'key'), 409, 20409, 'Idempotency-Key: ');
    open();
    await delivered(1);
    expect(received).toHaveLength(1);
    expectError(await send('Other', {}, 'key'), 409, 20409, 'Idempotency-Key: ');
    await send('Hello', {}, 'key').expect(202);
    await delivered(2);
    const sync = await send('Hello', { webhook: undefined }, 'key').expect(200);
    expect(sync.body.body).toBe('You said: Hello');
    expect(asked).toEqual(['Hello']);
  });
});

describe('when a process dies', () => {
  it('what it had accepted is answered by the next one, though the queue has lost the jobs', async () => {
    await start({ background: false });
    await send('one').expect(202);
    await send('two').expect(202);
    const stopWorker = await startWorker();
    await delivered(2);
    expect(asked).toEqual(['one', 'two']);
    await stopWorker();
  });

  it('after the answer was stored, the next one delivers that answer', async () => {
    await start({ background: false });
    await send('Hello', {}, 'key').expect(202);
    // What the dead process came to: the exchange is stored, the callback not yet.
    await service.assistants.sendMessage(
      HARBOUR,
      assistantId,
      { identity: 'phone:+15550199', body: 'Hello', session_id: 'messaging__+15550100/42' },
      { idempotencyKey: 'key' },
    );
    const stopWorker = await startWorker();
    await delivered(1);
    expect(received[0]?.form.Body).toBe('You said: Hello');
    expect(asked).toEqual(['Hello']);
    await stopWorker();
  });
});

it('a webhook on a private network is never called where that is not allowed', async () => {
  const dispatcher = createGuardedDispatcher({ allowPrivate: false });
  await start({ background: true, dispatcher });
  await send('Hello').expect(202);
  await until('given up', async () => (await rows()).length === 0);
  expect(received).toEqual([]);
  expect(service.logged.map(({ event }) => event)).toContain('callback.given_up');
  await dispatcher.close();
});
