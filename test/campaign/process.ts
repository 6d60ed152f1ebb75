import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createServer } from 'node:net';

/** Ended with this process, whatever ends it. */
const children = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

export type Program = { pid: number; firstLine: Promise<string>; end(signal: NodeJS.Signals): Promise<void> };

/** A program of its own; all it prints goes to `logFile`. Ended by its pid. */
export function run(command: string, args: string[], logFile: string, env?: Record<string, string>): Program {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: env && { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
  });
  children.add(child);
  const log = createWriteStream(logFile, { flags: 'a' });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const exited = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  }).then(() => {
    children.delete(child);
    log.end();
  });
  const firstLine = Promise.race([
    once(child.stdout, 'data').then(([chunk]) => String(chunk)),
    exited.then(() => {
      throw new Error(`${command} ${args.join(' ')} ended at once: see ${logFile}`);
    }),
  ]);
  firstLine.catch(() => undefined);
  return {
    pid: child.pid as number,
    firstLine,
    async end(signal) {
      child.kill(signal);
      await exited;
    },
  };
}

export function runModule(path: string, args: string[], logFile: string, env?: Record<string, string>): Program {
  return run(process.execPath, ['--import', 'tsx', path, ...args], logFile, env);
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
