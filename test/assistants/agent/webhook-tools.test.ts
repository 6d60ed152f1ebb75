import twilio from 'twilio';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAuthorize } from '../../../src/assistants/tools/authorize.ts';
import { inputSchemaOf } from '../../../src/assistants/tools/input-schema.ts';
import { webhookTool } from '../../../src/assistants/tools/webhook-tool.ts';
import { createGuardedDispatcher, fetchThrough } from '../../../src/http/outbound-guard.ts';
import type { Seen } from '../providers/fake-models.ts';
import { HARBOUR, SECRET } from '../support.ts';
import { type Ground, startGround } from './ground.ts';
import type { Heard } from './web-server.ts';

let ground: Ground;
beforeAll(async () => {
  ground = await startGround();
});
afterAll(() => ground.close());
beforeEach(() => {
  ground.web.heard.length = 0;
});

const orders = `export type Data = {
  // The number on the receipt
  id: string;
  tags?: string[];
  filter?: { open: boolean };
  days?: number;
};`;

/** A turn in which the model calls the tool with these arguments, and then says what it was told. */
async function called(tool: object, args: unknown, more: { session?: string; webhook?: string } = {}) {
  const assistantId = await ground.modelled();
  await ground.addTool(assistantId, { name: 'Find an order', meta: {}, ...tool });
  ground.model.will({ calls: [{ name: 'find_an_order', args }] }, ({ body }) => {
    const said = (body.messages as { role: string; content: string }[]).at(-1);
    return { text: `It says: ${said?.content}` };
  });
  const { body, session_id } = await ground.say(assistantId, 'Where is my order?', { session_id: more.session });
  return { told: body?.replace('It says: ', ''), assistantId, sessionId: session_id };
}

const meta = (path: string, more: object = {}) => ({ url: ground.web.url + path, input_schema: orders, ...more });
const isSigned = ({ url, headers }: Heard, body?: string) => {
  const signature = String(headers['x-twilio-signature']);
  return body === undefined
    ? twilio.validateRequest(SECRET, signature, url, {})
    : twilio.validateRequestWithBody(SECRET, signature, url, body);
};

describe('a webhook tool', () => {
  it('by POST gets its arguments as JSON, typed, with the query of its URL kept, and signed', async () => {
    ground.web.on('/orders', () => ({ body: '{"state":"on its way"}' }));
    const session = 'messaging__+15550100/49a1';
    const args = { id: 'A 1&2', tags: ['x', 'y'], days: 2 };
    const { told } = await called({ meta: meta('/orders?shop=12%2F3') }, args, { session });
    expect(told).toBe('{"state":"on its way"}');
    const [heard] = ground.web.heard as [Heard];
    expect(heard).toMatchObject({
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-session-id': session, 'x-identity': 'phone:+15550199' },
    });
    expect(heard.url).toContain('/orders?shop=12%2F3&bodySHA256=');
    expect(JSON.parse(heard.body)).toEqual(args);
    expect(isSigned(heard, heard.body)).toBe(true);
    expect(isSigned({ ...heard, url: `${heard.url}x` }, heard.body)).toBe(false);
  });

  it('by GET gets them in the query: lists as repeated parameters, objects as JSON', async () => {
    ground.web.on('/orders', () => ({ body: 'On its way.' }));
    const { told } = await called(
      { meta: meta('/orders?shop=12', { method: 'GET' }) },
      { id: 'ä&=', tags: ['x', 'y'], filter: { open: true }, days: 2 },
    );
    expect(told).toBe('On its way.');
    const [heard] = ground.web.heard as [Heard];
    expect(heard).toMatchObject({ method: 'GET', body: '' });
    expect([...new URL(heard.url).searchParams]).toEqual([
      ['shop', '12'],
      ['id', 'ä&='],
      ['tags', 'x'],
      ['tags', 'y'],
      ['filter', '{"open":true}'],
      ['days', '2'],
    ]);
    expect(isSigned(heard)).toBe(true);
  });

  it('is told of the session with the prefix webhook: when the answer goes to a webhook', async () => {
    ground.web.on('/orders', () => ({ body: 'Transferred to human agent' }));
    const assistantId = await ground.modelled();
    await ground.addTool(assistantId, { name: 'Transfer', meta: { url: `${ground.web.url}/orders` } });
    ground.model.will({ calls: [{ name: 'transfer', args: {} }] }, { text: 'Done.' });
    const request = {
      identity: 'user_id:7',
      body: 'A human, please',
      session_id: 'conversations__IS1/CH2',
      webhook: 'https://x.test/',
    };
    await ground.assistants.sendMessage(HARBOUR, assistantId, request);
    expect(ground.web.heard[0]?.headers).toMatchObject({
      'x-session-id': 'webhook:conversations__IS1/CH2',
      'x-identity': 'user_id:7',
    });
  });

  it('is shown to the model with the comments of its type, and only while it is enabled', async () => {
    const assistantId = await ground.modelled({ built_in_tools: [] });
    const tool = { name: 'Find an order', description: 'You MUST use this for orders.', meta: meta('/orders') };
    await ground.addTool(assistantId, tool);
    await ground.addTool(assistantId, { ...tool, name: 'Hidden', enabled: false });
    ground.model.will({ text: 'Hello.' });
    await ground.say(assistantId, 'Hello');
    const [{ body }] = ground.model.seen as [Seen];
    const tools = body.tools as { function: { name: string } }[];
    expect(tools.map((each) => each.function.name)).toEqual(['find_an_order']);
    expect(JSON.stringify(tools)).toContain('The number on the receipt');
    expect(JSON.stringify(tools)).toContain('You MUST use this for orders.');
  });

  it('is not called with arguments that do not fit', async () => {
    const { told } = await called({ meta: meta('/orders') }, { id: 7 });
    expect(told).toBe('Not called, because the arguments do not fit: id must be a string.');
    expect(ground.web.heard).toEqual([]);
  });

  it.each<[string, Parameters<Ground['web']['on']>[1], string | RegExp]>([
    [
      'says so with a status',
      () => ({ status: 503, body: 'closed today' }),
      'The tool failed with status 503. It says: closed today',
    ],
    [
      'is moved',
      () => ({ status: 302, headers: { location: 'http://127.0.0.1:1/' } }),
      "The tool's address has moved (status 302): its owner has to correct it.",
    ],
    ['says nothing', () => ({}), 'Done. The tool had nothing to say.'],
    ['says too much', () => ({ body: 'x'.repeat(40_000) }), /^x{32768}\n\[The rest is left out\.\]$/],
  ])('that %s is a result that the model reads', async (_what, reply, result) => {
    ground.web.on('/orders', reply);
    const { told, sessionId } = await called({ meta: meta('/orders') }, { id: '1' });
    if (typeof result === 'string') expect(told).toBe(result);
    else expect(told).toMatch(result);
    expect((await ground.messages(sessionId)).map(({ role }) => role)).toEqual(['user', 'tool', 'assistant']);
  });

  it('that nobody answers is a result too', async () => {
    const { told } = await called({ meta: { url: 'http://127.0.0.1:9/', input_schema: orders } }, { id: '1' });
    expect(told).toBe('The tool could not be reached.');
  });

  it('that hangs leaves the model half of the time that is left to answer without it', async () => {
    ground.web.on('/orders', () => new Promise(() => {}));
    const assistantId = await ground.modelled({ limits: { turn_seconds: 2 } });
    await ground.addTool(assistantId, { name: 'Find an order', meta: meta('/orders') });
    ground.model.will({ calls: [{ name: 'find_an_order', args: { id: '1' } }] }, { text: 'It does not work today.' });
    const { body, session_id } = await ground.say(assistantId, 'Where is it?');
    expect(body).toBe('It does not work today.');
    const [, call] = await ground.messages(session_id);
    expect(call?.content.output).toBe('The tool did not answer within 1 seconds.');
    expect(call?.meta.ms).toBeLessThan(1_500);
  });

  it('on a private network is not called where that is not allowed', async () => {
    const dispatcher = createGuardedDispatcher({ allowPrivate: false });
    const meta = { url: ground.web.url, method: 'GET' as const, input_schema: '' };
    const tool = { id: 'aia_tool_1', name: 'Find an order', description: '', type: 'WEBHOOK' as const, meta };
    const fetch = fetchThrough(dispatcher);
    const authorize = createAuthorize({ fetch, now: () => new Date() });
    const speaker = { accountSid: HARBOUR, sessionId: 's', identity: 'a:b' };
    const called = webhookTool(tool, inputSchemaOf('{}'), speaker, { fetch, authorize, sign: () => undefined });
    const options = { signal: new AbortController().signal, timeoutMs: 5_000, callKey: 'k' };
    expect(await called.call({}, options)).toEqual({
      ok: false,
      text: 'Not called: its address is in a private network, which is not allowed.',
    });
    expect(ground.web.heard).toEqual([]);
    await dispatcher.close();
  });

  it('may answer the customer itself, word by word', async () => {
    ground.web.on('/orders', () => ({ body: 'Your order *4711* leaves today.' }));
    const assistantId = await ground.modelled();
    await ground.addTool(assistantId, { name: 'Find an order', meta: meta('/orders', { final_response: true }) });
    ground.model.will({ calls: [{ name: 'find_an_order', args: { id: '1' } }] }, { text: 'Never said.' });
    expect(await ground.say(assistantId, 'Where is it?')).toMatchObject({ body: 'Your order *4711* leaves today.' });
    expect(ground.model.seen).toHaveLength(1);
  });

  it('that fails does not answer the customer itself', async () => {
    ground.web.on('/orders', () => ({ status: 500, body: 'stack trace' }));
    const assistantId = await ground.modelled();
    await ground.addTool(assistantId, { name: 'Find an order', meta: meta('/orders', { final_response: true }) });
    ground.model.will({ calls: [{ name: 'find_an_order', args: { id: '1' } }] }, { text: 'It does not work today.' });
    expect(await ground.say(assistantId, 'Where is it?')).toMatchObject({ body: 'It does not work today.' });
  });

  it('can tell a repeated turn by its idempotency token, and two like calls of one turn apart', async () => {
    ground.web.on('/orders', () => ({ body: 'ok' }));
    const assistantId = await ground.modelled();
    await ground.addTool(assistantId, { name: 'Find an order', meta: meta('/orders') });
    const call = { name: 'find_an_order', args: { id: '1' } };
    // The first attempt at the turn fails after its calls.
    ground.model.will({ calls: [call, call] }, { status: 503 }, { calls: [call, call] }, { text: 'Done.' });
    const send = () => ground.say(assistantId, 'Again', { session_id: 'repeated' }, 'turn-77');
    expect(await send()).toMatchObject({ status: 'Failed' });
    expect(await send()).toMatchObject({ status: 'Success', body: 'Done.' });
    const tokens = ground.web.heard.map(({ headers }) => String(headers['i-twilio-idempotency-token']));
    expect(new Set(tokens.slice(0, 2))).toEqual(new Set(tokens.slice(2)));
    expect(new Set(tokens)).toHaveProperty('size', 2);
  });
});

describe('a policy lets a tool in', () => {
  const withPolicy = (policy: object) => called({ meta: meta('/orders'), policy }, { id: '1' });
  const authorizations = (path: string) =>
    ground.web.heard.filter((heard) => heard.path === path).map(({ headers }) => headers.authorization);

  it.each([
    [{ type: 'bearer', policy_details: { token: 'tok' } }, 'authorization', 'Bearer tok'],
    [{ type: 'basic', policy_details: { username: 'u', password: 'p:w' } }, 'authorization', `Basic ${btoa('u:p:w')}`],
    [{ type: 'header', policy_details: { name: 'X-Api-Key', value: 'k' } }, 'x-api-key', 'k'],
  ])('by $type', async (policy, header, value) => {
    ground.web.on('/orders', () => ({ body: 'ok' }));
    await withPolicy(policy);
    expect(ground.web.heard[0]?.headers[header]).toBe(value);
  });

  it.each([
    [
      {
        type: 'oauth2_client_credentials',
        policy_details: { client_id: 'a:b', client_secret: 's&t', scope: 'orders.read' },
      },
      { grant_type: 'client_credentials', scope: 'orders.read' },
      `Basic ${btoa('a%3Ab:s%26t')}`,
    ],
    [
      { type: 'oauth2_password', policy_details: { client_id: 'app', username: 'u', password: 'p w' } },
      { grant_type: 'password', username: 'u', password: 'p w', client_id: 'app' },
      undefined,
    ],
  ])('by $type: the token is asked for once, and anew when it is refused', async (policy, form, authorization) => {
    let issued = 0;
    let valid = 1;
    ground.web.on('/token', () => {
      issued += 1;
      return { body: JSON.stringify({ access_token: `t${issued}`, token_type: 'Bearer', expires_in: 3600 }) };
    });
    ground.web.on('/orders', ({ headers }) =>
      headers.authorization === `Bearer t${valid}` ? { body: 'ok' } : { status: 401, body: 'no' },
    );
    const details = { ...policy.policy_details, token_url: `${ground.web.url}/token` };
    const assistantId = await ground.modelled();
    await ground.addTool(assistantId, {
      name: 'Find an order',
      meta: meta('/orders'),
      policy: { ...policy, policy_details: details },
    });
    const turn = async () => {
      ground.model.will({ calls: [{ name: 'find_an_order', args: { id: '1' } }] }, { text: 'Done.' });
      await ground.say(assistantId, 'Order 1', { session_id: `oauth ${policy.type}` });
    };
    await turn();
    await turn();
    expect(issued).toBe(1);
    valid = 2;
    await turn();
    expect(issued).toBe(2);
    expect(authorizations('/orders')).toEqual(['Bearer t1', 'Bearer t1', 'Bearer t1', 'Bearer t2']);
    expect(authorizations('/token')[0]).toBe(authorization);
    const asked = ground.web.heard.find(({ path }) => path === '/token') as Heard;
    expect(Object.fromEntries(new URLSearchParams(asked.body))).toEqual(form);
  });

  it('or tells the model that it does not, without any secret', async () => {
    ground.web.on('/token', () => ({ status: 400, body: '{"error":"invalid_client","secret":"s3cret"}' }));
    const details = { token_url: `${ground.web.url}/token`, client_id: 'a', client_secret: 's3cret' };
    const { told } = await withPolicy({ type: 'oauth2_client_credentials', policy_details: details });
    expect(told).toBe('Not called: The token endpoint answered with status 400.');
    expect(authorizations('/orders')).toEqual([]);
  });
});
