/** Longest delay that setTimeout takes. */
const LONGEST = 2 ** 31 - 1;

/** One timer per name; the earliest of the times asked for counts. They keep no process alive. */
export function createTimers(ring: (name: string) => void) {
  const timers = new Map<string, { time: number; handle: NodeJS.Timeout }>();
  return {
    set(name: string, time: Date): void {
      const at = time.getTime();
      const earlier = timers.get(name);
      if (earlier && earlier.time <= at) return;
      if (earlier) clearTimeout(earlier.handle);
      const handle = setTimeout(
        () => {
          timers.delete(name);
          ring(name);
        },
        Math.min(LONGEST, Math.max(0, at - Date.now())),
      );
      handle.unref();
      timers.set(name, { time: at, handle });
    },
    clear(): void {
      for (const { handle } of timers.values()) clearTimeout(handle);
      timers.clear();
    },
  };
}
