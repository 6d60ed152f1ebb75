// A process of its own: the least that any gateway has to do: node:http, the form parsed, the signature checked, 200.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parse } from 'node:querystring';
import { AUTH_TOKEN } from './requests.ts';

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const fields = parse(Buffer.concat(chunks).toString());
    let signed = `http://${request.headers.host}${request.url}`;
    for (const name of Object.keys(fields).sort()) signed += name + fields[name];
    const expected = createHmac('sha1', AUTH_TOKEN).update(signed, 'utf8').digest();
    const given = Buffer.from(String(request.headers['x-twilio-signature']), 'base64');
    const ok = given.length === expected.length && timingSafeEqual(given, expected);
    const body = '<Response/>';
    response.writeHead(ok ? 200 : 403, { 'content-type': 'text/xml', 'content-length': body.length });
    response.end(body);
  });
});
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('disconnect', () => process.exit(0));
