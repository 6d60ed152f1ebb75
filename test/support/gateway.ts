import { test as base } from 'vitest';
import { startTandem, type Tandem } from '../../src/compose.ts';
import { configFrom } from '../../src/config/config.ts';
import { readEnvironment } from '../../src/config/env.ts';
import { createLogger } from '../../src/observability/logger.ts';
import { sql } from '../../src/store/database.ts';
import { createSurroundings, type Surroundings, type SurroundingsOptions } from './surroundings.ts';

export type Gateway = Surroundings & {
  /** Every line that it has logged, parsed. */
  log: LogLine[];
  /** Resolves once what was missed is stored, nothing is due and Twilio's stand-in has nothing under way. */
  settle(): Promise<void>;
  stop(): Promise<void>;
  start(): Promise<void>;
  restart(): Promise<void>;
};

export type LogLine = { level: string; msg: string } & Record<string, unknown>;

const SETTLE_LIMIT = 20_000;

/** The whole gateway in this process, and all that it deals with. */
export async function startGateway(options: SurroundingsOptions = {}): Promise<Gateway> {
  const surroundings = await createSurroundings(options);
  const log: LogLine[] = [];
  const config = configFrom(readEnvironment({ LOG_LEVEL: 'debug', ...surroundings.env }));
  const logger = createLogger(config.log.level, { write: (line) => void log.push(JSON.parse(line)) });
  let tandem: Tandem | undefined;

  async function start(): Promise<void> {
    tandem = await startTandem(config, logger);
  }
  async function stop(): Promise<void> {
    await tandem?.stop();
    tandem = undefined;
  }
  /** Before the test runs out of time, which says nothing. */
  async function explain(what: string): Promise<void> {
    const due = await surroundings.db.query(sql`select * from gateway.thread where due_at is not null`);
    const lines = log.slice(-30).map((line) => JSON.stringify(line));
    console.error([what, ...due.map((row) => JSON.stringify(row)), ...lines].join('\n'));
  }
  await start();
  return {
    ...surroundings,
    log,
    start,
    stop,
    async settle() {
      const deadline = setTimeout(() => explain('It does not settle.'), SETTLE_LIMIT);
      await tandem?.settle();
      await surroundings.simulator.quiet();
      await tandem?.settle();
      clearTimeout(deadline);
    },
    async restart() {
      await stop();
      await start();
    },
    async close() {
      // First, so that what hangs there does not hold the others up.
      await surroundings.assistant.close();
      await stop();
      await surroundings.close();
    },
  };
}

type Fixtures = { gateway: (options?: SurroundingsOptions) => Promise<Gateway> };

/** A test that may start gateways, which end with it. */
export const test = base.extend<Fixtures>({
  gateway: async ({ task: _ }, use) => {
    const started: Gateway[] = [];
    await use(async (options) => {
      const gateway = await startGateway(options);
      started.push(gateway);
      return gateway;
    });
    await Promise.all(started.map((gateway) => gateway.close()));
  },
});
