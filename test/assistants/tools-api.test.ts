import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { policyResource } from '../../src/assistants/api/policy-schemas.ts';
import { toolResource, toolWithPolicies } from '../../src/assistants/api/tool-schemas.ts';
import { findPolicy } from '../../src/assistants/policy-store.ts';
import { loadTools } from '../../src/assistants/tool-store.ts';
import { sql } from '../../src/store/database.ts';
import { BASE_URL, expectError, HARBOUR, RIVAL, SECRETS_KEY, type Service, startService } from './support.ts';

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const meta = { url: 'https://shop.example/orders', method: 'POST', input_schema: 'export type Data = { id: string }' };
const tool = (fields: object = {}) => ({ name: 'Find an order', type: 'WEBHOOK', enabled: true, meta, ...fields });
const create = async (fields: object = {}) =>
  (await service.call('post', '/v1/Tools', tool(fields)).expect(201)).body as { id: string };

describe('a tool', () => {
  it('is created with what is given, and the rest filled', async () => {
    const { body } = await service.call('post', '/v1/Tools', tool()).expect(201);
    expect(toolResource.parse(body)).toMatchObject({
      account_sid: HARBOUR,
      description: '',
      requires_auth: false,
      meta,
      url: `${BASE_URL}/v1/Tools/${body.id}`,
    });
    expect(body.id).toMatch(/^aia_tool_[0-9a-f-]{36}$/);
    const bare = await create({ meta: { url: 'https://shop.example', method: 'get', colour: 'red' } });
    expect(bare).toMatchObject({ meta: { method: 'GET', input_schema: 'export type Data = {}', colour: 'red' } });
  });

  it('is changed in part by PUT', async () => {
    const { id } = await create({ description: 'Before' });
    const changed = await service.call('put', `/v1/Tools/${id}`, { enabled: false }).expect(200);
    expect(changed.body).toMatchObject({ enabled: false, description: 'Before', meta });
    const other = { ...meta, url: 'https://shop.example/other' };
    const moved = await service.call('put', `/v1/Tools/${id}`, { meta: other, description: '' }).expect(200);
    expect(toolResource.parse(moved.body)).toMatchObject({ enabled: false, description: '', meta: other });
  });

  it('is attached as it is created or changed, and seen with its assistant', async () => {
    const [one, two] = [await service.createAssistant(), await service.createAssistant()];
    const { id } = await create({ assistant_id: one });
    await service.call('put', `/v1/Tools/${id}`, { assistant_id: two }).expect(200);
    for (const assistantId of [one, two]) {
      const { body } = await service.call('get', `/v1/Assistants/${assistantId}`).expect(200);
      expect(body.tools).toMatchObject([{ id }]);
    }
    await service.call('delete', `/v1/Tools/${id}`).expect(204);
    const { body } = await service.call('get', `/v1/Assistants/${one}/Tools`).expect(200);
    expect(body.tools).toEqual([]);
  });

  it('is offered to the model only while it is enabled, with its secrets in the clear', async () => {
    const assistantId = await service.createAssistant();
    const policy = { type: 'basic', policy_details: { username: 'u', password: 'p' } };
    const { id } = await create({ assistant_id: assistantId, policy });
    await create({ assistant_id: assistantId, enabled: false });
    expect(await loadTools(service.db, assistantId, SECRETS_KEY)).toEqual([
      {
        id,
        name: 'Find an order',
        description: '',
        type: 'WEBHOOK',
        meta,
        policy: { id: expect.stringMatching(/^aia_plcy_/), type: 'basic', details: { username: 'u', password: 'p' } },
      },
    ]);
  });

  it.each<[object, string | RegExp]>([
    [{ name: undefined }, 'name: '],
    [{ name: 'x'.repeat(31) }, 'name: has 31 characters, and the limit is 30'],
    [{ description: 'x'.repeat(301) }, 'description: has 301 characters, and the limit is 300'],
    [{ type: 'SONG' }, 'type: must be WEBHOOK'],
    [{ type: undefined }, 'type: '],
    [{ enabled: undefined }, 'enabled: '],
    [{ enabled: 'yes' }, 'enabled: '],
    [{ meta: undefined }, 'meta: '],
    [{ meta: {} }, 'meta.url: '],
    [{ meta: { url: 'shop.example' } }, 'meta.url: must be a URL'],
    [{ meta: { url: 'file:///etc/passwd' } }, 'meta.url: must be a URL'],
    [{ meta: { ...meta, method: 'PATCH' } }, 'meta.method: must be GET or POST'],
    [{ meta: { ...meta, input_schema: 7 } }, 'meta.input_schema: '],
    [{ meta: { ...meta, input_schema: 'export type Data = {' } }, 'meta.input_schema: '],
    [{ meta: { ...meta, input_schema: 'export type Data = { when: Date }' } }, /meta.input_schema: .*write string/],
    [{ meta: { ...meta, input_schema: 'export type Data = { f(): void }' } }, 'meta.input_schema: methods'],
    [{ meta: { ...meta, input_schema: 'string' } }, 'meta.input_schema: '],
    [
      { meta: { ...meta, input_schema: `{ ${Array.from({ length: 24 }, (_, n) => `a${n}: 1`)}, b: { c: 1 }[] }` } },
      'meta.input_schema: has 26 properties, and the limit is 25',
    ],
    [{ meta: { ...meta, colour: 'a\u0000b' } }, 'meta: must not be nested deeply'],
    [{ meta: { ...meta, deep: JSON.parse('['.repeat(60) + ']'.repeat(60)) } }, 'meta: must not be nested deeply'],
    [{ assistant_id: 'x' }, 'assistant_id: must be an id'],
    [{ assistant_id: 'aia_asst_none' }, 'assistant_id: there is no such assistant'],
    [{ policy: {} }, 'policy.type: must be one of bearer'],
    [{ policy: { type: 'bearer' } }, 'policy.policy_details: '],
    [{ policy: { type: 'bearer', policy_details: {} } }, 'policy.policy_details.token: '],
    [{ policy: { type: 'bearer', policy_details: { token: 'a\r\nb' } } }, 'policy.policy_details.token: '],
    [{ policy: { type: 'header', policy_details: { name: 'a b', value: 'c' } } }, 'policy.policy_details.name: '],
    [
      { policy: { type: 'oauth2_password', policy_details: { username: 'u', password: 'p' } } },
      'policy.policy_details.token_url: ',
    ],
    [{ policy: { id: 'aia_plcy_other', type: 'bearer', policy_details: { token: 't' } } }, 'policy.id: '],
  ])('with a mistake is refused by the name of the field, and not stored: %#', async (fields, about) => {
    const count = async () => (await service.db.query(sql`select id from assistants.tool`)).length;
    const before = await count();
    expectError(await service.call('post', '/v1/Tools', tool(fields)), 400, 20001, about);
    expect(await count()).toBe(before);
  });

  it('with a mistake in a change stays as it is', async () => {
    const { id } = await create();
    for (const [change, about] of [
      [{ name: '' }, 'name: '],
      [{ meta: { ...meta, input_schema: 'export type Data = { x: Foo }' } }, 'meta.input_schema: '],
      [{ name: 'Other', assistant_id: 'aia_asst_none' }, 'assistant_id: '],
      [{ name: 'Other', policy: { id: 'aia_plcy_x', type: 'bearer', policy_details: { token: 't' } } }, 'policy.id: '],
    ] as const) {
      expectError(await service.call('put', `/v1/Tools/${id}`, change), 400, 20001, about);
    }
    const { body } = await service.call('get', `/v1/Tools/${id}`).expect(200);
    expect(body).toMatchObject({ name: 'Find an order', requires_auth: false });
  });
});

describe('the policy of a tool', () => {
  const oauth = {
    name: 'Shop',
    type: 'oauth2_client_credentials',
    policy_details: {
      token_url: 'https://id.example/token',
      client_id: 'us',
      client_secret: 'hidden-1',
      scope: 'read',
    },
  };

  it('makes it require authorisation, and is shown without its secrets, which are stored encrypted', async () => {
    const { id } = await create({ policy: oauth });
    const { body } = await service.call('get', `/v1/Tools/${id}`).expect(200);
    expect(toolWithPolicies.parse(body)).toMatchObject({
      requires_auth: true,
      policies: [{ name: 'Shop', policy_details: { ...oauth.policy_details, client_secret: '••••••' } }],
    });
    const listed = await service.call('get', `/v1/Policies?ToolId=${id}`).expect(200);
    expect(listed.body.policies.map((policy: unknown) => policyResource.parse(policy))).toEqual(body.policies);
    const stored = await service.db.query<{ row: string }>(sql`
      select policy::text || encode(sealed_details, 'escape') as row from assistants.policy where tool_id = ${id}`);
    expect(stored[0]?.row).not.toContain('hidden');
    expect(await findPolicy(service.db, { toolId: id }, SECRETS_KEY)).toMatchObject({
      type: oauth.type,
      details: oauth.policy_details,
    });
  });

  it('is replaced under its id, kept by other changes, and taken away by null', async () => {
    const { id } = await create({ policy: oauth });
    const policies = async () =>
      (await service.call('get', `/v1/Tools/${id}`).expect(200)).body.policies as { id: string; type: string }[];
    const [before] = await policies();
    await service.call('put', `/v1/Tools/${id}`, { name: 'Other' }).expect(200);
    expect(await policies()).toEqual([before]);
    const bearer = { id: before?.id, type: 'bearer', policy_details: { token: 'hidden-2' } };
    await service.call('put', `/v1/Tools/${id}`, { policy: bearer }).expect(200);
    expect(await policies()).toMatchObject([{ id: before?.id, name: 'Shop', type: 'bearer' }]);
    const { body } = await service.call('put', `/v1/Tools/${id}`, { policy: null }).expect(200);
    expect(body.requires_auth).toBe(false);
    expect(await policies()).toEqual([]);
  });

  it('belongs to one account, and can be asked for by knowledge as well', async () => {
    const { id } = await create({ policy: oauth });
    const details = { provider: 'pinecone', host: 'https://index.example' };
    const database = {
      name: 'Catalogue',
      type: 'Database',
      embedding_model: 'openai/text-embedding-3-small',
      knowledge_source_details: details,
      policy: { type: 'header', policy_details: { name: 'Api-Key', value: 'hidden-3' } },
    };
    const { body: knowledge } = await service.call('post', '/v1/Knowledge', database).expect(201);
    expect(knowledge).toMatchObject({ status: 'QUEUED', embedding_model: 'openai/text-embedding-3-small' });
    const policiesOf = async (query: string, account = HARBOUR) =>
      (await service.call('get', `/v1/Policies?${query}`, undefined, account).expect(200)).body.policies;
    expect(await policiesOf(`KnowledgeId=${knowledge.id}`)).toMatchObject([
      { type: 'header', policy_details: { name: 'Api-Key', value: '••••••' } },
    ]);
    expect(await policiesOf(`ToolId=${id}&KnowledgeId=${knowledge.id}`)).toEqual([]);
    expect(await policiesOf(`ToolId=${id}`, RIVAL)).toEqual([]);
    expect((await policiesOf('')).length).toBeGreaterThanOrEqual(2);
    expectError(await service.call('get', '/v1/Policies?ToolId=a&ToolId=b'), 400, 20001, 'ToolId: ');
  });
});
