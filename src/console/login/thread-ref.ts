import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';

const PREFIX = 'ref_';
const NONCE = 12;
const TAG = 16;

/**
 * Names threads to people who may not see the numbers that their keys are made of. A key has always the same name, so
 * that it can be linked to, and only this gateway can read it.
 */
export function createThreadRefs(secretsKey: Buffer) {
  const derived = (use: string) => createHmac('sha256', secretsKey).update(`thread ref ${use}`).digest();
  const key = derived('encryption');
  const nonceKey = derived('nonce');
  return {
    conceal(threadKey: string): string {
      // The nonce comes from the text: two texts never share one.
      const nonce = createHmac('sha256', nonceKey).update(threadKey).digest().subarray(0, NONCE);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      const text = Buffer.concat([cipher.update(threadKey, 'utf8'), cipher.final()]);
      return PREFIX + Buffer.concat([nonce, text, cipher.getAuthTag()]).toString('base64url');
    },
    /** The thread's key; undefined when the name is not one of ours. */
    reveal(name: string): string | undefined {
      const bytes = Buffer.from(name.slice(PREFIX.length), 'base64url');
      if (!name.startsWith(PREFIX) || bytes.length < NONCE + TAG) return undefined;
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE));
        decipher.setAuthTag(bytes.subarray(-TAG));
        return Buffer.concat([decipher.update(bytes.subarray(NONCE, -TAG)), decipher.final()]).toString('utf8');
      } catch {
        return undefined;
      }
    },
  };
}
