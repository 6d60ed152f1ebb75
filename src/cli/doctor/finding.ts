/** One thing that was looked at. A `problem` keeps something from working; a `warning` may be meant that way. */
export type Finding = {
  part: Part;
  state: 'ok' | 'warning' | 'problem';
  found: string;
  /** What to do about it. */
  fix?: string;
};

export type Part =
  | 'environment'
  | 'database'
  | 'secrets'
  | 'queue'
  | 'twilio'
  | 'clock'
  | 'address'
  | 'numbers'
  | 'assistants';

export const ok = (part: Part, found: string): Finding => ({ part, state: 'ok', found });
export const warning = (part: Part, found: string, fix: string): Finding => ({ part, state: 'warning', found, fix });
export const problem = (part: Part, found: string, fix: string): Finding => ({ part, state: 'problem', found, fix });

/** What the system says of a call that did not come through, in a word. */
export function reasonOf(error: unknown): string {
  const { code, name, message, cause } = error as { code?: string; name?: string; message?: string; cause?: unknown };
  if (cause instanceof AggregateError) return reasonOf(cause.errors[0]);
  if (cause !== undefined) return reasonOf(cause);
  if (name === 'TimeoutError') return 'no answer in time';
  return code ?? message ?? 'unknown';
}
