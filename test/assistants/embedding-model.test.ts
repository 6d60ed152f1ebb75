import { afterAll, beforeAll, expect, it } from 'vitest';
import { ConfigError, readEnvironment } from '../../src/config/env.ts';
import { sql } from '../../src/store/database.ts';
import { until } from '../support/until.ts';
import { startEmbeddingsServer } from './knowledge/embeddings-server.ts';
import { type Service, startService } from './support.ts';

let server: Awaited<ReturnType<typeof startEmbeddingsServer>>;
let service: Service;
beforeAll(async () => {
  server = await startEmbeddingsServer();
  service = await startService({
    background: true,
    providerKeys: { openai: 'sk-env' },
    embedding: { model: 'openai/text-embedding-3-small', baseUrl: server.url },
  });
});
afterAll(async () => {
  await service.stop();
  await server.close();
});

it('knowledge is found by its meaning where an embedding model is set up', async () => {
  const assistantId = await service.createAssistant();
  await service.addText(assistantId, 'Course fees', 'Whoever registers before May pays ten percent less.');
  const ask = async () => {
    const message = { identity: 'a:b', body: 'Any discount for early birds?' };
    const { body } = await service.call('post', `/v1/Assistants/${assistantId}/Messages`, message).expect(200);
    return body;
  };
  await until('it has a vector', async () => {
    const rows = await service.db.query(sql`select 1 from assistants.chunk_embedding`);
    return rows.length > 0;
  });
  const { session_id } = await ask();
  expect(server.requests.at(-1)).toMatchObject({
    model: 'text-embedding-3-small',
    input: ['Any discount for early birds?'],
    key: 'Bearer sk-env',
  });
  const path = `/v1/Sessions/${session_id}/Messages`;
  const { body } = await service.call('get', path).expect(200);
  expect(body.messages[1].meta.run.knowledge).toMatchObject([{ source: 'Course fees', score: 1 }]);
});

it.each([
  ['EMBEDDING_MODEL', { EMBEDDING_MODEL: 'text-embedding-3-small' }],
  ['EMBEDDING_MODEL', { EMBEDDING_MODEL: 'anthropic/x' }],
  ['EMBEDDING_BASE_URL', { EMBEDDING_MODEL: 'custom/nomic-embed-text' }],
])('a wrong %s stops the start: %j', (name, environment) => {
  expect(() => readEnvironment(environment)).toThrow(ConfigError);
  expect(() => readEnvironment(environment)).toThrow(`${name}: `);
});
