import { type ChildProcess, execFileSync, fork, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { ACCOUNT_SID, AUTH_TOKEN } from './requests.ts';

export type Running = { child: ChildProcess; port: number; stop(): Promise<void> };

const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** Starts one of the bench's own processes; it reports its port. */
export async function startHelper(name: string, args: string[] = []): Promise<Running> {
  const child = fork(file(name), args, {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const port = await new Promise<number>((resolve, reject) => {
    child.once('message', (message: { port: number }) => resolve(message.port));
    child.once('exit', () => reject(new Error(`${name} did not start`)));
  });
  return { child, port, stop: () => ended(child, () => child.disconnect()) };
}

/** Compiles the gateway, as its image does: what a developer starts has names kept for every closure, which costs. */
export function build(): void {
  execFileSync('npm', ['run', 'build'], { cwd: file('../..'), stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Starts the compiled gateway as an operator would, against the stubs. */
export async function startGateway(options: {
  databaseUrl: string;
  redisUrl: string | undefined;
  stubs: string;
  roles: string;
}): Promise<Running> {
  const port = await freePort();
  const child = spawn(process.execPath, [file('../../dist/main.js')], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PATH: process.env.PATH,
      PORT: String(port),
      HOST: '127.0.0.1',
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      DATABASE_URL: options.databaseUrl,
      REDIS_URL: options.redisUrl ?? '',
      TWILIO_ACCOUNT_SID: ACCOUNT_SID,
      TWILIO_AUTH_TOKEN: AUTH_TOKEN,
      TWILIO_API_BASE_URL: options.stubs,
      ASSISTANTS_BASE_URL: options.stubs,
      ASSISTANT_ID: 'bench',
      ADMIN_TOKEN: 'bench-admin-token',
      SECRETS_KEY: '0'.repeat(64),
      ROLES: options.roles,
    },
  });
  const url = `http://127.0.0.1:${port}/readyz`;
  for (let tries = 0; ; tries++) {
    const ready = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) break;
    if (child.exitCode !== null || tries > 300) throw new Error('the gateway did not become ready');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { child, port, stop: () => ended(child, () => child.kill('SIGTERM')) };
}

async function ended(child: ChildProcess, end: () => void): Promise<void> {
  if (child.exitCode !== null) return;
  const over = new Promise((resolve) => child.once('exit', resolve));
  end();
  await over;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** CPU seconds of a process, and of its children if asked, so far (Linux only; 0 elsewhere). */
export function cpuSeconds(pid: number, withChildren = false): number {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((name) => stat(Number(name)))
      .filter((process) => process !== undefined)
      .filter((process) => process.pid === pid || (withChildren && process.parent === pid))
      .reduce((sum, process) => sum + process.cpu, 0);
  } catch {
    return 0;
  }
}

function stat(pid: number): { pid: number; parent: number; cpu: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { pid, parent: Number(fields[1]), cpu: (Number(fields[11]) + Number(fields[12])) / 100 };
  } catch {
    return undefined;
  }
}

/** Highest resident memory of a process so far, in MiB. */
export function peakMemory(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) / 1024;
  } catch {
    return Number.NaN;
  }
}
