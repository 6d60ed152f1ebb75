import { masked, maskedSession } from '../../observability/logger.ts';

export const HIDDEN = '•••';

/** Fields that name a thread. */
const THREAD_KEYS = new Set(['key', 'threadKey']);

/** Fields that hold an address; its last two digits are shown. */
const ADDRESSES = new Set(['ours', 'theirs', 'from', 'to', 'address', 'number', 'phone', 'identity']);

/** Fields whose strings come from a list of ours or from an operator, never from a customer or an assistant. */
const PLAIN = new Set([
  ...['action', 'channel', 'check', 'code', 'direction', 'errorCode', 'event', 'handling', 'kind', 'level', 'method'],
  ...['model', 'name', 'outcome', 'part', 'provider', 'purpose', 'reach', 'role', 'source', 'stage', 'state', 'status'],
  ...['advice', 'step', 'turnState', 'type', 'unit', 'verdict', 'contentType'],
]);

/** Numbers of these names may be large; any other large number may be somebody's telephone number. */
const COUNTS = /(?:tokens|count|total|ms|bytes|size|seconds|at|limit|revision)$|^(?:received|answered|sent|calls)$/i;
const LARGE = 1_000_000;

/** Times and ids say nothing of anybody, whatever field they stand in. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;
const ID = /^(?:[A-Z]{2}[0-9a-f]{32}|(?:[a-z]+_){0,3}[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/;

const PHONE = /\+?\d(?:[\s().-]{0,2}\d){6,}/g;

/**
 * What a viewer sees of an answer of the console. Addresses are masked. Any string in a field that is not known to be
 * harmless is a text, and hidden unless texts are allowed; so a field that is new is hidden until it is listed here.
 */
export function seenByViewer(
  value: unknown,
  allowed: { texts: boolean; conceal: (threadKey: string) => string },
  field = '',
): unknown {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Math.abs(value) < LARGE || COUNTS.test(field) ? value : null;
  if (typeof value === 'string') return seenString(value, allowed, field);
  if (Array.isArray(value)) return value.map((entry) => seenByViewer(entry, allowed, field));
  if (typeof value !== 'object') return null;
  return Object.fromEntries(
    Object.entries(value).map(([name, entry]) => [
      name.replace(PHONE, (digits) => masked(digits)),
      seenByViewer(entry, allowed, name),
    ]),
  );
}

function seenString(
  text: string,
  allowed: { texts: boolean; conceal: (threadKey: string) => string },
  field: string,
): string {
  if (text === '' || TIME.test(text) || ID.test(text)) return text;
  if (THREAD_KEYS.has(field)) return allowed.conceal(text);
  if (ADDRESSES.has(field)) return masked(text);
  if (field === 'sessionId') return maskedSession(text);
  if (PLAIN.has(field) || allowed.texts) return text.replace(PHONE, (digits) => masked(digits.replace(/[^\d+]/g, '')));
  return HIDDEN;
}
