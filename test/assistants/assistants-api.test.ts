import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assistantResource, assistantWithParts } from '../../src/assistants/api/schemas.ts';
import { unseal } from '../../src/assistants/secrets.ts';
import { sql } from '../../src/store/database.ts';
import { BASE_URL, expectError, HARBOUR, SECRETS_KEY, type Service, startService } from './support.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

describe('POST /v1/Assistants', () => {
  it('answers 201 with the whole resource', async () => {
    const definition = {
      name: 'Harper',
      owner: 'Harbour Cycles',
      personality_prompt: 'You are kind.\nYou are brief.',
      customer_ai: { perception_engine_enabled: true, personalization_engine_enabled: false },
    };
    const { body } = await service.call('post', '/v1/Assistants', definition).expect(201);
    expect(assistantResource.parse(body)).toMatchObject({ ...definition, account_sid: HARBOUR, model: 'offline' });
    expect(body.id).toMatch(/^aia_asst_[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/);
    expect(body.url).toBe(`${BASE_URL}/v1/Assistants/${body.id}`);
    expect(body.date_created).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  });

  it('fills what is left out', async () => {
    const { body } = await service.call('post', '/v1/Assistants', { name: 'Bare', unknown: 1 }).expect(201);
    expect(body).toMatchObject({
      owner: '',
      personality_prompt: '',
      customer_ai: { perception_engine_enabled: false, personalization_engine_enabled: false },
    });
    expect(body).not.toHaveProperty('unknown');
  });

  it.each([
    [{}, 'name'],
    [{ name: '' }, 'name'],
    [{ name: 7 }, 'name'],
    [{ name: null }, 'name'],
    [{ name: 'a\u0000b' }, 'name'],
    [{ name: 'x'.repeat(257) }, 'name'],
    [{ name: 'A', owner: [] }, 'owner'],
    [{ name: 'A', personality_prompt: 'x'.repeat(50_001) }, 'personality_prompt'],
    [{ name: 'A', customer_ai: { perception_engine_enabled: true } }, 'customer_ai.personalization_engine_enabled'],
    [{ name: 'A', segment_credential: 'x' }, 'segment_credential'],
  ])('names the field that is wrong: %#', async (definition, field) => {
    expectError(await service.call('post', '/v1/Assistants', definition), 400, 20001, `${field}: `);
  });

  it('keeps Segment credentials encrypted and never shows them', async () => {
    const segment_credential = { write_key: 'w-secret', space_id: 'spa_1' };
    const { body } = await service.call('post', '/v1/Assistants', { name: 'S', segment_credential }).expect(201);
    const shown = await service.call('get', `/v1/Assistants/${body.id}`).expect(200);
    expect(JSON.stringify([body, shown.body])).not.toContain('secret');
    const read = async () => {
      const rows = await service.db.query<{ segment_credential: Buffer }>(sql`
        select segment_credential from assistants.assistant where id = ${body.id}`);
      return rows[0]?.segment_credential as Buffer;
    };
    const stored = await read();
    expect(stored.toString('latin1')).not.toContain('secret');
    expect(JSON.parse(unseal(SECRETS_KEY, stored))).toEqual(segment_credential);

    await service.call('put', `/v1/Assistants/${body.id}`, { name: 'T' }).expect(200);
    expect(await read()).toEqual(stored);
    await service.call('put', `/v1/Assistants/${body.id}`, { segment_credential: { write_key: 'w2' } }).expect(200);
    expect(JSON.parse(unseal(SECRETS_KEY, await read()))).toEqual({ write_key: 'w2' });
  });
});

describe('one assistant', () => {
  it('is fetched with its tools and its knowledge', async () => {
    const id = await service.createAssistant();
    const knowledgeId = await service.addText(id, 'Opening hours', 'We open at nine.');
    const { body } = await service.call('get', `/v1/Assistants/${id}`).expect(200);
    expect(assistantWithParts.parse(body)).toMatchObject({ id, tools: [], knowledge: [{ id: knowledgeId }] });
  });

  it('is changed in part by PUT', async () => {
    const id = await service.createAssistant({ owner: 'Before', personality_prompt: 'Kept.' });
    const { body } = await service.call('put', `/v1/Assistants/${id}`, { owner: 'After' }).expect(200);
    expect(assistantResource.parse(body)).toMatchObject({
      name: 'Harper',
      owner: 'After',
      personality_prompt: 'Kept.',
    });
    const cleared = await service.call('put', `/v1/Assistants/${id}`, { personality_prompt: '' }).expect(200);
    expect(cleared.body).toMatchObject({ owner: 'After', personality_prompt: '' });
    expectError(await service.call('put', `/v1/Assistants/${id}`, { name: '' }), 400, 20001, 'name: ');
  });

  it('is gone after DELETE, which answers 204 with nothing in it', async () => {
    const id = await service.createAssistant();
    const knowledgeId = await service.addText(id, 'Opening hours', 'We open at nine.');
    const deleted = await service.call('delete', `/v1/Assistants/${id}`).expect(204);
    expect(deleted.text).toBe('');
    expect(deleted.headers).not.toHaveProperty('content-type');
    expectError(await service.call('get', `/v1/Assistants/${id}`), 404, 20404);
    expectError(await service.call('delete', `/v1/Assistants/${id}`), 404, 20404);
    expectError(await service.call('put', `/v1/Assistants/${id}`, { name: 'X' }), 404, 20404);
    await service.call('get', `/v1/Knowledge/${knowledgeId}`).expect(200);
  });
});

it('knows the oldest assistant of an account', async () => {
  const fresh = await startService();
  expect(await fresh.assistants.firstAssistantId(HARBOUR)).toBeUndefined();
  const first = await fresh.createAssistant();
  await fresh.createAssistant();
  expect(await fresh.assistants.firstAssistantId(HARBOUR)).toBe(first);
  await fresh.stop();
});
