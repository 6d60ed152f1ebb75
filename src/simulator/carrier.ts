import type { Account } from './account.ts';
import type { Webhooks } from './deliver-webhook.ts';
import type { Faults } from './faults.ts';
import type { Consent } from './messaging/consent.ts';
import type { MessageLog } from './messaging/messages.ts';
import type { Numbers } from './messaging/numbers.ts';
import type { Pace } from './pace.ts';

/** The parts of the simulated carrier, made once in `createSimulator`. */
export type Carrier = {
  accounts: readonly Account[];
  numbers: Numbers;
  log: MessageLog;
  consent: Consent;
  faults: Faults;
  webhooks: Webhooks;
  receipts: { answered: number; failed: number };
  pace: Pace;
  /** Between one delivery status and the next, in milliseconds. */
  receiptDelay: number;
  now: () => Date;
};
