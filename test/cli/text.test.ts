import { execFile } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createSimulator } from '../../src/simulator/server.ts';
import { account, clientOf, nowhere } from '../simulator/support.ts';

type Gateway = {
  /** What the assistant answers, in parts. */
  answer?: (fields: Record<string, string>) => string[];
  status?: number;
  settled?: () => boolean;
};

/** The least that the command expects of a gateway in local mode: simulator, webhook, and the state of a thread. */
async function gateway({ answer = () => [], status = 200, settled = () => true }: Gateway = {}) {
  const app = express();
  let url = '';
  const simulator = createSimulator({ accounts: [account], defaultWebhook: () => `${url}/webhook`, receiptDelay: 1 });
  app.use(simulator.app);
  const texts: Record<string, string>[] = [];
  const threads: string[] = [];
  app.post('/webhook', express.urlencoded({ extended: false }), async (request, response) => {
    texts.push(request.body);
    for (const body of answer(request.body)) {
      await clientOf(url).messages.create({ to: request.body.From, from: request.body.To, body });
    }
    response.status(status).type('text/xml').send('<Response/>');
  });
  app.get('/console/api/threads/:key', (request, response) => {
    threads.push(request.params.key);
    response.json({ settled: settled() });
  });
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  onTestFinished(async () => {
    await simulator.close();
    server.closeAllConnections();
    server.close();
  });
  return { url, texts, threads };
}

function text(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['--import', 'tsx', 'src/cli/tandem.ts', 'text', ...args], (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    );
  });
}

describe('npm run text', { timeout: 20_000 }, () => {
  it('prints what was said and what was answered, with its fate', async () => {
    const { url, threads } = await gateway({ answer: ({ Body }) => [`You said ${Body}`, 'two\nlines'] });
    const { code, stdout } = await text('Hello', 'there', '--url', url);
    expect(stdout).toBe(
      [
        '→ you        Hello there',
        '← assistant  You said Hello there  ✓✓ delivered',
        '← assistant  two',
        '             lines  ✓✓ delivered',
        '',
      ].join('\n'),
    );
    expect(code).toBe(0);
    expect(threads[0]).toBe('sms:+15550001000:+15551230001');
  });

  it('texts over WhatsApp, with media', async () => {
    const { url, texts, threads } = await gateway({ answer: () => ['nice'] });
    const folder = await mkdtemp(join(tmpdir(), 'text-'));
    await writeFile(join(folder, 'a.png'), 'not really');
    const { code, stdout } = await text('--whatsapp', '--url', url, '--media', join(folder, 'a.png'));
    expect(stdout).toBe('→ you        [1 attached]\n← assistant  nice  ✓✓ read\n');
    expect(code).toBe(0);
    expect(texts[0]).toMatchObject({ From: 'whatsapp:+15551230001', NumMedia: '1', MediaContentType0: 'image/png' });
    expect(threads[0]).toBe('whatsapp:+15550001000:+15551230001');
  });

  it('says it was silence, or the carrier, when the assistant has nothing to say', async () => {
    const { url } = await gateway();
    expect((await text('Hello', '--url', url)).stdout).toContain('The assistant stayed silent.');
    expect((await text('STOP', '--url', url)).stdout).toContain(
      '← carrier    You have successfully been unsubscribed.',
    );
  });

  it('prints one JSON object when asked', async () => {
    const { url } = await gateway({ answer: () => ['hi'] });
    const { stdout } = await text('Hello', '--json', '--url', url);
    expect(JSON.parse(stdout)).toMatchObject({
      settled: true,
      sent: { webhook: { status: 200 } },
      answers: [{ body: 'hi', status: 'delivered' }],
    });
  });

  it('waits until the gateway says that it settled', async () => {
    let asked = 0;
    const { url } = await gateway({ settled: () => ++asked > 3 });
    expect((await text('Hello', '--url', url)).code).toBe(0);
    expect(asked).toBe(4);
  });

  it('gives up in time, after it said that it waits', async () => {
    const { url } = await gateway({ settled: () => false });
    const { code, stderr } = await text('Hello', '--url', url, '--timeout', '4s');
    expect(code).toBe(5);
    expect(stderr).toContain('… waiting for the assistant (');
    expect(stderr).toContain('Nothing settled within 4 s.');
  });

  it('says that no gateway runs', async () => {
    const { code, stderr } = await text('Hello', '--url', await nowhere());
    expect(code).toBe(3);
    expect(stderr).toContain('Start it with npm start');
  });

  it('says that a gateway has no simulator', async () => {
    const server = createServer((_request, response) => response.writeHead(404).end('Not found'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { code, stderr } = await text('Hello', '--url', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    expect(code).toBe(4);
    expect(stderr).toContain('local mode');
  });

  it('says that the gateway refused the text', async () => {
    const { url } = await gateway({ status: 403 });
    const { code, stderr } = await text('Hello', '--url', url);
    expect(code).toBe(1);
    expect(stderr).toContain('refused the text with 403');
  });

  it.each([
    [[], 'Say something'],
    [['Hello', '--form', '+1555'], "Unknown option '--form'"],
    [['Hello', '--timeout', 'soon'], '--timeout soon is not a time'],
    [['Hello', '--media', 'no-such-file.png'], 'cannot be read'],
    [['Hello', '--url', 'localhost'], 'is not a URL'],
  ])('does not guess: %j', async (args, sentence) => {
    const { code, stderr } = await text(...args);
    expect(code).toBe(2);
    expect(stderr).toContain(sentence);
  });

  it('explains a number that is none', async () => {
    const { url } = await gateway();
    const { code, stderr } = await text('Hello', '--from', 'Bob', '--url', url);
    expect(code).toBe(2);
    expect(stderr).toContain('must be a number like +15551230001');
  });

  it('teaches with --help', async () => {
    const { code, stdout } = await text('--help');
    expect(code).toBe(0);
    for (const option of ['--from', '--to', '--whatsapp', '--media', '--url', '--timeout', '--json']) {
      expect(stdout).toContain(option);
    }
  });
});
