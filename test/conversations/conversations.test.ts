import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPublishMedia } from '../../src/media/publish-media.ts';
import { createLogger } from '../../src/observability/logger.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { account, assistantId } from '../support/surroundings.ts';
import { until } from '../support/until.ts';
import { media, openChat } from './chats.ts';

let gateway: Gateway;
const dispatcher = new Agent();
const credentials = { username: account.sid, password: account.authToken };
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => Promise.all([gateway.close(), dispatcher.destroy()]));

describe.each(media)('In a Conversation by %s', (medium) => {
  test('the first message is answered there, once, under the ids of the samples', async () => {
    const chat = await openChat(gateway, medium);
    await chat.write('Hello');
    await gateway.settle();
    expect(await chat.said()).toEqual(['You said: Hello']);
    const [question] = gateway.assistant.asked.filter(({ sessionId }) => sessionId.includes(chat.sid));
    expect(question).toMatchObject({
      assistantId,
      sessionId: `conversations__${chat.serviceSid}/${chat.sid}`,
      identity: {
        'web chat': `user_id:${chat.customer}`,
        'Flex web chat': `flex_participant:${chat.customer}`,
        SMS: `user_id:${chat.customer}`,
        WhatsApp: chat.customer,
      }[medium],
    });
    expect(await chat.thread()).toMatchObject({ channel: 'conversation', theirs: chat.customer, settled: true });
  });

  test('a burst is answered in order, whatever arrives twice', async () => {
    const chat = await openChat(gateway, medium);
    await Promise.all(['one', 'two'].map((body) => chat.write(body, { copies: 3 })));
    await chat.write('three');
    await gateway.settle();
    const said = (await chat.said()).join('\n');
    expect(said.match(/one|two|three/g)).toHaveLength(3);
    const asked = gateway.questions().filter((body) => /^(?:one|two|three)(?:\n|$)/.test(body));
    const written = (await chat.seen()).messages.filter(({ by }) => by !== 'api').map(({ body }) => body);
    expect(asked.join('\n').split('\n').slice(-3)).toEqual(written);
  });

  test('a file is told of, and a file alone is no empty message', async () => {
    const chat = await openChat(gateway, medium);
    await chat.write('', { media: [{ contentType: 'image/png', data: 'iVBORw==' }] });
    await gateway.settle();
    expect(await chat.said()).toEqual([expect.stringMatching(/sent a file.* of type image\/png/)]);
  });

  test('the answer is delivered as receipts say', async () => {
    const chat = await openChat(gateway, medium);
    await chat.write('Hello');
    await gateway.settle();
    const status = medium === 'SMS' ? 'delivered' : medium === 'WhatsApp' ? 'read' : 'sent';
    await until('the receipt is applied', async () => (await chat.thread()).messages[0]?.status === status);
    expect((await chat.thread()).messages).toMatchObject([{ status, attempts: 1, sid: expect.stringMatching(/^IM/) }]);
  });
});

test('a picture in an answer is carried by the message on WhatsApp and MMS, or else its address is', async () => {
  const shop = createServer((request, response) => {
    if (request.url !== '/bike.png') return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': 'image/png' }).end('a picture');
  });
  await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve));
  const { port } = shop.address() as AddressInfo;
  const publish = createPublishMedia({
    accounts: new Map([[account.sid, { accountSid: account.sid, authTokens: [], ...credentials }]]),
    baseUrl: gateway.simulator.url,
    twilio: dispatcher,
    guarded: dispatcher,
    log: createLogger('silent'),
  });
  const chat = await openChat(gateway, 'WhatsApp');
  const sid = await publish(account.sid, chat.serviceSid, `http://127.0.0.1:${port}/bike.png`);
  expect(sid).toMatch(/^ME/);
  await chat.twilio.messages.create({ mediaSid: String(sid) });
  const [carried] = (await chat.seen()).messages;
  expect(carried?.media).toMatchObject([{ contentType: 'image/png' }]);
  expect(await publish(account.sid, chat.serviceSid, `http://127.0.0.1:${port}/none.png`)).toBeUndefined();
  expect(await publish(account.sid, 'IS1', `http://127.0.0.1:${port}/bike.png`)).toBeUndefined();

  // The web cannot be reached from here, as the gateway is set: a private network is none of its business.
  gateway.assistant.answer(() => `Look: ![A bike](https://127.0.0.1:${port}/bike.png)`);
  await chat.write('Show me');
  await gateway.settle();
  expect(await chat.said()).toContainEqual(`Look:\nhttps://127.0.0.1:${port}/bike.png`);
  shop.close();
});
