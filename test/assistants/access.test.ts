import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/store/database.ts';
import { API_KEY, expectError, HARBOUR, type Method, RIVAL, SECRET, type Service, startService } from './support.ts';

let service: Service;
let assistantId: string;
let knowledgeId: string;
let toolId: string;
const tool = { name: 'X', type: 'WEBHOOK', enabled: true, meta: { url: 'https://x.test/' } };

beforeAll(async () => {
  service = await startService();
  assistantId = await service.createAssistant();
  const made = await service.call('post', '/v1/Tools', { ...tool, assistant_id: assistantId }).expect(201);
  toolId = made.body.id;
  knowledgeId = await service.addText(assistantId, 'Opening hours', 'We open at nine.');
  const message = { identity: 'phone:+15550100', session_id: 'ours', body: 'When do you open?' };
  await service.call('post', `/v1/Assistants/${assistantId}/Messages`, message).expect(200);
});
afterAll(() => service.stop());

const routes = (): [Method, string, object?][] => [
  ['get', '/v1/Assistants'],
  ['post', '/v1/Assistants', { name: 'X' }],
  ['get', `/v1/Assistants/${assistantId}`],
  ['put', `/v1/Assistants/${assistantId}`, { name: 'X' }],
  ['delete', `/v1/Assistants/${assistantId}`],
  ['post', `/v1/Assistants/${assistantId}/Messages`, { identity: 'a:b', body: 'Hello' }],
  ['get', `/v1/Assistants/${assistantId}/Feedbacks`],
  ['post', `/v1/Assistants/${assistantId}/Feedbacks`, { session_id: 'ours' }],
  ['get', `/v1/Assistants/${assistantId}/Tools`],
  ['post', `/v1/Assistants/${assistantId}/Tools/${toolId}`],
  ['delete', `/v1/Assistants/${assistantId}/Tools/${toolId}`],
  ['get', '/v1/Tools'],
  ['post', '/v1/Tools', tool],
  ['get', `/v1/Tools/${toolId}`],
  ['put', `/v1/Tools/${toolId}`, { name: 'X' }],
  ['delete', `/v1/Tools/${toolId}`],
  ['get', '/v1/Policies'],
  ['get', `/v1/Assistants/${assistantId}/Knowledge`],
  ['post', `/v1/Assistants/${assistantId}/Knowledge/${knowledgeId}`],
  ['delete', `/v1/Assistants/${assistantId}/Knowledge/${knowledgeId}`],
  ['get', '/v1/Knowledge'],
  ['post', '/v1/Knowledge', { name: 'X', type: 'Text', knowledge_source_details: { content: 'x' } }],
  ['get', `/v1/Knowledge/${knowledgeId}`],
  ['put', `/v1/Knowledge/${knowledgeId}`, { name: 'X' }],
  ['delete', `/v1/Knowledge/${knowledgeId}`],
  ['get', `/v1/Knowledge/${knowledgeId}/Status`],
  ['get', `/v1/Knowledge/${knowledgeId}/Chunks`],
  ['get', '/v1/Sessions'],
  ['get', '/v1/Sessions/ours'],
  ['get', '/v1/Sessions/ours/Messages'],
];

describe('authentication', () => {
  it('is needed on every route, and is asked for as Basic', async () => {
    for (const [method, path, body] of routes()) {
      const response = await supertest(service.app)[method](path).send(body);
      expectError(response, 401, 20003);
      expect(response.headers['www-authenticate']).toMatch(/^Basic realm=/);
    }
  });

  it.each([
    ['a wrong secret', `Basic ${Buffer.from(`${HARBOUR}:nope`).toString('base64')}`],
    ['an unknown account', `Basic ${Buffer.from(`AC${'0'.repeat(32)}:${SECRET}`).toString('base64')}`],
    ['no secret', `Basic ${Buffer.from(`${HARBOUR}:`).toString('base64')}`],
    ['no colon', `Basic ${Buffer.from(HARBOUR).toString('base64')}`],
    ['no base64', 'Basic %%%'],
    ['another scheme', `Bearer ${SECRET}`],
    ['an empty header', ''],
  ])('refuses %s', async (_what, header) => {
    expectError(await supertest(service.app).get('/v1/Assistants').set('Authorization', header), 401, 20003);
  });

  it('takes an API key in the place of the account', async () => {
    const { body } = await service.call('get', `/v1/Assistants/${assistantId}`, undefined, API_KEY).expect(200);
    expect(body.account_sid).toBe(HARBOUR);
  });
});

it('shows and lets an account change only what is its own', async () => {
  for (const [method, path, body] of routes()) {
    const response = await service.call(method, path, body, RIVAL);
    if (!path.includes('aia_') && !path.includes('/ours')) continue;
    expectError(response, 404, 20404);
  }
  for (const [list, key] of [
    ['/v1/Sessions', 'sessions'],
    [`/v1/Knowledge?AssistantId=${assistantId}`, 'knowledge'],
    [`/v1/Tools?AssistantId=${assistantId}`, 'tools'],
    [`/v1/Policies?ToolId=${toolId}`, 'policies'],
  ] as const) {
    const { body } = await service.call('get', list, undefined, RIVAL).expect(200);
    expect(body[key]).toEqual([]);
  }
  const assistants = await service.call('get', '/v1/Assistants', undefined, RIVAL).expect(200);
  expect(assistants.body.assistants.map((one: { account_sid: string }) => one.account_sid)).toEqual([RIVAL]);
  const foreign = { name: 'X', type: 'Text', knowledge_source_details: { content: 'x' }, assistant_id: assistantId };
  expectError(await service.call('post', '/v1/Knowledge', foreign, RIVAL), 400, 20001, 'assistant_id: ');

  const { body } = await service.call('get', `/v1/Assistants/${assistantId}`).expect(200);
  expect(body).toMatchObject({ name: 'Harper', knowledge: [{ id: knowledgeId, name: 'Opening hours' }] });
});

it('keeps the same session id of two accounts apart', async () => {
  const theirs = await service.createAssistant({}, RIVAL);
  const message = { identity: 'phone:+15550199', session_id: 'ours', body: 'Hello' };
  await service.call('post', `/v1/Assistants/${theirs}/Messages`, message, RIVAL).expect(200);
  const { body } = await service.call('get', '/v1/Sessions/ours/Messages').expect(200);
  expect(body.messages.map((one: { identity: string }) => one.identity)).toEqual([
    'phone:+15550100',
    'phone:+15550100',
  ]);
});

describe('what is malformed', () => {
  const send = (body: string, type = 'application/json') =>
    service.call('post', '/v1/Assistants').set('Content-Type', type).send(body);

  it.each([
    ['{"name": ', 'application/json', 400, 70002],
    ['"text"', 'application/json', 400, 70002],
    ['[]', 'application/json', 400, 20001],
    ['', 'application/json', 400, 20001],
    ['name=Harper', 'application/x-www-form-urlencoded', 415, 70004],
    ['{"name": "Harper"}', 'text/plain', 415, 70004],
    ['{"name": "Harper"}', 'application/json; charset=nonsense', 415, 70004],
    [JSON.stringify({ name: 'x', personality_prompt: 'x'.repeat(300_000) }), 'application/json', 413, 70003],
  ])('is refused: %#', async (body, type, status, code) => {
    expectError(await send(body, type), status, code);
  });

  it('limits messages to 64 KiB and knowledge to 1 MiB', async () => {
    const message = { identity: 'a:b', body: 'x'.repeat(65_536) };
    expectError(await service.call('post', `/v1/Assistants/${assistantId}/Messages`, message), 413, 70003);
    const content = 'x'.repeat(1_048_576);
    const text = { name: 'Large', type: 'Text', knowledge_source_details: { content } };
    expectError(await service.call('post', '/v1/Knowledge', text), 413, 70003);
  });

  it('answers 404 for ids that cannot exist and paths that cannot be decoded', async () => {
    for (const path of [
      '/v1/Assistants/x',
      '/v1/Assistants/a%00b',
      '/v1/Assistants/%E0%A4%A',
      '/v1/Sessions/a%00b',
      '/v1/Knowledge/%2F',
      '/v1/Sessions/none/None',
    ]) {
      expectError(await service.call('get', path), 404, 20404);
    }
    expectError(await service.call('get', '/v1/Knowledge?AssistantId=a%00b'), 400, 20001, 'AssistantId: ');
  });

  it('answers 405 to methods that a path does not take', async () => {
    for (const [method, path] of [
      ['put', '/v1/Assistants'],
      ['post', `/v1/Assistants/${assistantId}`],
      ['get', `/v1/Assistants/${assistantId}/Messages`],
      ['delete', '/v1/Sessions/ours'],
      ['put', `/v1/Knowledge/${knowledgeId}/Status`],
      ['get', '/v1/Knowledge/Upload'],
      ['post', `/v1/Tools/${toolId}`],
      ['post', '/v1/Policies'],
      ['put', `/v1/Assistants/${assistantId}/Feedbacks`],
      ['get', `/v1/Assistants/${assistantId}/Tools/${toolId}`],
    ] as const) {
      expectError(await service.call(method, path, method === 'get' ? undefined : {}), 405, 20004);
    }
  });
});

describe('what goes wrong inside', () => {
  it('is a 503 while the database is away, to be tried again', async () => {
    const nowhere = openDatabase('postgresql://postgres@/none?host=/nonexistent', () => {});
    const broken = await startService({ db: nowhere });
    expectError(await broken.call('get', '/v1/Assistants'), 503, 70007);
    await nowhere.close();
    await broken.stop();
  });

  it('is a 500 that says nothing of the cause, which is logged', async () => {
    const failure = new TypeError('the secret cause');
    const broken = await startService({ authenticate: () => Promise.reject(failure) });
    const response = await broken.call('get', '/v1/Assistants');
    expectError(response, 500, 20500);
    expect(response.text).not.toContain('secret');
    expect(broken.logged).toMatchObject([{ event: 'http.failed', fields: { err: failure } }]);
    await broken.stop();
  });
});
