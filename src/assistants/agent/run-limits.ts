import type { RunLimits } from '../api/settings.ts';

/** Where a turn ends if the assistant does not say otherwise. A step is one call of the model. */
export const defaultRunLimits: Required<Omit<RunLimits, 'tokens_per_session' | 'tokens_per_day'>> = {
  steps: 8,
  tool_calls: 16,
  turn_seconds: 55,
  tokens_per_turn: 100_000,
};

/** What a bill may come to if the assistant does not say otherwise. */
export const defaultSpendingLimits: Required<Pick<RunLimits, 'tokens_per_session' | 'tokens_per_day'>> = {
  tokens_per_session: 1_000_000,
  tokens_per_day: 10_000_000,
};
