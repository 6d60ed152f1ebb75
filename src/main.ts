import { startTandem, type Tandem } from './compose.ts';
import { configFrom } from './config/config.ts';
import { ConfigError, readEnvironment } from './config/env.ts';
import { createLogger } from './observability/logger.ts';
import { startTracingSdk } from './observability/tracing-sdk.ts';

/** Longer than the parts take together; after it the process ends whatever hangs. */
const STOP_LIMIT = 10_000;

async function main(): Promise<void> {
  const config = configFrom(readEnvironment(process.env));
  const log = createLogger(config.log.level);
  const startedAt = Date.now();
  const traces = config.traces ? await startTracingSdk() : undefined;
  let tandem: Tandem | undefined;
  let stopping = false;

  const stop = (signal: NodeJS.Signals) => {
    if (stopping) {
      log.warn({ signal }, 'stop.forced');
      process.exit(1);
    }
    stopping = true;
    log.info({ signal }, 'stop.begun');
    setTimeout(() => process.exit(1), STOP_LIMIT).unref();
    const stopped = Promise.resolve(tandem?.stop()).finally(() => traces?.stop());
    // A collector that is away keeps nobody from stopping.
    stopped
      .catch((error) => log.warn({ err: error }, 'stop.failed'))
      .finally(() => {
        log.info('stop.done');
        log.flush(() => process.exit(0));
      });
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);

  tandem = await startTandem(config, log);
  log.info({ url: tandem.url, local: config.local, durationMs: Date.now() - startedAt }, 'start.done');
  if (config.local) process.stderr.write(welcome(tandem.url));
}

/** What a person wants to know first, beside the log. */
function welcome(url: string): string {
  return `
  Tandem is running in local mode: its carrier is simulated, nothing leaves this machine.

  Look at it:   ${url}/console
  Text it:      npm run text -- "When are you open?"
  Or by hand:   curl ${url}/simulator/texts -H 'content-type: application/json' \\
                  -d '{"from": "+15551230001", "to": "+15550001000", "body": "Hello"}'
  And then:     npx tandem --help
  A real number: set TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and PUBLIC_URL (README, "Production")

`;
}

main().catch((error) => {
  // Before anything runs a sentence is worth more than a stack; ConfigError lists all problems.
  const message = error instanceof ConfigError ? error.message : `Tandem could not start: ${(error as Error).message}`;
  process.stderr.write(`${message}\n`);
  process.exit(1);
});
