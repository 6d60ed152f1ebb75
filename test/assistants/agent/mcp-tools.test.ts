import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Seen } from '../providers/fake-models.ts';
import { type Ground, startGround } from './ground.ts';
import type { Heard, Reply } from './web-server.ts';

type Rpc = { id?: number; method: string; params: { name?: string; arguments?: Record<string, unknown> } };

const tools = [
  {
    name: 'Book-Repair',
    description: 'Books a repair.',
    inputSchema: {
      type: 'object',
      properties: {
        day: { type: 'string', description: 'As 2026-01-31', format: 'date' },
        hours: { type: 'integer', minimum: 1 },
        bike: { type: ['string', 'null'] },
        urgent: { oneOf: [{ const: true }, { const: false }] },
      },
      required: ['day'],
    },
  },
  { name: 'broken', inputSchema: { type: 'object' } },
];

/** A server of the Model Context Protocol, over streamable HTTP, as its specification has it. */
function mcp(request: Heard): Reply {
  if (request.headers.authorization !== 'Bearer let me in') return { status: 401 };
  if (request.method !== 'POST') return { status: request.method === 'DELETE' ? 200 : 405 };
  const { id, method, params } = JSON.parse(request.body) as Rpc;
  calls.push(method);
  if (id === undefined) return { status: 202 };
  if (method !== 'initialize' && request.headers['mcp-session-id'] !== 'session-1') return { status: 400 };
  const result = (value: object): Reply => ({
    headers: { 'content-type': 'application/json', 'mcp-session-id': 'session-1' },
    body: JSON.stringify({ jsonrpc: '2.0', id, result: value }),
  });
  switch (method) {
    case 'initialize':
      return result({
        protocolVersion: '2025-06-18',
        capabilities: { tools: {} },
        serverInfo: { name: 'workshop', version: '1.0.0' },
      });
    case 'tools/list':
      return result({ tools });
    case 'tools/call':
      return params.name === 'broken'
        ? result({ content: [{ type: 'text', text: 'no such day' }], isError: true })
        : result({ content: [{ type: 'text', text: `Booked for ${params.arguments?.day}.` }] });
    default:
      return { status: 404 };
  }
}

let ground: Ground;
const calls: string[] = [];
beforeAll(async () => {
  ground = await startGround();
  ground.web.on('/mcp', mcp);
});
afterAll(() => ground.close());
beforeEach(() => {
  calls.length = 0;
});

const server = (more: object = {}) => ({
  name: 'Workshop',
  type: 'MCP',
  meta: { url: `${ground.web.url}/mcp` },
  policy: { type: 'bearer', policy_details: { token: 'let me in' } },
  ...more,
});
const offered = (seen: Seen | undefined) =>
  ((seen?.body.tools ?? []) as { function: { name: string } }[]).map((tool) => tool.function.name);

it('the tools of a server are offered under names that a model can call, called, and their list is remembered', async () => {
  const assistantId = await ground.modelled({ built_in_tools: [] });
  await ground.addTool(assistantId, server());
  await ground.addTool(assistantId, { name: 'Book repair', meta: { url: `${ground.web.url}/other` } });
  ground.model.will(
    { calls: [{ name: 'book_repair', args: { day: '2026-01-31', hours: 2, bike: null, urgent: true } }] },
    ({ body }) => ({
      text: `It says: ${(body.messages as { content: string }[]).at(-1)?.content}`,
    }),
  );
  const { body } = await ground.say(assistantId, 'Book it');
  expect(offered(ground.model.seen[0])).toEqual(['book_repair', 'broken', 'book_repair_2']);
  expect(JSON.stringify(ground.model.seen[0]?.body.tools)).toContain('As 2026-01-31');
  expect(body).toBe('It says: Booked for 2026-01-31.');
  expect(calls.filter((method) => method === 'tools/call')).toHaveLength(1);
  ground.model.will({ text: 'Hello.' });
  await ground.say(assistantId, 'Hello');
  expect(calls.filter((method) => method === 'tools/list')).toHaveLength(1);
});

it('arguments are checked before the call, and what fails is a result that the model reads', async () => {
  const assistantId = await ground.modelled();
  await ground.addTool(assistantId, server());
  ground.model.will(
    { calls: [{ name: 'book_repair', args: {} }] },
    { calls: [{ name: 'book_repair', args: { day: 'Monday', hours: 1.5, bike: 7 } }] },
    { calls: [{ name: 'broken', args: {} }] },
    { text: 'It does not work.' },
  );
  const { session_id } = await ground.say(assistantId, 'Book it');
  const results = (await ground.messages(session_id)).filter(({ role }) => role === 'tool');
  expect(results.map(({ content }) => content.output)).toEqual([
    'Not called, because the arguments do not fit: day is missing.',
    'Not called, because the arguments do not fit: hours must be an integer.',
    'The tool failed. It says: no such day',
  ]);
  expect(calls.filter((method) => method === 'tools/call')).toHaveLength(1);
});

it('its tools may answer the customer themselves', async () => {
  const assistantId = await ground.modelled();
  await ground.addTool(assistantId, server({ meta: { url: `${ground.web.url}/mcp`, final_response: true } }));
  ground.model.will({ calls: [{ name: 'book_repair', args: { day: 'Monday' } }] }, { text: 'Never said.' });
  expect(await ground.say(assistantId, 'Book it')).toMatchObject({ body: 'Booked for Monday.' });
});

it.each([
  ['lets us in no more', { policy: null }],
  ['is not there', { meta: { url: 'http://127.0.0.1:9/mcp' } }],
])('a server that %s offers nothing, and the turn goes on', async (_why, more) => {
  const assistantId = await ground.modelled({ built_in_tools: [] });
  const id = await ground.addTool(assistantId, server());
  await ground.call('put', `/v1/Tools/${id}`, more).expect(200);
  ground.model.will({ text: 'Hello.' });
  expect(await ground.say(assistantId, 'Hello')).toMatchObject({ body: 'Hello.' });
  expect(offered(ground.model.seen[0])).toEqual([]);
});
