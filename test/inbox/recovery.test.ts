import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRecovery } from '../../src/inbox/recovery.ts';
import { OutcomeUnknown } from '../../src/twilio/http-client.ts';

const LAG = 3_000;

describe('work is held back', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** A recovery whose backfill does what `fetch` says, and the moments at which it began. */
  function recoveryOf(fetch: () => Promise<{ numbers: number }>) {
    const startedAt = Date.now();
    const fetches: number[] = [];
    const opened = vi.fn();
    const recovery = createRecovery({
      backfill: () => {
        fetches.push(Date.now() - startedAt);
        return fetch();
      },
      logLag: LAG,
      opened,
      log: pino({ level: 'silent' }),
    });
    return { recovery, fetches, opened };
  }

  it('after a start until Twilio’s log was read at a time when it shows all that came before', async () => {
    const { recovery, fetches, opened } = recoveryOf(async () => ({ numbers: 1 }));
    await recovery.begin();
    expect(recovery.isOpen()).toBe(false);
    await vi.advanceTimersByTimeAsync(LAG);
    expect(recovery.isOpen()).toBe(true);
    expect(fetches).toEqual([0, LAG]);
    expect(opened).toHaveBeenCalledOnce();
    recovery.stop();
  });

  it('not at all when there is no number yet whose log could be read', async () => {
    const { recovery } = recoveryOf(async () => ({ numbers: 0 }));
    await recovery.begin();
    expect(recovery.isOpen()).toBe(true);
    recovery.reached();
    expect(recovery.isOpen()).toBe(true);
    recovery.stop();
  });

  it('from the first webhook that is refused until the log is complete behind the last', async () => {
    const { recovery, fetches } = recoveryOf(async () => ({ numbers: 1 }));
    await recovery.begin();
    await vi.advanceTimersByTimeAsync(LAG + 1_000);
    expect(recovery.isOpen()).toBe(true);

    recovery.missed();
    expect(recovery.isOpen()).toBe(false);
    await vi.advanceTimersByTimeAsync(2_000);
    recovery.missed();
    await vi.advanceTimersByTimeAsync(LAG - 1);
    expect(recovery.isOpen()).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(recovery.isOpen()).toBe(true);
    // The first look came too soon after the second miss.
    expect(fetches.slice(2)).toEqual([LAG + 1_000 + LAG, LAG + 1_000 + 2_000 + LAG]);
    recovery.stop();
  });

  it('anew when the first message comes in, for those before it may have found nobody', async () => {
    const { recovery } = recoveryOf(async () => ({ numbers: 1 }));
    await recovery.begin();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(recovery.isOpen()).toBe(true);
    recovery.reached();
    expect(recovery.isOpen()).toBe(false);
    await vi.advanceTimersByTimeAsync(LAG);
    expect(recovery.isOpen()).toBe(true);
    recovery.reached();
    expect(recovery.isOpen()).toBe(true);
    recovery.stop();
  });

  it('no longer than ten seconds when Twilio cannot be asked, which it is until it answers', async () => {
    let away = true;
    const { recovery, fetches } = recoveryOf(async () => {
      if (away) throw new OutcomeUnknown('Twilio is away.');
      return { numbers: 1 };
    });
    await recovery.begin();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(recovery.isOpen()).toBe(false);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(recovery.isOpen()).toBe(true);
    away = false;
    await vi.advanceTimersByTimeAsync(1_000);
    const { length } = fetches;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(fetches).toHaveLength(length);
    recovery.stop();
  });

  it('as long as the store is away', async () => {
    const { recovery } = recoveryOf(async () => {
      throw Object.assign(new Error('no connection'), { code: 'ECONNREFUSED' });
    });
    await recovery.begin();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(recovery.isOpen()).toBe(false);
    recovery.stop();
  });
});
