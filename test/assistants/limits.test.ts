import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectError, HARBOUR, RIVAL, type Service, startService } from './support.ts';

let service: Service;
beforeAll(async () => {
  service = await startService({ limits: { tools: 2, knowledge: 2, requestsPerMinute: 200 } });
});
afterAll(() => service.stop());

const tool = { name: 'Tool', type: 'WEBHOOK', enabled: true, meta: { url: 'https://x.test/' } };
const text = { name: 'Text', type: 'Text', knowledge_source_details: { content: 'x' } };

describe.each([
  ['Tools', '/v1/Tools', tool, 'tools'],
  ['Knowledge', '/v1/Knowledge', text, 'sources of knowledge'],
] as const)('the number of %s of one assistant', (kind, path, body, things) => {
  it('is limited: what is over it is refused, and neither attached nor stored', async () => {
    const assistantId = await service.createAssistant();
    const create = (assistant_id?: string) => service.call('post', path, { ...body, assistant_id });
    const free = (await create().expect(201)).body.id as string;
    await create(assistantId).expect(201);
    await create(assistantId).expect(201);
    const before = (await service.call('get', path)).body;
    expectError(await create(assistantId), 400, 20001, `the assistant has 2 ${things}, which is the limit`);
    const pair = `/v1/Assistants/${assistantId}/${kind}/${free}`;
    expectError(await service.call('post', pair), 400, 20001, 'which is the limit');
    expect((await service.call('get', path)).body).toEqual(before);
    const attached = await service.call('get', `/v1/Assistants/${assistantId}/${kind}`).expect(200);
    expect(Object.values(attached.body as Record<string, unknown[]>)[0]).toHaveLength(2);
    // What is there already may be attached again.
    const [first] = Object.values(attached.body as Record<string, { id: string }[]>)[0] as [{ id: string }];
    await service.call('post', `/v1/Assistants/${assistantId}/${kind}/${first.id}`).expect(204);
  });

  it('holds for requests that come at the same moment', async () => {
    const assistantId = await service.createAssistant();
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => service.call('post', path, { ...body, assistant_id: assistantId })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 400, 400, 400, 400]);
  });
});

it('texts have limits that Twilio’s had, unless they are set otherwise', async () => {
  const send = (fields: object) => service.call('post', '/v1/Assistants', { name: 'A', ...fields });
  expectError(await send({ name: 'x'.repeat(31) }), 400, 20001, 'name: has 31 characters, and the limit is 30');
  expectError(await send({ personality_prompt: 'x'.repeat(2_001) }), 400, 20001, 'personality_prompt: has 2001');
  await send({ name: 'x'.repeat(30), personality_prompt: 'x'.repeat(2_000) }).expect(201);
  const generous = await startService({ limits: { name: 100, prompt: 40_000 } });
  await generous.createAssistant({ name: 'x'.repeat(100), personality_prompt: 'x'.repeat(40_000) });
  await generous.stop();
});

it('an account that asks too often is told when to come again, and others are not held up', async () => {
  const answers = await Promise.all(Array.from({ length: 200 }, () => service.call('get', '/v1/Policies?PageSize=1')));
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused.length).toBeGreaterThan(0);
  const [first] = refused;
  expectError(first as NonNullable<typeof first>, 429, 20429);
  expect(Number(first?.headers['retry-after'])).toBeGreaterThan(0);
  expect(Number(first?.headers['retry-after'])).toBeLessThanOrEqual(60);
  await service.call('get', '/v1/Policies', undefined, RIVAL).expect(200);
  // What is no part of the API goes on to others, uncounted.
  expect((await service.call('get', '/elsewhere')).headers).not.toHaveProperty('ratelimit');
  expectError(await service.call('get', '/v1/Policies', undefined, HARBOUR), 429, 20429);
});
