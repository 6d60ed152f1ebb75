import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { type Ground, startGround } from './ground.ts';

let ground: Ground;
let server: Server;
let url: string;

/** A server written with the protocol's official SDK: each request is served by a session of its own. */
function workshop(): McpServer {
  const mcp = new McpServer({ name: 'workshop', version: '1.0.0' });
  mcp.registerTool(
    'price',
    { description: 'What a repair costs.', inputSchema: { repair: z.enum(['brakes', 'tyre']) } },
    async ({ repair }) => ({ content: [{ type: 'text', text: repair === 'tyre' ? '15 dollars' : '40 dollars' }] }),
  );
  return mcp;
}

beforeAll(async () => {
  ground = await startGround();
  server = createServer(async (request, response) => {
    const transport = new StreamableHTTPServerTransport();
    response.on('close', () => void transport.close());
    await workshop().connect(transport as Parameters<McpServer['connect']>[0]);
    await transport.handleRequest(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await ground.close();
});

it('a server written with the official SDK gives its tools, and answers calls', async () => {
  const assistantId = await ground.modelled({ built_in_tools: [] });
  await ground.addTool(assistantId, { name: 'Workshop', type: 'MCP', meta: { url } });
  ground.model.will({ calls: [{ name: 'price', args: { repair: 'tyre' } }] }, ({ body }) => ({
    text: `A tyre is ${(body.messages as { content: string }[]).at(-1)?.content}.`,
  }));
  expect(await ground.say(assistantId, 'What is a tyre?')).toMatchObject({ body: 'A tyre is 15 dollars.' });
});
