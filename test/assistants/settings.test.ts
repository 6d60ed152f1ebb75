import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assistantResource } from '../../src/assistants/api/schemas.ts';
import { findAssistant } from '../../src/assistants/assistant-store.ts';
import { modelChoices } from '../../src/assistants/model-settings.ts';
import { sql } from '../../src/store/database.ts';
import { expectError, HARBOUR, SECRETS_KEY, type Service, startService } from './support.ts';

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const change = async (id: string, fields: object) =>
  assistantResource.parse((await service.call('put', `/v1/Assistants/${id}`, fields).expect(200)).body);
/** What the runtime works with. */
const choices = async (id: string) =>
  modelChoices((await findAssistant(service.db, HARBOUR, id)) as never, SECRETS_KEY);

describe('the models of an assistant', () => {
  it('are offline unless something else is set, and no setting is needed', async () => {
    const id = await service.createAssistant();
    const { body } = await service.call('get', `/v1/Assistants/${id}`).expect(200);
    expect(body).toMatchObject({
      model: 'offline',
      model_settings: { api_key_set: false },
      fallbacks: [],
      guardrails: {},
      limits: {},
      built_in_tools: ['handover', 'search_knowledge', 'remember'],
    });
    expect(await choices(id)).toEqual([{ model: 'offline' }]);
  });

  it('keep their keys encrypted, and never show them', async () => {
    const { body } = await service
      .call('post', '/v1/Assistants', {
        name: 'A',
        model: 'openai/gpt-4.1-mini',
        model_settings: { temperature: 0.2, max_tokens: 500, api_key: 'sk-hidden-1' },
        fallbacks: [
          { model: 'openai/gpt-4.1-nano' },
          { model: 'anthropic/claude-x', api_key: 'sk-hidden-2' },
          { model: 'custom/llama3.2:3b', base_url: 'http://127.0.0.1:11434/v1' },
        ],
      })
      .expect(201);
    expect(assistantResource.parse(body)).toMatchObject({
      model: 'openai/gpt-4.1-mini',
      model_settings: { temperature: 0.2, max_tokens: 500, api_key_set: true },
      fallbacks: [
        { model: 'openai/gpt-4.1-nano', api_key_set: true },
        { model: 'anthropic/claude-x', api_key_set: true },
        { model: 'custom/llama3.2:3b', base_url: 'http://127.0.0.1:11434/v1', api_key_set: false },
      ],
    });
    const listed = await service.call('get', '/v1/Assistants').expect(200);
    const [stored] = await service.db.query<{ row: string }>(sql`
      select assistant::text as row from assistants.assistant where id = ${body.id}`);
    expect(JSON.stringify([body, listed.body, stored])).not.toContain('hidden');
    expect((await choices(body.id)).map(({ model, apiKey }) => [model, apiKey])).toEqual([
      ['openai/gpt-4.1-mini', 'sk-hidden-1'],
      // Of the same provider at the same address: the same key.
      ['openai/gpt-4.1-nano', 'sk-hidden-1'],
      ['anthropic/claude-x', 'sk-hidden-2'],
      ['custom/llama3.2:3b', undefined],
    ]);
  });

  it('are changed one setting at a time; null removes one', async () => {
    const id = await service.createAssistant({
      model: 'openai/a',
      model_settings: { temperature: 0.2, max_tokens: 500, api_key: 'sk-1' },
    });
    const changed = await change(id, { model: 'openai/b', model_settings: { temperature: null, max_tokens: 100 } });
    expect(changed).toMatchObject({ model: 'openai/b' });
    expect(changed.model_settings).toEqual({ max_tokens: 100, api_key_set: true });
    expect((await change(id, { name: 'B' })).model_settings).toEqual({ max_tokens: 100, api_key_set: true });
    expect((await change(id, { model_settings: { api_key: null } })).model_settings.api_key_set).toBe(false);
  });

  it.each([
    ['the provider changes', { model: 'anthropic/b' }],
    ['its address changes', { model_settings: { base_url: 'https://thief.example/v1' } }],
    ['another takes its place in the list', { fallbacks: [{ model: 'openai/b', base_url: 'https://thief.example' }] }],
  ])('do not send a key elsewhere when %s', async (_when, fields) => {
    const id = await service.createAssistant({
      model: 'openai/a',
      model_settings: { api_key: 'sk-1' },
      fallbacks: [{ model: 'groq/a', api_key: 'sk-2' }],
    });
    await change(id, fields);
    const elsewhere = (await choices(id)).filter(({ model, baseUrl }) => baseUrl || !/^(openai|groq)/.test(model));
    expect(elsewhere).toHaveLength(1);
    expect(elsewhere[0]?.apiKey).toBeUndefined();
  });

  it('leave the address of one provider behind when another is chosen', async () => {
    const id = await service.createAssistant({ model: 'custom/a', model_settings: { base_url: 'https://a.example' } });
    expect((await change(id, { model: 'openai/a' })).model_settings).toEqual({ api_key_set: false });
  });
});

it('guardrails, limits and built-in tools are replaced as a whole', async () => {
  const id = await service.createAssistant({
    guardrails: { prompt_injection: 'refuse', groundedness_threshold: 0.5 },
    limits: { steps: 4, tokens_per_day: 1_000_000 },
    built_in_tools: ['handover'],
  });
  const changed = await change(id, { guardrails: { groundedness: 'flag' }, limits: {}, built_in_tools: [] });
  expect(changed).toMatchObject({ guardrails: { groundedness: 'flag' }, limits: {}, built_in_tools: [] });
  expect(changed.guardrails).not.toHaveProperty('prompt_injection');
});

it.each<[object, string]>([
  [{ model: 'gpt-4' }, 'model: must be offline or provider/model'],
  [{ model: 'unknown/gpt-4' }, 'model: '],
  [{ model: 'openai/' }, 'model: '],
  [{ model: 'openai/a b' }, 'model: '],
  [{ model: 'custom/a' }, 'model_settings.base_url: '],
  [{ model: 7 }, 'model: '],
  [{ model_settings: [] }, 'model_settings: '],
  [{ model_settings: { temperature: 3 } }, 'model_settings.temperature: '],
  [{ model_settings: { max_tokens: 0 } }, 'model_settings.max_tokens: '],
  [{ model_settings: { base_url: 'x' } }, 'model_settings.base_url: '],
  [{ model_settings: { api_key: 'a b' } }, 'model_settings.api_key: '],
  [{ model_settings: { top_p: 1 } }, 'top_p: not a parameter'],
  [{ fallbacks: [{}] }, 'fallbacks.0.model: '],
  [{ fallbacks: [{ model: 'custom/a' }] }, 'fallbacks.0.base_url: '],
  [{ fallbacks: Array.from({ length: 6 }, () => ({ model: 'openai/a' })) }, 'fallbacks: must not hold more than 5'],
  [{ guardrails: { prompt_injection: 'shrug' } }, 'guardrails.prompt_injection: must be allow'],
  [{ guardrails: { groundedness_threshold: 2 } }, 'guardrails.groundedness_threshold: '],
  [{ limits: { steps: 0 } }, 'limits.steps: '],
  [{ limits: { dollars: 1 } }, 'dollars: not a parameter'],
  [{ built_in_tools: ['dance'] }, 'built_in_tools.0: must be handover'],
])('a mistake is refused by the name of the field, on creation and change: %#', async (fields, about) => {
  expectError(await service.call('post', '/v1/Assistants', { name: 'A', ...fields }), 400, 20001, about);
  const id = await service.createAssistant();
  expectError(await service.call('put', `/v1/Assistants/${id}`, fields), 400, 20001, about);
});
