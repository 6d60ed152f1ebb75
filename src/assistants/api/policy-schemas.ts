import { z } from 'zod';
import { accountSid, dates, httpUrl, idOf, line, prose } from './fields.ts';

const secret = line(4_096);

/**
 * How a tool or a source of knowledge is authorised. Twilio never documented its shapes; these are Tandem's. Whatever
 * is secret in them is encrypted, and shown as dots.
 */
const kinds = {
  bearer: z.strictObject({ token: secret }),
  basic: z.strictObject({ username: line(1_000), password: secret }),
  header: z.strictObject({
    name: z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/, 'must be the name of a header'),
    value: secret,
  }),
  oauth2_client_credentials: z.strictObject({
    token_url: httpUrl,
    client_id: line(1_000),
    client_secret: secret,
    scope: line(1_000).optional(),
  }),
  oauth2_password: z.strictObject({
    token_url: httpUrl,
    client_id: line(1_000).optional(),
    client_secret: secret.optional(),
    username: line(1_000),
    password: secret,
    scope: line(1_000).optional(),
  }),
};
export type PolicyType = keyof typeof kinds;

/** What of the details is not secret. */
export const shownDetails = new Set(['token_url', 'client_id', 'username', 'name', 'scope']);

const described = { id: idOf('plcy').optional(), name: line(256).optional(), description: prose(4_096).optional() };

const policyOf = <Type extends PolicyType>(type: Type) =>
  z.object({ ...described, type: z.literal(type), policy_details: kinds[type] });

export const createPolicyRequest = z.discriminatedUnion(
  'type',
  [
    policyOf('bearer'),
    policyOf('basic'),
    policyOf('header'),
    policyOf('oauth2_client_credentials'),
    policyOf('oauth2_password'),
  ],
  `must be one of ${Object.keys(kinds).join(', ')}`,
);
export type CreatePolicyRequest = z.infer<typeof createPolicyRequest>;

/** The type and the details, as the one who calls needs them. */
export type Policy = {
  [Type in PolicyType]: { id: string; type: Type; details: z.infer<(typeof kinds)[Type]> };
}[PolicyType];

export const policyResource = z.strictObject({
  id: idOf('plcy'),
  account_sid: accountSid,
  name: z.string(),
  description: z.string(),
  type: z.enum(Object.keys(kinds) as [PolicyType, ...PolicyType[]]),
  policy_details: z.record(z.string(), z.string()),
  ...dates,
});
export type PolicyResource = z.infer<typeof policyResource>;
