import type { AddressInfo, Server } from 'node:net';
import twilio from 'twilio-assistants-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Exchange, judge, officialApi, officialOperations } from './official-api.ts';
import { BASE_URL, HARBOUR, SECRET, type Service, startService } from './support.ts';

/** twilio 6.0.2, the last version of Twilio's own client that knows the Assistants API, with only the origin changed. */
let service: Service;
let server: Server;
let client: ReturnType<typeof twilio>['assistants']['v1'];
/** Everything that succeeded on the wire. */
const exchanges: Exchange[] = [];

beforeAll(async () => {
  service = await startService();
  server = await new Promise<Server>((resolve) => {
    const listening = service.app.listen(0, '127.0.0.1', () => resolve(listening));
  });
  client = clientWith(SECRET);
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  await service.stop();
});

function clientWith(secret: string) {
  const http = new twilio.RequestClient({ timeout: 5_000 });
  const send = http.request.bind(http);
  http.request = async (options) => {
    const { pathname, search } = new URL(options.uri);
    const port = (server.address() as AddressInfo).port;
    const response = await send({ ...options, uri: `http://127.0.0.1:${port}${pathname}${search}` });
    const { statusCode: status, body } = response as { statusCode: number; body: string | object };
    if (status < 400) {
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      exchanges.push({ method: options.method, path: pathname, status, text });
    }
    return response;
  };
  return twilio(HARBOUR, secret, { httpClient: http }).assistants.v1;
}

// What it takes is typed as the wire has it in some places and as the library has it in others.
const definition = (fields: object) => fields as Parameters<typeof client.assistants.create>[0];
const knowledgeDefinition = (fields: object) => fields as Parameters<typeof client.knowledge.create>[0];
const toolDefinition = (fields: object) => fields as Parameters<typeof client.tools.create>[0];
const question = (body: string, session_id: string) =>
  ({ identity: 'phone:+15550199', body, session_id }) as unknown as Parameters<
    ReturnType<typeof client.assistants>['messages']['create']
  >[0];

describe('assistants', () => {
  it('are created, fetched, changed and removed', async () => {
    const created = await client.assistants.create(
      definition({
        name: 'Harper',
        owner: 'Harbour Cycles',
        personality_prompt: 'Be kind.',
        customer_ai: { perception_engine_enabled: true, personalization_engine_enabled: false },
      }),
    );
    expect(created).toMatchObject({
      accountSid: HARBOUR,
      name: 'Harper',
      owner: 'Harbour Cycles',
      personalityPrompt: 'Be kind.',
      model: 'offline',
      customerAi: { perception_engine_enabled: true, personalization_engine_enabled: false },
      url: `${BASE_URL}/v1/Assistants/${created.id}`,
    });
    expect(created.dateCreated.getTime()).toBeGreaterThan(Date.now() - 60_000);

    const fetched = await client.assistants(created.id).fetch();
    expect(fetched).toMatchObject({ id: created.id, tools: [], knowledge: [] });

    const changed = await client
      .assistants(created.id)
      .update({ assistantsV1ServiceUpdateAssistantRequest: {} } as never);
    expect(changed.name).toBe('Harper');
    const renamed = await fetched.update(definition({ name: 'Hazel' }) as never);
    expect(renamed).toMatchObject({ name: 'Hazel', owner: 'Harbour Cycles' });

    expect(await client.assistants(created.id).remove()).toBe(true);
    await expect(client.assistants(created.id).fetch()).rejects.toMatchObject({ status: 404, code: 20404 });
  });

  it('are listed over as many pages as there are', async () => {
    const ids: string[] = [];
    for (let count = 0; count < 5; count += 1)
      ids.push((await client.assistants.create(definition({ name: 'Page' }))).id);
    const listed = await client.assistants.list({ pageSize: 2 });
    expect(listed.map((assistant) => assistant.id)).toEqual(ids);
    expect(await client.assistants.list({ limit: 3 })).toHaveLength(3);
    const page = await client.assistants.page({ pageSize: 2 });
    const next = await page.nextPage();
    expect(next?.instances.map((assistant) => assistant.id)).toEqual(ids.slice(2, 4));
    const previous = await next?.previousPage();
    expect(previous?.instances.map((assistant) => assistant.id)).toEqual(ids.slice(0, 2));
  });
});

it('attaches knowledge, asks, and reads the session', async () => {
  const assistant = await client.assistants.create(definition({ name: 'Harper' }));
  const knowledge = await client.knowledge.create(
    knowledgeDefinition({
      name: 'Opening hours',
      type: 'Text',
      knowledge_source_details: { content: 'We are open from nine to six.' },
    }),
  );
  expect(knowledge).toMatchObject({ type: 'Text', status: 'COMPLETED' });
  expect(await client.knowledge(knowledge.id).knowledgeStatus().fetch()).toMatchObject({ status: 'COMPLETED' });
  const chunks = await client.knowledge(knowledge.id).chunks.list();
  expect(chunks.map((chunk) => chunk.content)).toEqual(['We are open from nine to six.']);

  // Twilio answers 204 here as well, and this client then fails on the empty body, after the deed.
  const attaching = client.assistants(assistant.id).assistantsKnowledge(knowledge.id).create();
  await expect(attaching).rejects.toThrow('Unexpected end of JSON input');
  const attached = await client.assistants(assistant.id).assistantsKnowledge.list();
  expect(attached.map((each) => each.id)).toEqual([knowledge.id]);

  const sessionId = 'messaging__+15550100/42';
  const answer = await client.assistants(assistant.id).messages.create(question('When are you open?', sessionId));
  expect(answer).toMatchObject({
    status: 'Success',
    sessionId,
    accountSid: HARBOUR,
    body: 'We are open from nine to six.\n(Source: Opening hours)',
    flagged: false,
    aborted: false,
  });

  // This client takes no slash in an id, so its users encode it.
  const session = client.sessions(encodeURIComponent(sessionId));
  expect(await session.fetch()).toMatchObject({
    id: sessionId,
    assistantId: assistant.id,
    identity: 'phone:+15550199',
  });
  const messages = await session.messages.list();
  expect(messages.map(({ role, content }) => [role, content])).toEqual([
    ['user', { content: 'When are you open?' }],
    ['assistant', { content: answer.body }],
  ]);
  expect((await client.sessions.list()).map((each) => each.id)).toContain(sessionId);

  expect(await client.assistants(assistant.id).assistantsKnowledge(knowledge.id).remove()).toBe(true);
  expect(await client.knowledge(knowledge.id).remove()).toBe(true);
});

describe('tools', () => {
  it('are created, listed, attached, changed, detached and removed, with their policies', async () => {
    const assistant = await client.assistants.create(definition({ name: 'Harper' }));
    const created = await client.tools.create(
      toolDefinition({
        name: 'Find an order',
        type: 'WEBHOOK',
        enabled: true,
        description: 'You MUST use this when somebody asks for an order.',
        meta: {
          url: 'https://shop.example/orders',
          method: 'GET',
          input_schema: 'export type Data = { number: string; /* in days */ age?: number };',
        },
        policy: { name: 'Shop', type: 'bearer', policy_details: { token: 'very secret' } },
      }),
    );
    expect(created).toMatchObject({
      accountSid: HARBOUR,
      name: 'Find an order',
      enabled: true,
      requiresAuth: true,
      meta: { method: 'GET' },
      url: `${BASE_URL}/v1/Tools/${created.id}`,
    });
    const fetched = await client.tools(created.id).fetch();
    expect(fetched.policies?.map(({ name, type }) => [name, type])).toEqual([['Shop', 'bearer']]);
    expect(exchanges.at(-1)?.text).toContain('"policy_details":{"token":"••••••"}');

    const attached = client.assistants(assistant.id).assistantsTools;
    // Twilio answers 204 here as well, and this client then fails on the empty body, after the deed.
    await expect(client.assistants(assistant.id).assistantsTools(created.id).create()).rejects.toThrow(
      'Unexpected end',
    );
    expect((await attached.list()).map(({ id }) => id)).toEqual([created.id]);
    expect((await client.tools.list({ assistantId: assistant.id })).map(({ id }) => id)).toEqual([created.id]);
    expect(await client.assistants(assistant.id).fetch()).toMatchObject({ tools: [{ id: created.id }] });

    const policies = await client.policies.list({ toolId: created.id });
    expect(policies.map(({ accountSid, type, policyDetails }) => ({ accountSid, type, policyDetails }))).toEqual([
      { accountSid: HARBOUR, type: 'bearer', policyDetails: { token: '••••••' } },
    ]);
    expect(JSON.stringify(exchanges)).not.toContain('very secret');
    expect(await client.policies.list({ knowledgeId: 'aia_know_none' })).toEqual([]);

    const changed = await client.tools(created.id).update(toolDefinition({ enabled: false }) as never);
    expect(changed).toMatchObject({ name: 'Find an order', enabled: false, requiresAuth: true });

    expect(await client.assistants(assistant.id).assistantsTools(created.id).remove()).toBe(true);
    expect(await attached.list()).toEqual([]);
    expect(await client.tools(created.id).remove()).toBe(true);
    await expect(client.tools(created.id).fetch()).rejects.toMatchObject({ status: 404, code: 20404 });
    expect(await client.policies.list({ toolId: created.id })).toEqual([]);
  });
});

it('gives feedback on an answer, and lists it', async () => {
  const assistant = await client.assistants.create(definition({ name: 'Harper' }));
  const answer = await client.assistants(assistant.id).messages.create(question('Hello', 'rated'));
  const [, said] = await client.sessions(answer.sessionId).messages.list();
  const { feedbacks } = client.assistants(assistant.id);
  const given = { session_id: 'rated', message_id: said?.id, score: 0.75, text: 'Kind.' };
  const created = await feedbacks.create(given as never);
  expect(created).toMatchObject({
    accountSid: HARBOUR,
    assistantId: assistant.id,
    sessionId: 'rated',
    messageId: said?.id,
    score: 0.75,
    text: 'Kind.',
  });
  // Without a message it is about the latest answer.
  const bare = await feedbacks.create({ session_id: 'rated' } as never);
  expect(bare).toMatchObject({ messageId: said?.id, score: 0, text: '' });
  expect((await feedbacks.list()).map(({ id }) => id)).toEqual([created.id, bare.id]);
});

it('changes knowledge', async () => {
  const details = { knowledge_source_details: { content: 'We open at nine.' } };
  const created = await client.knowledge.create(knowledgeDefinition({ name: 'Hours', type: 'Text', ...details }));
  expect(await client.knowledge(created.id).fetch()).toMatchObject({ id: created.id, name: 'Hours' });
  expect((await client.knowledge.list()).map(({ id }) => id)).toContain(created.id);
  const changed = await client.knowledge(created.id).update({ name: 'Opening hours' } as never);
  expect(changed).toMatchObject({ name: 'Opening hours', knowledgeSourceDetails: { content: 'We open at nine.' } });
});

it('asks for an answer by callback', async () => {
  const assistant = await client.assistants.create(definition({ name: 'Harper' }));
  const asked = { ...question('Hello', 'later'), webhook: 'https://shop.example/answers' };
  const accepted = await client.assistants(assistant.id).messages.create(asked as never);
  expect(accepted).toMatchObject({ status: 'Success', sessionId: 'later', accountSid: HARBOUR });
  expect(exchanges.at(-1)?.status).toBe(202);
});

it('gets errors that it understands', async () => {
  await expect(clientWith('wrong').assistants.list()).rejects.toMatchObject({ status: 401, code: 20003 });
  await expect(client.assistants.create(definition({}))).rejects.toMatchObject({
    status: 400,
    code: 20001,
    message: expect.stringContaining('name: '),
    moreInfo: 'https://www.twilio.com/docs/errors/20001',
  });
});

describe('what is not there, or not allowed', () => {
  type Client = typeof client;
  const message = { identity: 'a:b', body: 'Hello' } as never;
  const calls: [string, (of: Client) => Promise<unknown>][] = [
    ['CreateMessage', (of) => of.assistants('aia_asst_no').messages.create(message)],
    ['FetchAssistant', (of) => of.assistants('aia_asst_no').fetch()],
    ['UpdateAssistant', (of) => of.assistants('aia_asst_no').update({ name: 'X' } as never)],
    ['DeleteAssistant', (of) => of.assistants('aia_asst_no').remove()],
    ['ListFeedback', (of) => of.assistants('aia_asst_no').feedbacks.list()],
    ['CreateFeedback', (of) => of.assistants('aia_asst_no').feedbacks.create({ session_id: 's' } as never)],
    ['ListToolsByAssistant', (of) => of.assistants('aia_asst_no').assistantsTools.list()],
    ['CreateAssistantToolAttachment', (of) => of.assistants('aia_asst_no').assistantsTools('aia_tool_no').create()],
    ['DeleteAssistantToolAttachment', (of) => of.assistants('aia_asst_no').assistantsTools('aia_tool_no').remove()],
    ['ListKnowledgeByAssistant', (of) => of.assistants('aia_asst_no').assistantsKnowledge.list()],
    [
      'CreateAssistantKnowledgeAttachment',
      (of) => of.assistants('aia_asst_no').assistantsKnowledge('aia_know_no').create(),
    ],
    [
      'DeleteAssistantKnowledgeAttachment',
      (of) => of.assistants('aia_asst_no').assistantsKnowledge('aia_know_no').remove(),
    ],
    ['FetchTool', (of) => of.tools('aia_tool_no').fetch()],
    ['UpdateTool', (of) => of.tools('aia_tool_no').update({ name: 'X' } as never)],
    ['DeleteTool', (of) => of.tools('aia_tool_no').remove()],
    ['FetchKnowledge', (of) => of.knowledge('aia_know_no').fetch()],
    ['UpdateKnowledge', (of) => of.knowledge('aia_know_no').update({ name: 'X' } as never)],
    ['DeleteKnowledge', (of) => of.knowledge('aia_know_no').remove()],
    ['FetchKnowledgeStatus', (of) => of.knowledge('aia_know_no').knowledgeStatus().fetch()],
    ['ListKnowledgeChunks', (of) => of.knowledge('aia_know_no').chunks.list()],
    ['FetchSession', (of) => of.sessions('none').fetch()],
    ['ListMessages', (of) => of.sessions('none').messages.list()],
  ];
  const others: [string, (of: Client) => Promise<unknown>][] = [
    ['CreateAssistant', (of) => of.assistants.create({} as never)],
    ['CreateTool', (of) => of.tools.create({} as never)],
    ['CreateKnowledge', (of) => of.knowledge.create({} as never)],
    ['ListAssistants', (of) => of.assistants.list({ pageSize: 1_001 })],
    ['ListTools', (of) => of.tools.list({ pageSize: 1_001 })],
    ['ListKnowledge', (of) => of.knowledge.list({ pageSize: 1_001 })],
    ['ListPolicies', (of) => of.policies.list({ pageSize: 1_001 })],
    ['ListSessions', (of) => of.sessions.list({ pageSize: 1_001 })],
  ];

  it.each(calls)('%s of what is not there is a 404', async (_operation, call) => {
    await expect(call(client)).rejects.toMatchObject({ status: 404, code: 20404 });
  });

  it.each(others)('%s with a mistake is a 400', async (_operation, call) => {
    await expect(call(client)).rejects.toMatchObject({
      status: 400,
      code: 20001,
      message: expect.stringContaining(': '),
    });
  });

  it.each([...calls, ...others])('%s without the right token is a 401', async (_operation, call) => {
    await expect(call(clientWith('wrong'))).rejects.toMatchObject({ status: 401, code: 20003 });
  });

  it.skipIf(!officialApi)('was tried of all thirty operations', () => {
    const tried = [...calls, ...others].map(([operation]) => operation);
    expect(tried.sort()).toEqual(officialOperations().sort());
  });
});

describe.skipIf(!officialApi)("Twilio's description of the API (skipped where it is not beside the checkout)", () => {
  it('holds for every answer that the client got', () => {
    expect(exchanges.map(judge).filter(({ departures }) => departures.length > 0)).toEqual([]);
  });

  it('has thirty operations, each of which the client has called with success', () => {
    expect(officialOperations()).toHaveLength(30);
    const called = new Set(exchanges.map((exchange) => judge(exchange).operationId));
    expect(officialOperations().filter((operation) => !called.has(operation))).toEqual([]);
  });
});
