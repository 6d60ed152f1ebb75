import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { assistantId } from '../support/surroundings.ts';
import { until } from '../support/until.ts';
import { media, openChat } from './chats.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

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
