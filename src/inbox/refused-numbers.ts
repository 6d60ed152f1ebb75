import { type Database, sql } from '../store/database.ts';
import type { Arrival } from './accept.ts';

/**
 * Our numbers whose messages were refused because the store was away. It may not know them yet, and a number that it
 * does not know is not asked about at Twilio.
 */
export type RefusedNumbers = {
  note(arrival: Arrival): void;
  /** Makes them known. Throws while the store is away. */
  record(): Promise<void>;
};

export function createRefusedNumbers(db: Database, now: () => Date): RefusedNumbers {
  const refused = new Map<string, Pick<Arrival, 'accountSid' | 'ours' | 'assistantId' | 'publicUrl'> & { at: Date }>();
  return {
    note({ accountSid, ours, assistantId, publicUrl }) {
      const key = `${accountSid} ${ours}`;
      if (!refused.has(key)) refused.set(key, { accountSid, ours, assistantId, publicUrl, at: now() });
    },
    async record() {
      for (const [key, number] of refused) {
        await db.query(sql`
          insert into gateway.number (account_sid, address, assistant_id, public_url, seen_at, complete_until)
          values (${number.accountSid}, ${number.ours}, ${number.assistantId}, ${number.publicUrl}, ${number.at},
            ${number.at})
          on conflict (account_sid, address) do nothing`);
        refused.delete(key);
      }
    },
  };
}
