import { execFile } from 'node:child_process';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { commands } from '../../src/cli/commands.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { adminToken, newPhone, threadKeyOf } from '../support/surroundings.ts';

let gateway: Gateway;
const phone = newPhone();
const other = newPhone();

beforeAll(async () => {
  vi.stubEnv('ADMIN_TOKEN', adminToken);
  gateway = await startGateway({ env: { TURN_ATTEMPTS: '1', HANDOFF_ON_FAILURE: 'false', LOG_LEVEL: 'silent' } });
  gateway.assistant.answer(({ body }) => (body === 'fail' ? { status: 400 } : `You said: ${body}`));
  await gateway.text(phone, 'Hello');
  await gateway.text(`whatsapp:${phone}`, 'Hello too', { to: 'whatsapp:+15550001000' });
  await gateway.text(other, 'fail');
  await gateway.settle();
});
afterEach(() => vi.restoreAllMocks());
afterAll(async () => {
  vi.unstubAllEnvs();
  await gateway.close();
});

/** A command in this process: what it printed and its exit code, or the error that it ended with. */
async function run(name: string, ...args: string[]): Promise<{ code: number | undefined; printed: string }> {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  const entry = commands[name];
  if (!entry) throw new Error(`There is no command ${name}.`);
  const { run: command } = await entry.load();
  try {
    const code = await command([...args, '--url', gateway.url]);
    return { code, printed: log.mock.calls.map(([line]) => line).join('\n') };
  } catch (error) {
    return { code: (error as { exitCode?: number }).exitCode ?? 2, printed: (error as Error).message };
  } finally {
    log.mockRestore();
  }
}

const json = async (name: string, ...args: string[]) => JSON.parse((await run(name, ...args, '--json')).printed);

it('threads lists them with their last words, and narrows them down', async () => {
  const { code, printed } = await run('threads');
  expect(code).toBe(0);
  expect(printed).toMatch(new RegExp(`${phone.slice(1)} .*← You said: Hello$`, 'm'));
  const { threads } = await json('threads', '--channel', 'whatsapp');
  expect(threads.map(({ channel }: { channel: string }) => channel)).toEqual(['whatsapp']);
});

it('thread tells one from beginning to end, by its key or by the number where that is the only one', async () => {
  const { printed } = await run('thread', threadKeyOf(phone));
  expect(printed).toMatch(/→ customer {3}Hello\n.*turn answered\n.*← answer {5}You said: Hello {2}(sent|delivered)/s);
  expect((await run('thread', other)).printed).toContain('turn failed');
  const ambiguous = await run('thread', phone);
  expect([ambiguous.code, ambiguous.printed]).toEqual([1, expect.stringContaining(threadKeyOf(phone))]);
});

it('thread hands over and back', async () => {
  expect((await json('thread', threadKeyOf(phone), '--hand-off')).thread.handling).toBe('human');
  expect((await run('thread', threadKeyOf(phone), '--return')).code).toBe(0);
  await gateway.settle();
  expect((await gateway.thread(phone)).handling).toBe('assistant');
});

it('failures tells the cause and what to do; retry mends it', async () => {
  const { printed } = await run('failures');
  expect(printed).toMatch(/turn in sms:.*\n.*refused.*\(assistant_refused\)\n {2}\S/);
  const { failures } = await json('failures');
  gateway.assistant.answer(() => 'Now it works.');
  expect((await run('retry', failures[0].id)).printed).toBe('1 to be tried again.');
  await gateway.settle();
  expect((await run('failures')).printed).toBe('Nothing needs a person.');
  expect(await json('retry', '--all')).toEqual({ retried: 0 });
});

it('erase takes a customer on every channel, and nobody else', async () => {
  expect((await run('erase', phone)).printed).toMatch(/say --yes/);
  const { erased } = await json('erase', phone, '--yes');
  expect(Object.keys(erased).sort()).toEqual([`phone:${phone}`, `whatsapp:${phone}`]);
  const { threads } = await json('threads');
  expect(threads.map(({ theirs }: { theirs: string }) => theirs)).toEqual([other]);
  expect((await run('erase', phone, '--yes')).code).toBe(1);
});

it('what is wrong is told with an exit code of its own', async () => {
  expect((await run('thread', 'sms:+1:+2')).code).toBe(1);
  expect((await run('thread')).code).toBe(2);
  expect((await run('threads', '--colour')).code).toBe(2);
  vi.stubEnv('ADMIN_TOKEN', 'not-the-token-at-all');
  expect((await run('threads')).code).toBe(4);
  vi.stubEnv('ADMIN_TOKEN', adminToken);
});

it('every command teaches with --help, and a word that is none is answered with the one that was meant', {
  timeout: 30_000,
}, async () => {
  for (const [name, { load }] of Object.entries(commands)) {
    const { help } = await load();
    for (const part of [`npx tandem ${name}`, 'Exit codes', '  0  '])
      expect([name, help]).toEqual([name, expect.stringContaining(part)]);
  }
  const [misspelt, list, nowhere] = await Promise.all([
    tandem('treads'),
    tandem('--help'),
    tandem('threads', '--url', 'http://127.0.0.1:1'),
  ]);
  expect([misspelt.code, misspelt.stderr]).toEqual([2, expect.stringContaining('Did you mean threads?')]);
  expect(Object.keys(commands).filter((name) => !list.stdout.includes(`  ${name} `))).toEqual([]);
  expect([nowhere.code, nowhere.stderr]).toEqual([3, expect.stringContaining('npx tandem start')]);
  // Nothing here is a terminal: no colours.
  expect(misspelt.stderr + list.stdout).not.toContain(String.fromCharCode(27));
});

function tandem(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['src/cli/bin.js', ...args], (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    );
  });
}
