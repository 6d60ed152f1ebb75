import type { Logger } from '../observability/logger.ts';
import { OutcomeUnknown, TryLater } from '../twilio/http-client.ts';
import { within } from '../within.ts';

export type Recovery = {
  /** Workers may begin: whatever was missed is stored, in its place. */
  isOpen(): boolean;
  /** Something was missed up to now: fetch it before anything newer is answered. */
  missed(): void;
  /** A message comes in. Before the first one, whatever stands between Twilio and us may not have known of us yet. */
  reached(): void;
  /** Webhooks are taken from now on: fetches what was missed before. Resolves after the first attempt. */
  begin(): Promise<void>;
  stop(): void;
};

const RETRY = 1_000;
/** Twilio may be away for hours; those whose messages did arrive are not made to wait for it longer than this. */
const PATIENCE = 10_000;
const EVERY = 3 * 60_000;

/**
 * Runs the backfill at start, after an outage and every few minutes. Until what an outage swallowed is stored,
 * nothing is answered, or a customer's second message would be answered before the first.
 */
export function createRecovery(parts: {
  /** `isMissed`: something certainly was; otherwise it is only looked whether something was. */
  backfill: (isMissed: boolean) => Promise<{ numbers: number }>;
  /** How far Twilio's log may be behind what it received, in milliseconds. */
  logLag: number;
  opened: () => void;
  log: Logger;
}): Recovery {
  const { logLag, log } = parts;
  let missedAt = Date.now();
  let closedSince: number | undefined = missedAt;
  let running: Promise<void> | undefined;
  let retry: NodeJS.Timeout | undefined;
  let stopped = false;
  let isReached = false;

  function open(): void {
    if (closedSince === undefined || stopped) return;
    closedSince = undefined;
    parts.opened();
  }

  /** Resolves with the time until the next attempt; undefined when all that was missed is stored. */
  async function attempt(): Promise<number | undefined> {
    const askedAt = Date.now();
    try {
      const { numbers } = await within(
        PATIENCE,
        parts.backfill(closedSince !== undefined),
        () => new OutcomeUnknown('Twilio took too long to list its messages.'),
      );
      // A log that was read too early need not show what came in last, unless there is no log to read.
      const completeAt = missedAt + logLag;
      if (numbers > 0 && askedAt < completeAt) return Math.max(0, completeAt - Date.now());
      if (numbers === 0) isReached = true; // a first start: nobody has ever texted us
      open();
      return undefined;
    } catch (error) {
      log.warn({ err: error }, 'backfill.failed');
      const twilioAway = error instanceof TryLater || error instanceof OutcomeUnknown;
      if (twilioAway && Date.now() - (closedSince ?? 0) > PATIENCE) open();
      return RETRY;
    }
  }

  function run(): Promise<void> {
    clearTimeout(retry);
    retry = undefined;
    running ??= attempt().then((again) => {
      running = undefined;
      if (again !== undefined) runIn(again);
    });
    return running;
  }

  function runIn(ms: number): void {
    if (stopped) return;
    retry = setTimeout(run, ms);
    retry.unref();
  }

  function missed(): void {
    missedAt = Date.now();
    closedSince ??= missedAt;
    if (!running && !retry) runIn(logLag);
  }

  const timer = setInterval(run, EVERY);
  timer.unref();
  return {
    isOpen: () => closedSince === undefined,
    missed,
    reached() {
      if (isReached) return;
      isReached = true;
      missed();
    },
    begin() {
      missedAt = Date.now();
      return run();
    },
    stop() {
      stopped = true;
      clearInterval(timer);
      clearTimeout(retry);
    },
  };
}
