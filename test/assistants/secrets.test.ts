import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { seal, unseal } from '../../src/assistants/secrets.ts';

const key = randomBytes(32);

it('opens what it sealed, and seals the same text differently each time', () => {
  for (const text of ['', 'w-secret', 'ключ 🔑'.repeat(100)]) expect(unseal(key, seal(key, text))).toBe(text);
  expect(seal(key, 'x').equals(seal(key, 'x'))).toBe(false);
});

it('opens nothing under another key, nor what was changed or cut', () => {
  const sealed = seal(key, 'w-secret');
  expect(() => unseal(randomBytes(32), sealed)).toThrow();
  for (let index = 0; index < sealed.length; index += 1) {
    const changed = Buffer.from(sealed);
    changed[index] = (changed[index] as number) ^ 1;
    expect(() => unseal(key, changed)).toThrow();
  }
  expect(() => unseal(key, sealed.subarray(0, -1))).toThrow();
});
