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
  return async (scene) => {
    for (let n = 0; n < times; n += 1) {
      scene.progress.begin(n, times + 1, ms);
      await trouble(n, scene);
      scene.strike();
    }
    scene.progress.begin(times, times + 1, ms);
    await Promise.all(scene.gateways.map((gateway) => gateway.ready()));
    await pause(ms);
  };
}

/** Kills the gateway at random moments and starts it again at once. */
export function kills(times: number): Trouble {
  return repeated(times, 3_000, async (_, { gateways }) => {
    const gateway = gateways[0] as Gateway;
    await gateway.killAtRandom();
    gateway.start();
  });
}

/** Takes one process after another away while the others work, by turns politely and not. */
export function rollingDeploys(times: number, signals: NodeJS.Signals[]): Trouble {
  return repeated(times, 3_000, async (n, { gateways }) => {
    const gateway = gateways[n % gateways.length] as Gateway;
    await pause(Math.random() * 2_000);
    await gateway.end(signals[Math.floor(n / gateways.length) % signals.length] as NodeJS.Signals);
    gateway.start();
    await gateway.listening();
  });
}
