import type { Carrier } from '../carrier.ts';

/** Whether, and how, a message to one of our addresses opens a conversation. */
export type AddressConfiguration = {
  sid: string;
  accountSid: string;
  type: string;
  address: string;
  friendlyName: string | null;
  addressCountry: string | null;
  autoCreation: {
    enabled: boolean;
    type: 'webhook' | 'studio' | 'default';
    conversationServiceSid: string | null;
    webhookUrl: string | null;
    webhookMethod: 'POST' | 'GET';
    webhookFilters: string[];
    studioFlowSid: string | null;
    studioRetryCount: number | null;
  };
  createdAt: Date;
  updatedAt: Date;
};

export function findAddress(carrier: Carrier, accountSid: string, name: string): AddressConfiguration | undefined {
  return [...carrier.conversations.addresses.values()].find(
    (configuration) =>
      configuration.accountSid === accountSid && (configuration.sid === name || configuration.address === name),
  );
}
