import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request, as it came over the wire. */
export type Heard = { method: string; path: string; url: string; headers: IncomingHttpHeaders; body: string };
export type Reply = { status?: number; headers?: Record<string, string>; body?: string };

export type WebServer = {
  url: string;
  heard: Heard[];
  /** Answers under this path from now on, whatever the query. */
  on(path: string, reply: (heard: Heard) => Reply | Promise<Reply>): void;
  close(): Promise<void>;
};

/** Somebody else's server: webhooks of tools, token endpoints, and the like. */
export async function startWebServer(): Promise<WebServer> {
  const heard: Heard[] = [];
  const replies = new Map<string, (heard: Heard) => Reply | Promise<Reply>>();
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const [path = ''] = (request.url ?? '').split('?');
    const one = {
      method: request.method ?? '',
      path,
      url: `${web.url}${request.url}`,
      headers: request.headers,
      body,
    };
    heard.push(one);
    const { status = 200, headers = {}, body: said = '' } = (await replies.get(path)?.(one)) ?? { status: 404 };
    response.writeHead(status, headers).end(said);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const web: WebServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
    on: (path, reply) => void replies.set(path, reply),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return web;
}
