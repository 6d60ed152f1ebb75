import { z } from 'zod';

/** What PostgreSQL cannot store in text: NUL, and halves of surrogate pairs. */
const unstorable = /[\0\p{Surrogate}]/gu;

/** Free text as it may be stored; what is unstorable becomes U+FFFD. */
export const storable = (text: string) => text.replace(unstorable, '\uFFFD');

/** Ids and names are kept verbatim or not at all; control characters in them are a mistake. */
export const line = (limit: number) =>
  z
    .string()
    .min(1, 'must not be empty')
    .max(limit, `must not be longer than ${limit} characters`)
    .refine((text) => !/[\p{Cc}\p{Surrogate}]/u.test(text), 'must not hold control characters');

export const prose = (limit: number) =>
  z.string().max(limit, `must not be longer than ${limit} characters`).overwrite(storable);

export const written = (limit: number) =>
  prose(limit).refine((text) => text.trim() !== '', 'must hold more than white space');

export const httpUrl = z
  .url({ protocol: /^https?$/, error: 'must be a URL that starts with http:// or https://' })
  .max(2_048, 'must not be longer than 2048 characters');

export const accountSid = z.string().regex(/^AC[0-9a-fA-F]{32}$/);

/** An id of ours: its kind in four letters or fewer, and a UUID. */
export const idOf = (kind: 'asst' | 'tool' | 'know' | 'plcy' | 'fdbk' | 'msg') =>
  z.string().regex(new RegExp(`^aia_${kind}_[\\w-]{1,100}$`), `must be an id that starts with aia_${kind}_`);

export const date = z.iso.datetime();
export const dates = { date_created: date, date_updated: date };

/** Whether JSON that we know nothing about may be stored as it is: at most twenty levels, and only characters that can be. */
export function isStorableJson(value: unknown, levels = 20): boolean {
  if (typeof value === 'string') return value.search(unstorable) === -1;
  if (typeof value !== 'object' || value === null) return true;
  return (
    levels > 0 &&
    Object.entries(value).every(([name, inner]) => isStorableJson(name) && isStorableJson(inner, levels - 1))
  );
}

/** JSON of others as it may be stored. */
export function storableJson(value: unknown): unknown {
  if (typeof value === 'string') return storable(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(storableJson);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [storable(name), storableJson(inner)]));
}
