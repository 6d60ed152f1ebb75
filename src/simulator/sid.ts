import { randomBytes } from 'node:crypto';

export function newSid(prefix: string): string {
  return prefix + randomBytes(16).toString('hex');
}
