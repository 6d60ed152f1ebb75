// A process of its own: what one writes in an afternoon. Express, the signature checked, 200, and then, in memory, the
// assistant is asked and its answer sent. No queue, no store, no order, nothing survives.
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { Agent, request as call } from 'undici';
import { ACCOUNT_SID, AUTH_TOKEN, PATH } from './requests.ts';

const stubs = process.argv[2] as string;
const dispatcher = new Agent({ connections: 512 });
const authorization = `Basic ${Buffer.from(`${ACCOUNT_SID}:${AUTH_TOKEN}`).toString('base64')}`;

const app = express();
app.post(PATH, express.urlencoded({ extended: false }), (request, response) => {
  let signed = `http://${request.headers.host}${request.originalUrl}`;
  for (const name of Object.keys(request.body).sort()) signed += name + request.body[name];
  const expected = createHmac('sha1', AUTH_TOKEN).update(signed, 'utf8').digest();
  const given = Buffer.from(String(request.headers['x-twilio-signature']), 'base64');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return void response.sendStatus(403);
  response.type('text/xml').send('<Response/>');
  void reply(request.body);
});

async function reply({ From, To, Body }: Record<string, string>): Promise<void> {
  const asked = await call(`${stubs}/v1/Assistants/a/Messages`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ identity: `phone:${From}`, session_id: `messaging__${To}/${From}`, body: Body }),
    dispatcher,
  });
  const { body } = (await asked.body.json()) as { body: string };
  const sent = await call(`${stubs}/2010-04-01/Accounts/${ACCOUNT_SID}/Messages.json`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ From: To as string, To: From as string, Body: body }).toString(),
    dispatcher,
  });
  await sent.body.json();
}

const server = app.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('disconnect', () => process.exit(0));
