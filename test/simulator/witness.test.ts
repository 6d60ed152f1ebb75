import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { account, clientOf, ours, phone, receiver, simulator } from './support.ts';

describe('the witness', () => {
  it('tells every message in order of creation, filtered as asked', async () => {
    const { client, text, messages } = await simulator();
    const { sequence } = await text({ body: '1' });
    await client.messages.create({ to: phone, from: ours, body: '2' });
    await text({ from: '+15551239999', body: '3' });
    const bodies = async (query: Record<string, string>) =>
      (await messages(new URLSearchParams(query).toString())).map(({ body }) => body);
    expect(await bodies({})).toEqual(['1', '2', '3']);
    expect(await bodies({ from: phone })).toEqual(['1']);
    expect(await bodies({ to: ours })).toEqual(['1', '3']);
    expect(await bodies({ number: phone })).toEqual(['1', '2']);
    expect(await bodies({ after: String(sequence) })).toEqual(['2', '3']);
  });

  it('counts', async () => {
    const gateway = await receiver();
    const { client, text, read, quiet } = await simulator({ defaultWebhook: gateway.url });
    await text({ body: 'a' });
    await text({ body: 'b' });
    await client.messages.create({ to: phone, from: ours, body: 'c', statusCallback: gateway.url });
    await quiet();
    expect(await read('/simulator/stats')).toEqual({
      messages: { inbound: 2, 'outbound-api': 1, 'outbound-reply': 0 },
      statuses: { received: 2, delivered: 1 },
      dropped: 0,
      callsToWebhooks: { attempts: 4, answered: 4, failed: 0 },
      receipts: { answered: 2, failed: 0 },
      faults: { create: 0, list: 0, call: 0, webhook: 0, interaction: 0, receipt: 0 },
      underWay: 0,
    });
  });

  it('forgets messages, blocks and windows when told', async () => {
    const { client, text, send, messages } = await simulator();
    await text({ body: 'STOP' });
    await send('DELETE', '/simulator/messages');
    expect(await messages()).toEqual([]);
    await expect(client.messages.create({ to: phone, from: ours, body: 'x' })).resolves.toBeDefined();
  });

  it('drops the oldest beyond its limit and says how many', async () => {
    const { client, text, messages, read } = await simulator({ limit: 10 });
    for (let n = 0; n < 12; n += 1) await text({ body: `${n}` });
    const kept = await messages();
    expect(kept.at(-1)?.body).toBe('11');
    expect(kept.length).toBeLessThanOrEqual(10);
    expect((await read('/simulator/stats')).dropped).toBe(12 - kept.length);
    expect(await client.messages.list({ pageSize: 3 })).toHaveLength(kept.length);
  });

  it('streams what happens, as it happens', async () => {
    const { client, text, url } = await simulator();
    const response = await fetch(`${url}/simulator/events`);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    await text({ body: 'in' });
    await client.messages.create({ to: phone, from: ours, body: 'out' });
    let stream = '';
    while (!stream.includes('"status":"delivered"')) stream += (await reader?.read())?.value ?? '';
    await reader?.cancel();
    expect([...stream.matchAll(/^event: (.*)$/gm)].map((match) => match[1])).toEqual([
      'text.received',
      'message.created',
      'message.status',
      'message.status',
    ]);
  });
});

describe('the control routes', () => {
  it('answer only to a Host that is this machine', async () => {
    const { url, read } = await simulator();
    const statusFor = async (host: string) => {
      const [response] = await once(request(`${url}/simulator/messages`, { headers: { host } }).end(), 'response');
      response.resume();
      return response.statusCode;
    };
    for (const host of ['localhost:3000', '127.0.0.1', '[::1]:80']) expect(await statusFor(host)).toBe(200);
    for (const host of ['evil.example', '127.0.0.1.evil.example', 'localhost.evil.example:80']) {
      expect(await statusFor(host)).toBe(403);
    }
    expect((await read('/simulator/stats')).messages.inbound).toBe(0);
  });

  it('take JSON only, so that no page can post a form here', async () => {
    const { url, messages } = await simulator();
    const body = JSON.stringify({ from: phone, to: ours, body: 'x' });
    const posted = await fetch(`${url}/simulator/texts`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'text/plain' },
    });
    expect(posted.status).toBe(400);
    expect(await messages()).toEqual([]);
  });

  it('answer bad JSON, too much of it, and unknown paths with what is wrong', async () => {
    const { url, send } = await simulator();
    const headers = { 'content-type': 'application/json' };
    const put = (body: string) => fetch(`${url}/simulator/faults`, { method: 'PUT', headers, body });
    expect((await put('{')).status).toBe(400);
    expect((await put(`"${'x'.repeat(300_000)}"`)).status).toBe(413);
    expect((await send('GET', '/simulator/nothing')).status).toBe(404);
    const answer = await send('PUT', '/simulator/numbers/x', { smsUrl: 'ftp://x' });
    expect(answer).toMatchObject({ status: 400 });
    expect(answer.body.message).toContain('smsUrl');
  });
});

describe('the simulator as a process of its own', () => {
  it('prints where it is, works, and ends on SIGTERM', async () => {
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', 'src/simulator/main.ts', '--port', '0', '--account', `${account.sid}:${account.authToken}`],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    onTestFinished(() => void child.kill('SIGKILL'));
    const [line] = await once(createInterface({ input: child.stdout }), 'line');
    const { url } = JSON.parse(line);
    const created = await clientOf(url).messages.create({ to: phone, from: ours, body: 'x' });
    expect(created.status).toBe('queued');
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  }, 20_000);
});
