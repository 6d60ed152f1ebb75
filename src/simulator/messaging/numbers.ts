import { z } from 'zod';

const webUrl = z.url({ protocol: /^https?$/, error: 'must be an absolute http or https URL' });

export const numberSettings = z.strictObject({
  /** Without one, texts to this number are only logged. */
  smsUrl: webUrl.optional(),
  smsMethod: z.enum(['POST', 'GET']).default('POST'),
  smsFallbackUrl: webUrl.optional(),
  /** Used for messages sent from this number without a StatusCallback of their own. */
  statusCallback: webUrl.optional(),
  accountSid: z.string().optional(),
  messagingServiceSid: z
    .string()
    .regex(/^MG[0-9a-fA-F]{32}$/)
    .optional(),
});
export type NumberSettings = z.output<typeof numberSettings>;

export type Numbers = ReturnType<typeof createNumbers>;

/** The numbers (or channel addresses) that accounts own. `*` holds the settings of every number not named. */
export function createNumbers(defaultWebhook: () => string | undefined) {
  const settings = new Map<string, NumberSettings>();

  function settingsOf(number: string): NumberSettings | undefined {
    const named = settings.get(number) ?? settings.get('*');
    if (named !== undefined) return named;
    const smsUrl = defaultWebhook();
    return smsUrl === undefined ? undefined : { smsUrl, smsMethod: 'POST' };
  }

  return {
    set: (number: string, value: NumberSettings) => void settings.set(number, value),
    settingsOf,
    entries: () => [...settings].map(([number, value]) => ({ number, ...value })),
    /** What a block by a recipient covers. */
    consentScope: (number: string): string => settingsOf(number)?.messagingServiceSid ?? number,
    inService: (serviceSid: string): string[] =>
      [...settings].filter(([, value]) => value.messagingServiceSid === serviceSid).map(([number]) => number),
  };
}
