import { describe, expect, it } from 'vitest';
import { clientOf, ours, phone, receiver, simulator } from './support.ts';

const message = { to: phone, from: ours, body: 'hello' };

describe('faults of creating a message', () => {
  it('refuses with a status and a time to wait, and stores nothing', async () => {
    const { client, faults, messages, url } = await simulator();
    await faults([{ on: 'create', times: 2, do: { kind: 'status', status: 429, retryAfter: 3 } }]);
    await expect(client.messages.create(message)).rejects.toMatchObject({ status: 429, code: 20429 });
    const http = clientOf(url);
    await expect(http.messages.create(message)).rejects.toMatchObject({ status: 429 });
    expect(http.httpClient.lastResponse?.headers['retry-after']).toBe('3');
    expect(await messages()).toEqual([]);
    await expect(client.messages.create(message)).resolves.toBeDefined();
  });

  it('answers as a gateway would: 502 is no JSON', async () => {
    const { client, faults } = await simulator();
    await faults([{ on: 'create', do: { kind: 'status', status: 502 } }]);
    await expect(client.messages.create(message)).rejects.toSatisfy(
      (error) => error.status === 502 && error.code === undefined,
    );
  });

  it.each([
    ['accept-then-hang', { kind: 'accept-then-hang' }],
    ['accept-then-reset', { kind: 'accept-then-reset' }],
    ['accept-then-status', { kind: 'accept-then-status', status: 500 }],
  ])('%s: the caller sees a failure, the message is on its way', async (_name, fault) => {
    const { faults, messages, quiet, url } = await simulator();
    await faults([{ on: 'create', times: 1, do: fault }]);
    await expect(clientOf(url, undefined, undefined, 500).messages.create(message)).rejects.toThrow();
    await quiet();
    expect((await messages()).map(({ body, status }) => [body, status])).toEqual([['hello', 'delivered']]);
  });

  it('answers late when told how late', async () => {
    const { client, faults, messages, quiet } = await simulator();
    await faults([{ on: 'create', do: { kind: 'accept-then-hang', ms: 60 } }]);
    const created = client.messages.create(message);
    await quiet();
    await expect.poll(async () => (await messages()).length).toBe(1);
    expect((await created).status).toBe('queued');
  });

  it('resets before anything is stored', async () => {
    const { client, faults, messages } = await simulator();
    await faults([{ on: 'create', times: 1, do: { kind: 'reset' } }]);
    await expect(client.messages.create(message)).rejects.toThrow();
    expect(await messages()).toEqual([]);
  });

  it('a slow request of a caller that gave up takes no effect', async () => {
    const { client, faults, messages, url } = await simulator();
    await faults([{ on: 'create', times: 2, do: { kind: 'slow', ms: 300 } }]);
    await expect(clientOf(url, undefined, undefined, 100).messages.create(message)).rejects.toThrow();
    await expect(client.messages.create(message)).resolves.toBeDefined();
    expect(await messages()).toHaveLength(1);
  });

  it('strikes only the addresses it names', async () => {
    const { client, faults } = await simulator();
    await faults([{ on: 'create', to: phone, do: { kind: 'status', status: 503 } }]);
    await expect(client.messages.create({ ...message, to: '+15551239999' })).resolves.toBeDefined();
    await expect(client.messages.create(message)).rejects.toMatchObject({ status: 503, code: 20500 });
  });
});

describe('faults of listing', () => {
  it('fails, then lags behind: what is newer than that is not shown', async () => {
    let clock = new Date('2026-01-01T00:00:00Z');
    const { client, faults } = await simulator({ now: () => clock });
    await client.messages.create(message);
    await faults([
      { on: 'list', times: 1, do: { kind: 'status', status: 500 } },
      { on: 'list', do: { kind: 'stale', ms: 5000 } },
    ]);
    await expect(client.messages.list()).rejects.toMatchObject({ status: 500 });
    expect(await client.messages.list()).toEqual([]);
    clock = new Date('2026-01-01T00:00:05Z');
    expect(await client.messages.list()).toHaveLength(1);
  });
});

describe('faults of webhooks', () => {
  it('loses one for good, and keeps the message', async () => {
    const gateway = await receiver();
    const { text, client, faults } = await simulator({ defaultWebhook: gateway.url });
    await faults([{ on: 'webhook', times: 1, do: { kind: 'lose' } }]);
    expect((await text({ body: 'lost' })).webhook).toEqual({ status: null, attempts: 2, errorCode: 11205 });
    expect(gateway.received).toEqual([]);
    expect((await client.messages.list({ to: ours })).map(({ body }) => body)).toEqual(['lost']);
  });

  it('retries one that could not connect', async () => {
    const gateway = await receiver();
    const { text, faults } = await simulator({ defaultWebhook: gateway.url });
    await faults([{ on: 'webhook', do: { kind: 'reset' } }]);
    expect((await text({ body: 'again' })).webhook).toEqual({ status: 200, attempts: 2, errorCode: null });
    expect(gateway.received).toHaveLength(1);
  });

  it('delivers one several times', async () => {
    const gateway = await receiver();
    const { text, faults } = await simulator({ defaultWebhook: gateway.url });
    await faults([{ on: 'webhook', do: { kind: 'duplicate', times: 2 } }]);
    const { sid } = await text({ body: 'echo' });
    expect(gateway.received.map(({ fields }) => fields.MessageSid)).toEqual([sid, sid, sid]);
  });
});

describe('fault rules', () => {
  it('strike alike under the same seed, and differently under another', async () => {
    const { client, faults } = await simulator();
    const run = async (seed: number) => {
      await faults({ seed, rules: [{ on: 'list', chance: 0.5, do: { kind: 'status', status: 500 } }] });
      const struck: boolean[] = [];
      for (let n = 0; n < 24; n += 1) {
        struck.push(
          await client.messages.list({ limit: 1 }).then(
            () => false,
            () => true,
          ),
        );
      }
      return struck;
    };
    const first = await run(7);
    expect(first).toContain(true);
    expect(first).toContain(false);
    expect(await run(7)).toEqual(first);
    expect(await run(8)).not.toEqual(first);
  });

  it('are refused whole when one of them is not understood', async () => {
    const { send, client, read } = await simulator();
    const answer = await send('PUT', '/simulator/faults', [
      { on: 'create', do: { kind: 'reset' } },
      { on: 'create', do: { kind: 'explode' } },
    ]);
    expect(answer.status).toBe(400);
    expect(answer.body.message).toContain('rules[1].do');
    await expect(client.messages.create(message)).resolves.toBeDefined();
    expect((await read('/simulator/faults')).rules).toEqual([]);
  });

  it('end when they are deleted', async () => {
    const { send, faults, client, read } = await simulator();
    await faults([{ on: 'create', do: { kind: 'status', status: 500 } }]);
    await expect(client.messages.create(message)).rejects.toMatchObject({ status: 500 });
    await send('DELETE', '/simulator/faults');
    await expect(client.messages.create(message)).resolves.toBeDefined();
    expect((await read('/simulator/stats')).faults.create).toBe(1);
  });
});
