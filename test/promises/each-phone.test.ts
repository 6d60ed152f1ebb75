import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { assistantId, newPhone, ours } from '../support/surroundings.ts';

/** What test/conversations proves of Conversations, of threads that are none. */

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

describe.each([
  ['SMS', '', 'phone:'],
  ['WhatsApp', 'whatsapp:', ''],
])('By %s', (_, prefix, identityPrefix) => {
  function open() {
    const customer = prefix + newPhone();
    return {
      customer,
      write: (body: string, more: object = {}) => gateway.text(customer, body, { to: prefix + ours, ...more }),
      said: () => gateway.simulator.texts(customer),
      asked: () => gateway.assistant.asked.filter(({ identity }) => identity === identityPrefix + customer),
    };
  }

  test('the first message is answered, once, under the ids of the samples', async () => {
    const phone = open();
    await phone.write('Hello');
    await gateway.settle();
    expect(await phone.said()).toEqual(['You said: Hello']);
    expect(phone.asked()).toMatchObject([
      { assistantId, sessionId: expect.stringMatching(new RegExp(`^messaging__${prefix}\\${ours}/`)) },
    ]);
  });

  test('a burst is answered in order, whatever arrives twice', async () => {
    const phone = open();
    for (const body of ['one', 'two', 'three']) await phone.write(body, { copies: 3 });
    await gateway.settle();
    const asked = phone.asked().filter(({ nth }) => nth === 1);
    expect(asked.flatMap(({ body }) => body.split('\n'))).toEqual(['one', 'two', 'three']);
    expect(await phone.said()).toEqual(asked.map(({ body }) => `You said: ${body}`));
  });

  test('a file is told of, and a file alone is no empty message', async () => {
    const phone = open();
    await phone.write('', { media: [{ contentType: 'image/png', data: 'iVBORw==' }] });
    await gateway.settle();
    expect(await phone.said()).toEqual([expect.stringMatching(/sent a file.* of type image\/png/)]);
  });

  test('stop ends it, also for who asks for a human then', async () => {
    const phone = open();
    await phone.write('STOP');
    await phone.write('agent');
    await phone.write('Hello?');
    await gateway.settle();
    expect(await phone.said()).toEqual([]);
  });
});
