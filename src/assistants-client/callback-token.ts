import { createHmac, timingSafeEqual } from 'node:crypto';

const LIFETIME = 24 * 3_600_000;

/** What a callback token says: which turn may be answered, and under which single-use name. */
export type CallbackToken = { turnId: string; use: string };

/** A signed token for one turn, valid for 24 hours. */
export function signCallbackToken(key: Buffer, token: CallbackToken, now: Date): string {
  const payload = Buffer.from(JSON.stringify({ ...token, expires: now.getTime() + LIFETIME })).toString('base64url');
  return `${payload}.${seal(key, payload).toString('base64url')}`;
}

/** The token's content, or undefined when it is forged, damaged or expired. */
export function openCallbackToken(key: Buffer, text: string, now: Date): CallbackToken | undefined {
  const [payload = '', seen = ''] = text.split('.');
  const expected = seal(key, payload);
  const given = Buffer.from(seen, 'base64url');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  const { turnId, use, expires } = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
  return expires > now.getTime() ? { turnId, use } : undefined;
}

function seal(key: Buffer, payload: string): Buffer {
  return createHmac('sha256', key).update(`assistant-reply:${payload}`).digest();
}
