import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { type Database, sql } from '../store/database.ts';

export type Metrics = ReturnType<typeof createMetrics>;

/** Bounds of the buckets of every histogram. */
export const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** All counters, under one registry. Labels take few values; ids belong into log lines. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  return {
    registry,
    webhooks: new Counter({
      name: 'tandem_webhooks_total',
      help: 'Webhooks by kind and outcome',
      labelNames: ['kind', 'outcome'] as const,
      registers,
    }),
    acceptSeconds: new Histogram({
      name: 'tandem_accept_seconds',
      help: 'From the first byte of a webhook to its answer, commit included',
      labelNames: ['channel'] as const,
      buckets: SECONDS,
      registers,
    }),
    turns: new Counter({
      name: 'tandem_turns_total',
      help: 'Finished turns by outcome',
      labelNames: ['outcome'] as const,
      registers,
    }),
    turnSeconds: new Histogram({
      name: 'tandem_turn_seconds',
      help: 'From the first message of a turn to its answer being stored',
      labelNames: ['channel'] as const,
      buckets: SECONDS,
      registers,
    }),
    turnRetries: new Counter({
      name: 'tandem_turn_retries_total',
      help: 'Attempts at an answer that failed and will be repeated, by error code',
      labelNames: ['code'] as const,
      registers,
    }),
    messages: new Counter({
      name: 'tandem_messages_total',
      help: 'Messages of ours by what became of them',
      labelNames: ['status'] as const,
      registers,
    }),
    sendSeconds: new Histogram({
      name: 'tandem_send_seconds',
      help: 'From the start of a send to Twilio having taken it',
      labelNames: ['channel'] as const,
      buckets: SECONDS,
      registers,
    }),
    handoffsRequested: new Counter({
      name: 'tandem_handoffs_requested_total',
      help: 'Calls for a human, by who called and where',
      labelNames: ['by', 'target'] as const,
      registers,
    }),
    handoffsBegun: new Counter({
      name: 'tandem_handoffs_begun_total',
      help: 'Handoffs that wait at their target',
      labelNames: ['target'] as const,
      registers,
    }),
    handoffsEnded: new Counter({
      name: 'tandem_handoffs_ended_total',
      help: 'Handoffs that are over, by what came of them',
      labelNames: ['target', 'outcome'] as const,
      registers,
    }),
    handoffWait: new Histogram({
      name: 'tandem_handoff_wait_seconds',
      help: 'From the call for a human to a human having the thread',
      buckets: [1, 5, 15, 30, 60, 120, 300, 600, 1_800, 3_600],
      registers,
    }),
    modelCalls: new Counter({
      name: 'tandem_model_calls_total',
      help: 'Calls of language models by outcome',
      labelNames: ['model', 'outcome'] as const,
      registers,
    }),
    modelSeconds: new Histogram({
      name: 'tandem_model_seconds',
      help: 'How long calls of language models took',
      labelNames: ['model'] as const,
      buckets: SECONDS,
      registers,
    }),
    modelTokens: new Counter({
      name: 'tandem_model_tokens_total',
      help: 'Tokens that were paid for, in and out',
      labelNames: ['model', 'direction'] as const,
      registers,
    }),
    guardrails: new Counter({
      name: 'tandem_guardrail_total',
      help: 'Checks of messages and answers by what came of them',
      labelNames: ['check', 'verdict'] as const,
      registers,
    }),
    logins: new Counter({
      name: 'tandem_console_logins_total',
      help: 'Logins at the console by what came of them: a role, or refused',
      labelNames: ['outcome'] as const,
      registers,
    }),
    recovered: new Counter({
      name: 'tandem_backfill_recovered_total',
      help: 'Messages that Twilio received and no webhook brought',
      registers,
    }),
    rescued: new Counter({
      name: 'tandem_sweep_rescued_total',
      help: 'Threads that the sweep found due without a wake-up or a live worker',
      registers,
    }),
  };
}

/** Gauges that are read from the store when somebody asks: they are true for all processes together. */
export function measureStore(registry: Registry, db: Database, now: () => Date): void {
  const due = new Gauge({ name: 'tandem_threads_due', help: 'Threads with work due now', registers: [registry] });
  new Gauge({
    name: 'tandem_handoffs_open',
    help: 'Handoffs that are not over, by state',
    labelNames: ['state'] as const,
    registers: [registry],
    async collect() {
      const rows = await db.query<{ state: string; open: number }>(sql`
        select state, count(*) as open from gateway.handoff where ended_at is null group by state`);
      this.reset();
      for (const { state, open } of rows) this.set({ state }, open);
    },
  });
  new Gauge({
    name: 'tandem_failures_open',
    help: 'Turns and messages that failed and wait for a person',
    labelNames: ['kind'] as const,
    registers: [registry],
    async collect() {
      const [row] = await db.query<{ turns: number; messages: number }>(sql`
        select (select count(*) from gateway.turn where state = 'failed' and dismissed_at is null) as turns,
          (select count(*) from gateway.outbound_message
            where status in ('failed', 'undelivered') and dismissed_at is null) as messages`);
      this.set({ kind: 'turn' }, row?.turns ?? 0);
      this.set({ kind: 'message' }, row?.messages ?? 0);
    },
  });
  const oldest = new Gauge({
    name: 'tandem_oldest_due_seconds',
    help: 'How long the longest waiting thread has been due',
    registers: [registry],
    async collect() {
      const time = now();
      const [row] = await db.query<{ due: number; oldest: number | null }>(sql`
        select count(*) as due, extract(epoch from ${time}::timestamptz - min(due_at))::float8 as oldest
        from gateway.thread where due_at <= ${time}`);
      due.set(row?.due ?? 0);
      oldest.set(row?.oldest ?? 0);
    },
  });
}
