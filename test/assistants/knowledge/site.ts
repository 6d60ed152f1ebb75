import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A website on this machine. It remembers what was asked of it, and by whom. */
export type Site = {
  origin: string;
  /** By path. What is not there is a 404. */
  pages: Record<string, string | Answer>;
  asked: string[];
  requests: IncomingMessage[];
  close(): Promise<void>;
};

export async function startSite(pages: Site['pages'] = {}): Promise<Site> {
  const site: Site = { origin: '', pages, asked: [], requests: [], close };
  const server = createServer((request, response) => {
    site.asked.push(request.url ?? '');
    site.requests.push(request);
    const page = site.pages[request.url ?? ''];
    if (typeof page === 'function') return page(request, response);
    if (page === undefined) return response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>Not found</h1>');
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  site.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return site;

  async function close(): Promise<void> {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
}

export const html = (title: string, body: string, head = ''): string =>
  `<!doctype html><html><head><title>${title}</title>${head}</head><body><main><h1>${title}</h1>${body}</main></body></html>`;

export const links = (...paths: string[]): string => paths.map((path) => `<a href="${path}">more</a>`).join(' ');

export const send =
  (status: number, headers: Record<string, string>, body: string | Buffer = ''): Answer =>
  (_request, response) =>
    void response.writeHead(status, headers).end(body);

export const redirect = (location: string, status = 302): Answer => send(status, { location });
