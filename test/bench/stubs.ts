// A process of its own: an assistant that echoes after a delay, and Twilio's create call, which notes when it was made.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

type Order = { kind: 'delay'; ms: number } | { kind: 'collect'; count: number };

let delay = 0;
let wanted = Number.POSITIVE_INFINITY;
let sent: [string, string][] = [];

function report(): void {
  if (sent.length < wanted) return;
  process.send?.({ sent });
  sent = [];
  wanted = Number.POSITIVE_INFINITY;
}

const server = createServer((request, response) => {
  const arrived = process.hrtime.bigint();
  let body = '';
  request.setEncoding('utf8');
  request.on('data', (chunk) => {
    body += chunk;
  });
  request.on('end', () => {
    const json = (status: number, value: object) => {
      const text = JSON.stringify(value);
      response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
      response.end(text);
    };
    if (request.method === 'GET') {
      const meta = { key: 'conversations', next_page_url: null };
      return json(200, { messages: [], next_page_uri: null, conversations: [], meta });
    }
    if (request.url?.endsWith('/Messages.json')) {
      const fields = new URLSearchParams(body);
      const ids = fields.get('Body')?.match(/[a-z0-9]+-\d+/g) ?? [];
      for (const id of ids) sent.push([id, String(arrived)]);
      const sid = `SM${process.hrtime.bigint().toString(16).padStart(32, '0')}`;
      json(201, { sid, status: 'queued', body: fields.get('Body'), to: fields.get('To'), from: fields.get('From') });
      report();
      return;
    }
    const { body: text, session_id } = JSON.parse(body) as { body: string; session_id: string };
    const answer = () =>
      json(200, { status: 'Success', session_id, account_sid: '', body: text, flagged: false, aborted: false });
    if (delay === 0) answer();
    else setTimeout(answer, delay);
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('message', (order: Order) => {
  if (order.kind === 'delay') delay = order.ms;
  else wanted = order.count;
  report();
});
process.on('disconnect', () => process.exit(0));
