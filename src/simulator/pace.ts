export type Pace = ReturnType<typeof createPace>;

const longestTimer = 2 ** 31 - 1;

/** Waiting that ends with the simulator, and a count of what is still under way. */
export function createPace() {
  const timers = new Set<NodeJS.Timeout>();
  let underWay = 0;

  /** Never resolves once the simulator is closed. */
  function wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(
        () => {
          timers.delete(timer);
          resolve(ms > longestTimer ? wait(ms - longestTimer) : undefined);
        },
        Math.min(ms, longestTimer),
      );
      timer.unref();
      timers.add(timer);
    });
  }

  return {
    wait,
    underWay: () => underWay,
    async track<Result>(work: Promise<Result>): Promise<Result> {
      underWay += 1;
      try {
        return await work;
      } finally {
        underWay -= 1;
      }
    },
    close(): void {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}
