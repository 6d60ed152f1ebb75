import { createHash, randomBytes } from 'node:crypto';

export function newSid(prefix: string): string {
  return prefix + randomBytes(16).toString('hex');
}

/** Always the same SID for the same name: what an account has from the start keeps its SID across restarts. */
export function fixedSid(prefix: string, name: string): string {
  return prefix + createHash('sha256').update(`${prefix} ${name}`).digest('hex').slice(0, 32);
}
