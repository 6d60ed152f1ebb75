import type { Account } from './account.ts';
import type { ConversationStore } from './conversations/store.ts';
import type { Webhooks } from './deliver-webhook.ts';
import type { EventStream } from './event-stream.ts';
import type { Faults } from './faults.ts';
import type { FlexStore } from './flex/store.ts';
import type { Consent } from './messaging/consent.ts';
import type { MessageLog } from './messaging/messages.ts';
import type { Numbers } from './messaging/numbers.ts';
import type { Pace } from './pace.ts';
import type { StudioStore } from './studio/store.ts';

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
  /** Tells whoever listens to the event stream. */
  publish: EventStream['publish'];
  conversations: ConversationStore;
  flex: FlexStore;
  studio: StudioStore;
  /** Where events go while the account has no webhook of its own for them. */
  defaults: Record<'conversations' | 'tasks' | 'interactions', () => string | undefined>;
};
