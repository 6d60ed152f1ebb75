import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { type Service, startService } from './support.ts';

let service: Service;
let site: Server;
let url: string;
const asked: (string | undefined)[] = [];
/** What the token endpoint gives out. */
let token: string | undefined;

beforeAll(async () => {
  site = createServer((request, response) => {
    if (request.url === '/robots.txt') return response.writeHead(404).end();
    if (request.url === '/token') return response.end(JSON.stringify({ access_token: token }));
    asked.push(request.headers.authorization);
    if (request.headers.authorization !== 'Bearer hidden') return response.writeHead(401).end();
    response.setHeader('content-type', 'text/html');
    response.end(
      '<html><head><title>Shop</title></head><body><main><h1>Hours</h1><p>We open at nine.</p></main></body></html>',
    );
  });
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(site.address() as AddressInfo).port}/`;
  service = await startService({ background: true, allowPrivateAddresses: true });
});
afterAll(async () => {
  await service.stop();
  site.close();
});

const statusOf = async (id: string) => (await service.call('get', `/v1/Knowledge/${id}/Status`).expect(200)).body;
const settled = (id: string) =>
  until('it was read', async () => {
    const status = await statusOf(id);
    return ['COMPLETED', 'FAILED'].includes(status.status) && status;
  });
const chunksOf = async (id: string) =>
  (await service.call('get', `/v1/Knowledge/${id}/Chunks`).expect(200)).body.chunks;

it('a file that was uploaded is read, and can be asked about', async () => {
  const assistantId = await service.createAssistant();
  const upload = service
    .call('post', '/v1/Knowledge/Upload')
    .field('name', 'Prices')
    .field('assistant_id', assistantId);
  upload.attach('file_0', Buffer.from('thing,price\nbell,$7\nbasket,$25\n'), 'prices.csv');
  const { body } = await upload.expect(201);
  expect(await settled(body.id)).toMatchObject({ status: 'COMPLETED', last_status: 'PROCESSING' });
  expect((await chunksOf(body.id))[0].content).toContain('basket');
  const answer = await service
    .call('post', `/v1/Assistants/${assistantId}/Messages`, { identity: 'a:b', body: 'What does a basket cost?' })
    .expect(200);
  expect(answer.body.body).toContain('$25');
});

it('a page is read with the policy of its source; without it, the reason is told', async () => {
  const source = { name: 'Shop', type: 'Web', knowledge_source_details: { source: url } };
  const { body: closed } = await service.call('post', '/v1/Knowledge', source).expect(201);
  expect(closed.status).toBe('QUEUED');
  expect(await settled(closed.id)).toMatchObject({ status: 'FAILED', reason: expect.stringContaining('401') });

  const policy = { type: 'bearer', policy_details: { token: 'hidden' } };
  await service.call('put', `/v1/Knowledge/${closed.id}`, { ...source, policy }).expect(200);
  await until('it was read', async () => (await statusOf(closed.id)).status === 'COMPLETED');
  expect(asked.at(-1)).toBe('Bearer hidden');
  const [chunk] = await chunksOf(closed.id);
  expect(chunk).toMatchObject({ content: expect.stringContaining('nine'), metadata: { position: 0, url } });
});

it('a page is read with a token that its policy asks for, and the reason is told where there is none', async () => {
  const policy_details = { token_url: `${url}token`, client_id: 'us', client_secret: 's3cret' };
  const policy = { type: 'oauth2_client_credentials', policy_details };
  const source = { name: 'Shop', type: 'Web', knowledge_source_details: { source: url }, policy };
  const { body } = await service.call('post', '/v1/Knowledge', source).expect(201);
  const { reason } = await until('it was tried', async () => {
    const status = await statusOf(body.id);
    return status.reason !== undefined && status;
  });
  expect(reason).toBe('Its policy lets nobody in: The token endpoint answered without an access_token.');
  token = 'hidden';
  await service.call('put', `/v1/Knowledge/${body.id}`, { knowledge_source_details: { source: url } }).expect(200);
  await until('it was read', async () => (await statusOf(body.id)).status === 'COMPLETED');
  expect(asked.at(-1)).toBe('Bearer hidden');
});
