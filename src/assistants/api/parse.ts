import type { z } from 'zod';
import { TandemError } from '../../http/errors.ts';

/** Checks what a caller sent; the error names the first field that is wrong. `field` is the name of a single value. */
export function parse<Schema extends z.ZodType>(schema: Schema, value: unknown, field?: string): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = [field, ...(issue?.path ?? [])].filter((part) => part !== undefined).join('.');
  if (issue?.code === 'unrecognized_keys') {
    throw new TandemError('invalidParameter', `${issue.keys.join(', ')}: not a parameter of this request.`);
  }
  throw new TandemError('invalidParameter', path ? `${path}: ${issue?.message}.` : 'Send a JSON object as the body.');
}
