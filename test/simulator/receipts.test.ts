import { describe, expect, it } from 'vitest';
import { ours, phone, receiver, simulator } from './support.ts';

async function receipts(rules: object[], options: { channel?: string } = {}) {
  const gateway = await receiver((response) => response.writeHead(204).end());
  const tools = await simulator();
  await tools.faults(rules.map((fault) => ({ on: 'receipt', do: fault })));
  const prefix = options.channel === undefined ? '' : `${options.channel}:`;
  if (prefix !== '') await tools.text({ from: prefix + phone, to: prefix + ours, body: 'hi' });
  const { sid } = await tools.client.messages.create({
    to: prefix + phone,
    from: prefix + ours,
    body: 'hello',
    statusCallback: `${gateway.url}?row=1`,
  });
  await tools.quiet();
  const message = (await tools.messages()).find((candidate) => candidate.sid === sid);
  for (const request of gateway.received) {
    expect(gateway.signed(request)).toBe(true);
    expect(request.url).toContain('?row=1');
    expect(request.fields).toMatchObject({ MessageSid: sid, SmsSid: sid, To: prefix + phone, From: prefix + ours });
  }
  return { statuses: gateway.received.map(({ fields }) => fields.MessageStatus), gateway, message };
}

describe('delivery receipts', () => {
  it('tell each status after the first, in order', async () => {
    const { statuses, gateway, message } = await receipts([]);
    expect(statuses).toEqual(['sent', 'delivered']);
    expect(gateway.received.map(({ fields }) => fields.SmsStatus)).toEqual(statuses);
    expect(gateway.received[1]?.fields.RawDlrDoneDate).toMatch(/^\d{10}$/);
    expect(message?.history.map(({ status }) => status)).toEqual(['queued', 'sent', 'delivered']);
  });

  it('tell that a WhatsApp message was read', async () => {
    const { statuses, gateway } = await receipts([], { channel: 'whatsapp' });
    expect(statuses).toEqual(['sent', 'delivered', 'read']);
    expect(gateway.received[2]?.fields).toMatchObject({ ChannelPrefix: 'whatsapp', EventType: 'READ' });
  });

  it('can come out of order, repeated, both at once', async () => {
    const both = [{ kind: 'out-of-order' }, { kind: 'repeat', times: 1 }];
    expect((await receipts(both)).statuses).toEqual(['delivered', 'delivered', 'sent', 'sent']);
  });

  it('can fail with a code', async () => {
    const undelivered = await receipts([{ kind: 'status', status: 'undelivered', errorCode: 30003 }]);
    expect(undelivered.statuses).toEqual(['sent', 'undelivered']);
    expect(undelivered.gateway.received[1]?.fields.ErrorCode).toBe('30003');
    const failed = await receipts([{ kind: 'status', status: 'failed', errorCode: 30007 }]);
    expect(failed.statuses).toEqual(['failed']);
    expect(failed.message).toMatchObject({ status: 'failed', errorCode: 30007 });
  });

  it('can be lost while the log knows better', async () => {
    const { statuses, message } = await receipts([{ kind: 'lose' }]);
    expect(statuses).toEqual([]);
    expect(message?.status).toBe('delivered');
  });

  it('can be late while the log knows better', async () => {
    const gateway = await receiver();
    const { client, faults, messages, read } = await simulator();
    await faults([{ on: 'receipt', do: { kind: 'delay', ms: 600_000 } }]);
    await client.messages.create({ to: phone, from: ours, body: 'x', statusCallback: gateway.url });
    await expect.poll(async () => (await messages())[0]?.status).toBe('delivered');
    expect((await read('/simulator/stats')).underWay).toBe(1);
    expect(gateway.received).toEqual([]);
  });

  it('go to the number’s callback where the message names none', async () => {
    const gateway = await receiver();
    const { client, send, quiet } = await simulator();
    await send('PUT', `/simulator/numbers/${encodeURIComponent(ours)}`, {
      smsUrl: gateway.url,
      statusCallback: gateway.url,
    });
    await client.messages.create({ to: phone, from: ours, body: 'x' });
    await quiet();
    expect(gateway.received.map(({ fields }) => fields.MessageStatus)).toEqual(['sent', 'delivered']);
  });
});
