import type { Gateway } from './gateway.ts';
import { pause } from './process.ts';
import type { Progress } from './traffic.ts';

/** What trouble has at hand. */
export type Scene = {
  gateways: Gateway[];
  assistants: { setDown(down: boolean): void };
  progress: Progress;
  /** Counts what was done to the gateway or to what it needs. */
  strike(): void;
};

export type Trouble = (scene: Scene) => Promise<void>;

/** The same trouble again and again, each time some `ms` after the one before. */
export function repeated(times: number, ms: number, trouble: (n: number, scene: Scene) => Promise<void>): Trouble {
  const part = (n: number) => ({ from: n / (times + 1), to: (n + 1) / (times + 1), ms });
  return async (scene) => {
    for (let n = 0; n < times; n += 1) {
      scene.progress.go(part(n));
      await trouble(n, scene);
      scene.strike();
    }
    scene.progress.go(part(times));
    await Promise.all(scene.gateways.map((gateway) => gateway.ready()));
    await pause(ms);
  };
}

/** In what the gateway is interrupted: it holds answers back for three seconds after it began to listen. */
const moments = ['answering', 'fetching', 'starting', 'answering'] as const;

/** Kills the gateway at random moments and starts it again at once. Texts come in all the time. */
export function kills(times: number): Trouble {
  return async ({ gateways, progress, strike }) => {
    const gateway = gateways[0] as Gateway;
    for (let n = 0; n < times; n += 1) {
      const at = (part: number) => (n + part) / times;
      const moment = moments[n % moments.length];
      progress.go({ from: at(0), to: at(0.4), ms: 1_500 });
      if (moment !== 'starting') {
        await gateway.listening();
        progress.go({ from: at(0.4), to: at(1), ms: 4_000 });
      }
      await pause((moment === 'answering' ? 3_000 : 0) + Math.random() * 1_500);
      await gateway.end('SIGKILL');
      strike();
      gateway.start();
    }
    await gateway.listening();
  };
}

/** Takes one process after another away while the others work, by turns politely and not. */
export function rollingDeploys(times: number, signals: readonly NodeJS.Signals[]): Trouble {
  return repeated(times, 3_000, async (n, { gateways }) => {
    const gateway = gateways[n % gateways.length] as Gateway;
    await pause(Math.random() * 2_000);
    await gateway.end(signals[Math.floor(n / gateways.length) % signals.length] as NodeJS.Signals);
    gateway.start();
    await gateway.listening();
  });
}
