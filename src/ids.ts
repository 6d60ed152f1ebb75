import { randomFillSync } from 'node:crypto';

/** Random bytes are drawn for many ids at once: a draw costs more than an id. */
const pool = Buffer.alloc(16 * 256);
let used = pool.length;

/** A UUID version 7: its first 48 bits are the time in milliseconds, so new rows land at the end of an index. */
export function uuidv7(now = Date.now()): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const bytes = pool.subarray(used, used + 16);
  used += 16;
  bytes.writeUIntBE(now, 0, 6);
  bytes[6] = 0x70 | ((bytes[6] as number) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] as number) & 0x3f);
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
