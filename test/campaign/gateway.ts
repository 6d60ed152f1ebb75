import { until } from '../support/until.ts';
import { type Program, runModule } from './process.ts';

export type Gateway = ReturnType<typeof createGateway>;

/** Long enough for any machine: it ends only what would never end. */
const START = 60_000;

/** The gateway as a process of its own that can be ended and started again on the same port. */
export function createGateway(options: { port: number; env: Record<string, string>; logFile: string }) {
  const { port, logFile } = options;
  const url = `http://127.0.0.1:${port}`;
  const env = { ...options.env, PORT: String(port), HOST: '127.0.0.1' };
  let program: Program | undefined;

  async function isFine(path: string): Promise<boolean> {
    try {
      return (await fetch(url + path, { signal: AbortSignal.timeout(3_000) })).ok;
    } catch {
      return false;
    }
  }

  return {
    start(): void {
      program = runModule('src/main.ts', [], logFile, env);
    },
    /** Resolves once it takes webhooks. */
    listening: () => until(`it listens (see ${logFile})`, () => isFine('/healthz'), START),
    /** Resolves once its store and its queue are there too. */
    ready: () => until(`it is ready (see ${logFile})`, () => isFine('/readyz'), START),
    async end(signal: NodeJS.Signals): Promise<void> {
      await program?.end(signal);
      program = undefined;
    },
  };
}
