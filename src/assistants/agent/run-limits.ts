import type { RunLimits } from '../api/settings.ts';

/** Where a turn ends, and what a bill may come to, if the assistant does not say otherwise. A step is one call of the model. */
const defaults = {
  steps: 8,
  tool_calls: 16,
  turn_seconds: 55,
  tokens_per_turn: 100_000,
  tokens_per_session: 1_000_000,
  tokens_per_day: 10_000_000,
  history_tokens: 4_000,
} satisfies Required<RunLimits>;

export type Spending = Required<Pick<RunLimits, 'tokens_per_session' | 'tokens_per_day'>>;

export const limitsOf = (assistant: { limits: RunLimits }): Required<RunLimits> => ({
  ...defaults,
  ...assistant.limits,
});
