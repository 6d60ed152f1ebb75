/**
 * Wake-ups tell workers which threads to look at. They are hints: what is due stands in `gateway.thread`, so a
 * wake-up may be lost, repeated or late and nothing is lost with it (a sweep finds what is due).
 */
export type WakeUps = {
  /** Something is due now in these threads. Returns at once and never throws, whatever state the queue is in. */
  wake(threadKeys: string[]): void;
  /** Look at this thread at that time. */
  wakeAt(threadKey: string, time: Date): void;
  /** Begins to call for work in this process: `work` leases and advances what is due. Resolves once it listens. */
  start(work: Work): Promise<void>;
  /** Stops calling for work; what is being worked on goes on. */
  stop(): Promise<void>;
  /** True when wake-ups from other processes reach this one. */
  ready(): Promise<boolean>;
  /** BullMQ’s own, where there is one, to be looked at. */
  queue?: object;
  close(): Promise<void>;
};

export type Work = {
  /** Works on one named thread; resolves when it is at rest. */
  one(threadKey: string): Promise<void>;
  /** Leases whatever is due, as far as there is room, and sets off. Says whether more may be due than there is room for. */
  anyDue(): Promise<'all' | 'full'>;
};
