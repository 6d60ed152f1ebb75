import { pause } from './process.ts';
import { textOf } from './scripted-assistants.ts';
import { phoneOf } from './witness.ts';

/** How far the trouble has come, from 0 to 1. Traffic follows it, so that a slow machine changes nothing. */
export type Progress = ReturnType<typeof createProgress>;

export function createProgress() {
  let [from, to, startedAt, length] = [0, 0, 0, 1];
  return {
    /** Goes from here to there within `ms`, and waits there. */
    go(part: { from: number; to: number; ms: number }): void {
      [from, to, startedAt, length] = [part.from, part.to, Date.now(), part.ms];
    },
    end(): void {
      [from, to] = [1, 1];
    },
    now: () => Math.min(to, from + ((to - from) * (Date.now() - startedAt)) / length),
  };
}

/**
 * Every phone sends its texts one after another, each once the webhook of the one before has ended, at moments of its
 * own between the beginning and the end of the trouble. Resolves with the number of webhooks that failed.
 */
export async function converse(
  traffic: { threads: number; textsEach: number },
  progress: Progress,
  send: (from: string, body: string) => Promise<boolean>,
): Promise<number> {
  let failed = 0;
  const phones = Array.from({ length: traffic.threads }, async (_, thread) => {
    const moments = Array.from({ length: traffic.textsEach }, () => Math.random()).sort((a, b) => a - b);
    for (const [place, moment] of moments.entries()) {
      while (progress.now() < moment) await pause(10);
      if (!(await send(phoneOf(thread), textOf(thread, place)))) failed += 1;
    }
  });
  await Promise.all(phones);
  return failed;
}
