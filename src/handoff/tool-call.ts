import type { Request } from 'express';
import type { TwilioAccount } from '../config/config.ts';
import { TandemError } from '../http/errors.ts';
import { isSameSecret } from '../http/tokens.ts';
import { firstValue } from '../twilio/webhooks/form.ts';
import { readRequest, signedUrlOf, storableFields } from '../twilio/webhooks/signed-request.ts';

/** A call that somebody made who may. */
export type ToolCall = {
  /** The account that signed it; undefined for who has the token of all tools. */
  accountSid: string | undefined;
  /** A field of the body or else of the URL, under the first of these names that is there. */
  field(...names: string[]): string | undefined;
};

export type ToolCallers = {
  accounts: Map<string, TwilioAccount>;
  publicUrl: string | undefined;
  toolsToken: string | undefined;
};

/** Reads the call of a webhook tool: signed by Twilio, or by an assistants server as Twilio would, or with our token. */
export async function readToolCall(request: Request, callers: ToolCallers): Promise<ToolCall> {
  // A router may have taken the beginning of the path away, and the signature covers all of it.
  const read = { ...(await readRequest(request)), rawUrl: request.originalUrl };
  const { fields, query } = storableFields(read);
  const field = (...names: string[]) => {
    for (const name of names) {
      const value = firstValue(fields, name) ?? firstValue(query, name);
      if (value !== undefined && value !== '') return value;
    }
    return undefined;
  };
  const [, bearer] = /^Bearer (\S+)$/i.exec(request.get('authorization') ?? '') ?? [];
  if (bearer !== undefined && callers.toolsToken && isSameSecret(bearer, callers.toolsToken)) {
    return { accountSid: undefined, field };
  }
  for (const { accountSid, authTokens } of callers.accounts.values()) {
    if (signedUrlOf(read, callers.publicUrl, authTokens) !== undefined) return { accountSid, field };
  }
  throw new TandemError('badSignature', 'Or send the token of TOOLS_TOKEN as "Authorization: Bearer …".');
}
