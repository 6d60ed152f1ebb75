import type { z } from 'zod';
import { TandemError } from '../../http/errors.ts';

/** What came from outside, as its schema has it; or an error that names the field. */
export function parsed<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new TandemError('invalidParameter', `${issue?.path.join('.') || 'body'}: ${issue?.message}.`);
}

export function found<Value>(value: Value | undefined, what: string): Value {
  if (value === undefined) throw new TandemError('notFound', `There is no ${what}.`);
  return value;
}
