import { Agent, createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A load balancer: round robin over the ports that take connections. A request that breaks off under way is not repeated. */
export async function startProxy(ports: number[]): Promise<{ url: string; close(): Promise<void> }> {
  let turn = 0;
  const agent = new Agent({ keepAlive: false });

  function pass(request: IncomingMessage, body: Buffer, response: ServerResponse, [port, ...others]: number[]): void {
    const { method, url: path, headers } = request;
    const upstream = forward({ host: '127.0.0.1', port, method, path, headers, agent }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
      answer.once('error', () => response.destroy());
    });
    upstream.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' && others.length > 0) return pass(request, body, response, others);
      if (!response.headersSent) response.writeHead(502).end();
    });
    upstream.end(body);
  }

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      turn = (turn + 1) % ports.length;
      pass(request, Buffer.concat(chunks), response, [...ports.slice(turn), ...ports.slice(0, turn)]);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
