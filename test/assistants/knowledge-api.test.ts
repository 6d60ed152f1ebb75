import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  chunkResource,
  knowledgeResource,
  knowledgeStatusResource,
} from '../../src/assistants/api/knowledge-schemas.ts';
import { BASE_URL, expectError, HARBOUR, type Service, startService } from './support.ts';

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const text = (content: string, more: object = {}) => ({
  name: 'Opening hours',
  type: 'Text',
  knowledge_source_details: { content },
  ...more,
});

const chunksOf = async (id: string): Promise<string[]> => {
  const { body } = await service.call('get', `/v1/Knowledge/${id}/Chunks`).expect(200);
  return body.chunks.map((chunk: unknown) => chunkResource.parse(chunk).content);
};

describe('a text', () => {
  it('is stored, cut into chunks and ready at once', async () => {
    const { body } = await service.call('post', '/v1/Knowledge', text('We open at nine.', { description: 'Hours' }));
    expect(knowledgeResource.parse(body)).toMatchObject({
      account_sid: HARBOUR,
      name: 'Opening hours',
      description: 'Hours',
      status: 'COMPLETED',
      knowledge_source_details: { content: 'We open at nine.' },
      url: `${BASE_URL}/v1/Knowledge/${body.id}`,
    });
    expect(body.id).toMatch(/^aia_know_[0-9a-f-]{36}$/);
    const status = await service.call('get', `/v1/Knowledge/${body.id}/Status`).expect(200);
    expect(knowledgeStatusResource.parse(status.body)).toMatchObject({ account_sid: HARBOUR, status: 'COMPLETED' });
    expect(await chunksOf(body.id)).toEqual(['We open at nine.']);
    const fetched = await service.call('get', `/v1/Knowledge/${body.id}`).expect(200);
    expect(fetched.body).toEqual(body);
  });

  it('is changed in part by PUT; new content gets new chunks, other changes leave them', async () => {
    const { body } = await service.call('post', '/v1/Knowledge', text('We open at nine.')).expect(201);
    const renamed = await service.call('put', `/v1/Knowledge/${body.id}`, { name: 'Hours', type: 'Text' }).expect(200);
    expect(renamed.body).toMatchObject({ name: 'Hours', knowledge_source_details: { content: 'We open at nine.' } });
    expect(await chunksOf(body.id)).toEqual(['We open at nine.']);
    const change = { knowledge_source_details: { content: 'We open at ten.' } };
    const changed = await service.call('put', `/v1/Knowledge/${body.id}`, change).expect(200);
    expect(changed.body).toMatchObject({ name: 'Hours', ...change });
    expect(await chunksOf(body.id)).toEqual(['We open at ten.']);
  });

  it('is gone after DELETE, from its assistants too', async () => {
    const assistantId = await service.createAssistant();
    const id = await service.addText(assistantId, 'Opening hours', 'We open at nine.');
    expect((await service.call('delete', `/v1/Knowledge/${id}`).expect(204)).text).toBe('');
    expectError(await service.call('get', `/v1/Knowledge/${id}`), 404, 20404);
    expectError(await service.call('delete', `/v1/Knowledge/${id}`), 404, 20404);
    expectError(await service.call('put', `/v1/Knowledge/${id}`, { name: 'X' }), 404, 20404);
    expectError(await service.call('get', `/v1/Knowledge/${id}/Status`), 404, 20404);
    expectError(await service.call('get', `/v1/Knowledge/${id}/Chunks`), 404, 20404);
    const { body } = await service.call('get', `/v1/Assistants/${assistantId}`).expect(200);
    expect(body.knowledge).toEqual([]);
  });

  it('may be almost a megabyte long', async () => {
    const content = Array.from(
      { length: 10_000 },
      (_, index) => `Item ${index} of the long list. ${'word '.repeat(14)}\n`,
    );
    const { body } = await service.call('post', '/v1/Knowledge', text(content.join(''))).expect(201);
    expect((await chunksOf(body.id))[0]).toMatch(/^Item 0 of the long list\./);
  });

  it('may hold any characters; what PostgreSQL cannot store is replaced', async () => {
    const { body } = await service.call('post', '/v1/Knowledge', text('Zu\u0000 öffnen 😀 \ud800!')).expect(201);
    expect(body.knowledge_source_details.content).toBe('Zu\uFFFD öffnen 😀 \uFFFD!');
  });

  it.each([
    [{ name: 'X', type: 'Text' }, 'knowledge_source_details: '],
    [{ name: 'X', type: 'Text', knowledge_source_details: {} }, 'knowledge_source_details.content: '],
    [{ ...text(' \n ') }, 'knowledge_source_details.content: '],
    [{ ...text('x'), name: undefined }, 'name: '],
    [{ ...text('x'), type: undefined }, 'type: '],
    [{ ...text('x'), type: 'Web', knowledge_source_details: { source: 'x' } }, 'knowledge_source_details.source: '],
    [{ ...text('x'), type: 'Web', knowledge_source_details: { source: 'file:///etc/passwd' } }, 'details.source: '],
    [
      { ...text('x'), type: 'Web', knowledge_source_details: { source: 'https://x.test', crawl_depth: 4 } },
      'details.crawl_depth: must be from 0 to 3',
    ],
    [{ ...text('x'), type: 'Database', embedding_model: 'm' }, 'knowledge_source_details.provider: '],
    [
      { ...text('x'), type: 'Database', knowledge_source_details: { provider: 'pinecone', host: 'https://x.test' } },
      'embedding_model: ',
    ],
    [{ ...text('x'), type: 'File' }, 'type: .*Upload'],
    [{ ...text('x'), type: 'Song' }, 'type: '],
    [{ ...text('x'), embedding_model: 'm' }, 'embedding_model: '],
    [{ ...text('x'), policy: { policy_details: {} } }, 'policy.type: '],
    [{ ...text('x'), assistant_id: 'aia_asst_none' }, 'assistant_id: '],
    [{ ...text('x'), description: 1 }, 'description: '],
  ])('with a mistake is refused by the name of the field: %#', async (body, about) => {
    expectError(await service.call('post', '/v1/Knowledge', body), 400, 20001, about);
  });

  it('takes no unknown fields and no assistant in PUT', async () => {
    const { body } = await service.call('post', '/v1/Knowledge', text('x')).expect(201);
    for (const [change, about] of [
      [{ assistant_id: 'aia_asst_x' }, 'assistant_id: '],
      [{ colour: 'red' }, 'colour: '],
      [{ type: 'Web' }, 'type: '],
      [{ knowledge_source_details: { content: '' } }, 'knowledge_source_details.content: '],
    ] as const) {
      expectError(await service.call('put', `/v1/Knowledge/${body.id}`, change), 400, 20001, about);
    }
  });
});

describe('attaching', () => {
  it('gives an assistant a text, once however often, and takes it away again', async () => {
    const assistantId = await service.createAssistant();
    const { body: knowledge } = await service.call('post', '/v1/Knowledge', text('We open at nine.')).expect(201);
    const pair = `/v1/Assistants/${assistantId}/Knowledge/${knowledge.id}`;
    const attached = async () => {
      const { body } = await service.call('get', `/v1/Assistants/${assistantId}/Knowledge`).expect(200);
      const filtered = await service.call('get', `/v1/Knowledge?AssistantId=${assistantId}`).expect(200);
      expect(filtered.body.knowledge).toEqual(body.knowledge);
      return body.knowledge.map((one: { id: string }) => one.id);
    };
    expect(await attached()).toEqual([]);
    for (let times = 0; times < 2; times += 1) {
      const response = await service.call('post', pair).expect(204);
      expect(response.text).toBe('');
      expect(response.headers).not.toHaveProperty('content-type');
    }
    expect(await attached()).toEqual([knowledge.id]);
    await service.call('delete', pair).expect(204);
    expect(await attached()).toEqual([]);
    expectError(await service.call('delete', pair), 404, 20404);
  });

  it('needs both to exist', async () => {
    const assistantId = await service.createAssistant();
    const { body: knowledge } = await service.call('post', '/v1/Knowledge', text('x')).expect(201);
    expectError(await service.call('post', `/v1/Assistants/${assistantId}/Knowledge/aia_know_x`), 404, 20404);
    expectError(await service.call('post', `/v1/Assistants/aia_asst_x/Knowledge/${knowledge.id}`), 404, 20404);
    expectError(await service.call('get', '/v1/Assistants/aia_asst_x/Knowledge'), 404, 20404);
  });
});
