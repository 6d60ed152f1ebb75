/** Longest delay that setTimeout takes. */
const LONGEST = 2 ** 31 - 1;

/** One timer per name; the time asked for last counts. They keep no process alive. */
export function createTimers(ring: (name: string) => void) {
  const timers = new Map<string, NodeJS.Timeout>();
  return {
    set(name: string, time: Date): void {
      clearTimeout(timers.get(name));
      // Node's timers may fire a millisecond early by the clock on the wall, and nothing is due then.
      const delay = time.getTime() - Date.now() + 1;
      const handle = setTimeout(
        () => {
          timers.delete(name);
          ring(name);
        },
        Math.min(LONGEST, Math.max(0, delay)),
      );
      handle.unref();
      timers.set(name, handle);
    },
    clear(): void {
      for (const handle of timers.values()) clearTimeout(handle);
      timers.clear();
    },
  };
}
