import twilio from 'twilio';
import type { TwilioAccount } from '../config/config.ts';
import type { CallOutcome } from '../outbox/message-steps.ts';
import { meaningOf } from './error-meanings.ts';
import { createHttpClient, OutcomeUnknown, TryLater } from './http-client.ts';

export type TwilioClients = ReturnType<typeof createTwilioClients>;

/** Too many messages wait for this sender: Twilio took nothing. */
const QUEUE_FULL = 21611;
const OPTED_OUT = 21610;
/** Credentials can be mended while messages wait. */
const AUTH_RETRY = 60_000;

/** Twilio's official client for each of our accounts, over one transport. */
export function createTwilioClients(options: {
  accounts: TwilioAccount[];
  baseUrl: string | undefined;
  timeout: number;
}) {
  const http = createHttpClient(options);
  const clients = new Map(
    options.accounts.map(({ accountSid, username, password }) => [
      accountSid,
      twilio(username, password, { accountSid, httpClient: http as never }),
    ]),
  );
  return {
    /** Throws TryLater for an account that nobody gave us credentials of. */
    of(accountSid: string): twilio.Twilio {
      const client = clients.get(accountSid);
      if (client) return client;
      throw new TryLater(
        `No credentials for the Twilio account ${accountSid}: add it to TWILIO_SUBACCOUNTS.`,
        AUTH_RETRY,
      );
    },
    dispatcher: http.dispatcher,
    close: () => http.close(),
  };
}

/** What came of sending a message, told by the error that the call threw. */
export function failedCall(error: unknown): CallOutcome {
  if (error instanceof TryLater) return { kind: 'later', error: error.message, retryAfterMs: error.retryAfterMs };
  if (error instanceof OutcomeUnknown) return { kind: 'unknown', error: error.message };
  const { status, code } = error as { status?: number; code?: number };
  // Anything that is not an answer of Twilio's (an answer we cannot read, say) proves nothing.
  if (status === undefined) return { kind: 'unknown', error: 'Twilio’s answer could not be read.' };
  const meaning = code === undefined ? `Twilio refused the message (HTTP ${status}).` : meaningOf(code).meaning;
  if (status === 401 || code === 20003) return { kind: 'later', error: meaning, retryAfterMs: AUTH_RETRY };
  if (code === QUEUE_FULL) return { kind: 'later', error: meaning, retryAfterMs: undefined };
  return { kind: 'refused', error: meaning, code, optedOut: code === OPTED_OUT };
}
