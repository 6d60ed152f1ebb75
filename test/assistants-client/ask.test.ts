import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLocalAsk } from '../../src/assistants-client/ask-local.ts';
import { createRemoteAsk } from '../../src/assistants-client/ask-remote.ts';
import type { Ask, Question } from '../../src/assistants-client/question.ts';
import { HARBOUR, SECRET, type Service, startService } from '../assistants/support.ts';

/** What the model of the assistant named so does with a question. */
const models = {
  echo: async (text: string) => ({ text: `You said: ${text}`, sources: [] }),
  hang: () => new Promise<never>(() => {}),
  throw: async () => {
    throw new Error('the model is broken');
  },
};

const never = new AbortController().signal;
const TIMEOUT = 1_000;

let service: Service;
let server: Server;
let asked: string[];
const closers: (() => Promise<unknown>)[] = [];

/** Both ways to an assistant of ours; whoever advances a thread must not be able to tell them apart. */
const ways: Record<string, (defaultAssistantId?: string) => Ask> = {
  'in process': (defaultAssistantId) =>
    createLocalAsk({
      assistants: service.assistants,
      fetchMedia: async () => [],
      defaultAssistantId,
      timeout: TIMEOUT,
    }),
  'over HTTP': (defaultAssistantId) => {
    const account = { accountSid: HARBOUR, authTokens: [SECRET], username: HARBOUR, password: SECRET };
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const remote = createRemoteAsk({
      baseUrl,
      accounts: [account],
      defaultAssistantId,
      timeout: TIMEOUT,
      callbackUrl: undefined,
    });
    closers.push(remote.close);
    return remote.ask;
  },
};

beforeAll(async () => {
  asked = [];
  service = await startService({
    offline: async ({ assistant, userText }) => {
      asked.push(userText);
      return models[assistant.name as keyof typeof models](userText);
    },
  });
  server = createServer(service.app).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
});

afterAll(async () => {
  for (const close of closers) await close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await service.stop();
});

describe.each(Object.entries(ways))('An assistant asked %s', (_, way) => {
  const question = (assistantId: string | null, more: Partial<Question> = {}): Question => ({
    turnId: randomUUID(),
    accountSid: HARBOUR,
    assistantId,
    sessionId: `messaging__+15550001000/${randomUUID()}`,
    identity: 'phone:+15551230001',
    body: 'When are you open?',
    media: [],
    publicUrl: null,
    ...more,
  });
  const assistant = (name: keyof typeof models) => service.createAssistant({ name });

  test('answers with its text', async () => {
    const result = await way()(question(await assistant('echo')), never);
    expect(result).toEqual({ kind: 'answer', text: 'You said: When are you open?' });
  });

  test('is the default one where the question names none', async () => {
    const result = await way(await assistant('echo'))(question(null), never);
    expect(result).toMatchObject({ kind: 'answer' });
  });

  test('answers a turn once, however often it is asked', async () => {
    const ask = way();
    const same = question(await assistant('echo'), { body: `once ${randomUUID()}` });
    const results = await Promise.all([ask(same, never), ask(same, never)]);
    results.push(await ask(same, never));
    expect(new Set(results.map((result) => JSON.stringify(result)))).toHaveProperty('size', 1);
    expect(asked.filter((text) => text === same.body)).toHaveLength(1);
  });

  test('that does not exist is a failure that asking again cannot mend', async () => {
    const result = await way()(question('aia_asst_01948909-d7df-7801-b365-6b99e5a23fae'), never);
    expect(result).toMatchObject({ kind: 'failed', code: 'unknown_assistant', retryable: false });
  });

  test('that cannot take the message is a failure that asking again cannot mend', async () => {
    const result = await way()(question(await assistant('echo'), { body: 'x'.repeat(100_000) }), never);
    expect(result).toMatchObject({ kind: 'failed', retryable: false });
  });

  test('that breaks is a failure to try again', async () => {
    const result = await way()(question(await assistant('throw')), never);
    expect(result).toMatchObject({ kind: 'failed', retryable: true });
  });

  test('that hangs is a failure to try again, once its time is up', async () => {
    const result = await way()(question(await assistant('hang')), never);
    expect(result).toMatchObject({ kind: 'failed', code: 'assistant_timeout', retryable: true });
  });

  test('is let go of when the process stops', async () => {
    const stop = new AbortController();
    const result = way()(question(await assistant('hang')), stop.signal);
    stop.abort();
    expect(await result).toMatchObject({ kind: 'failed', retryable: true });
  });

  test('never makes the one who asks throw', async () => {
    const result = await way()(question(await assistant('echo'), { sessionId: 'a NUL: \0' }), never);
    expect(result.kind).toBe('failed');
  });
});
