import type { Logger } from '../observability/logger.ts';
import { OutcomeUnknown, TryLater } from '../twilio/http-client.ts';

export type Recovery = {
  /** Workers may begin: whatever was missed is stored, in its place. */
  isOpen(): boolean;
  /** Something was missed: fetch it before anything newer is answered. */
  missed(): void;
  /** Fetches what was missed while no process listened. Resolves when that is done, or has failed for now. */
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
export function createRecovery(parts: { backfill: () => Promise<number>; opened: () => void; log: Logger }): Recovery {
  let closedSince: number | undefined = Date.now();
  let wanted = true;
  let running: Promise<void> | undefined;
  let stopped = false;
  let retry: NodeJS.Timeout | undefined;

  /** True when nothing is gained by holding work back: all is stored, or Twilio does not tell what is missing. */
  async function attempt(): Promise<boolean> {
    wanted = false;
    try {
      await withPatience(parts.backfill());
      return !wanted;
    } catch (error) {
      parts.log.warn({ err: error }, 'backfill.failed');
      wanted = true;
      const twilioAway = error instanceof TryLater || error instanceof OutcomeUnknown;
      return twilioAway && Date.now() - (closedSince ?? 0) > PATIENCE;
    }
  }

  function open(): void {
    if (closedSince === undefined) return;
    closedSince = undefined;
    parts.opened();
  }

  function run(): Promise<void> {
    running ??= attempt().then((mayOpen) => {
      running = undefined;
      if (stopped) return;
      if (mayOpen) open();
      if (!wanted) return;
      retry = setTimeout(run, RETRY);
      retry.unref();
    });
    return running;
  }

  const timer = setInterval(run, EVERY);
  timer.unref();
  return {
    isOpen: () => closedSince === undefined,
    missed() {
      if (wanted && closedSince !== undefined) return;
      wanted = true;
      closedSince ??= Date.now();
      void run();
    },
    begin: run,
    stop() {
      stopped = true;
      clearInterval(timer);
      clearTimeout(retry);
    },
  };
}

function withPatience<Result>(work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout;
  const impatience = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new OutcomeUnknown('Twilio took too long to list its messages.')), PATIENCE);
  });
  return Promise.race([work, impatience]).finally(() => clearTimeout(timer));
}
