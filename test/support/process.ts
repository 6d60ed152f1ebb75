import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { until } from './until.ts';

export type GatewayProcess = {
  exited: Promise<{ code: number | null }>;
  output(): { stdout: string; stderr: string };
  kill(signal: NodeJS.Signals): void;
};

/** `npm start` with nothing in its environment but what is given. */
export function startProcess(env: Record<string, string>): GatewayProcess {
  const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts'], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr?.setEncoding('utf8').on('data', (chunk) => {
    stderr += chunk;
  });
  return {
    exited: once(child, 'close').then(([code]) => ({ code })),
    output: () => ({ stdout, stderr }),
    kill: (signal) => void child.kill(signal),
  };
}

/** Resolves once the gateway at that URL says that it is ready. Starting takes a second, and long on a busy machine. */
export async function ready(url: string): Promise<void> {
  await until(`${url} is ready`, async () => (await fetch(`${url}/readyz`).catch(() => undefined))?.ok, 50_000);
}
