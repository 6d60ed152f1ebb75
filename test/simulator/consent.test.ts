import { describe, expect, it } from 'vitest';
import { ours, phone, receiver, serviceSid, simulator } from './support.ts';

describe('STOP, START and HELP', () => {
  it.each(['STOP', ' unsubscribe ', 'OptOut'])('%s blocks the number for that phone until START', async (word) => {
    const gateway = await receiver();
    const { client, text, messages } = await simulator({ defaultWebhook: gateway.url });
    await text({ body: word });
    expect(gateway.received).toHaveLength(1);
    const send = (to: string) => client.messages.create({ to, from: ours, body: 'x' });
    await expect(send(phone)).rejects.toMatchObject({ status: 400, code: 21610 });
    await expect(send('+15551239999')).resolves.toBeDefined();
    await text({ body: 'unstop' });
    await expect(send(phone)).resolves.toBeDefined();
    const replies = (await messages()).filter((message) => message.origin === 'carrier');
    expect(replies.map((reply) => reply.body.slice(0, 40))).toEqual(
      ['You have successfully been unsubscribed. ', 'You have successfully been re-subscribed'].map((body) =>
        body.slice(0, 40),
      ),
    );
  });

  it('answers HELP, and not a YES from somebody who never said STOP', async () => {
    const { text, messages } = await simulator();
    await text({ body: 'yes' });
    await text({ body: 'please stop' });
    await text({ body: 'help' });
    const replies = (await messages()).filter((message) => message.origin === 'carrier');
    expect(replies.map((reply) => reply.body)).toEqual(['Reply STOP to unsubscribe. Msg&Data Rates May Apply.']);
  });

  it('does not act on words in WhatsApp', async () => {
    const { client, text } = await simulator();
    const addresses = { from: `whatsapp:${phone}`, to: `whatsapp:${ours}` };
    await text({ ...addresses, body: 'STOP' });
    await expect(client.messages.create({ to: addresses.from, from: addresses.to, body: 'x' })).resolves.toMatchObject({
      status: 'queued',
    });
  });

  it('covers the whole Messaging Service that the number is in', async () => {
    const { client, text, send } = await simulator();
    const second = '+15550002000';
    for (const number of [ours, second]) {
      await send('PUT', `/simulator/numbers/${encodeURIComponent(number)}`, {
        smsUrl: 'http://127.0.0.1:1/',
        messagingServiceSid: serviceSid,
      });
    }
    await text({ body: 'STOP' });
    const blocked = { code: 21610 };
    await expect(client.messages.create({ to: phone, from: second, body: 'x' })).rejects.toMatchObject(blocked);
    await expect(
      client.messages.create({ to: phone, messagingServiceSid: serviceSid, body: 'x' }),
    ).rejects.toMatchObject(blocked);
  });

  it('follows Advanced Opt-Out, whose replies are not in the log', async () => {
    const gateway = await receiver();
    const { client, text, messages } = await simulator({ defaultWebhook: gateway.url });
    await text({ body: 'genug', optOutType: 'STOP' });
    expect(gateway.received[0]?.fields.OptOutType).toBe('STOP');
    await expect(client.messages.create({ to: phone, from: ours, body: 'x' })).rejects.toMatchObject({ code: 21610 });
    expect(await messages()).toHaveLength(1);
  });
});

describe('the WhatsApp window', () => {
  it('is open for 24 hours after the customer wrote; outside it a message fails after it was accepted', async () => {
    let clock = new Date('2026-01-01T00:00:00Z');
    const { client, text, quiet } = await simulator({ now: () => clock });
    const addresses = { to: `whatsapp:${phone}`, from: `whatsapp:${ours}` };
    const fate = async (content: object) => {
      const { sid, status } = await client.messages.create({ ...addresses, ...content });
      expect(status).toBe('queued');
      await quiet();
      const message = await client.messages(sid).fetch();
      return [message.status, message.errorCode];
    };
    expect(await fate({ body: 'cold' })).toEqual(['failed', 63016]);
    await text({ from: addresses.to, to: addresses.from, body: 'hi' });
    clock = new Date('2026-01-01T23:59:59Z');
    expect(await fate({ body: 'warm' })).toEqual(['read', null]);
    clock = new Date('2026-01-02T00:00:00Z');
    expect(await fate({ body: 'cold again' })).toEqual(['failed', 63016]);
    expect(await fate({ contentSid: `HX${'e'.repeat(32)}` })).toEqual(['read', null]);
  });
});
