import type { Medium } from './medium.ts';

export type OptWord = 'opt_out' | 'opt_in' | 'help';

/** Words that mean stop on every channel. */
const stopWords = new Set(['STOP', 'STOPALL', 'UNSUBSCRIBE', 'OPTOUT', 'REVOKE']);
/** Ordinary words, but after one of them Twilio itself blocks us on SMS and RCS (one block list since March 2026). */
const carrierStopWords = new Set(['CANCEL', 'END', 'QUIT']);
const startWords = new Set(['START', 'UNSTOP']);
const helpWords = new Set(['HELP', 'INFO']);

const optOutTypes: Record<string, OptWord> = { STOP: 'opt_out', START: 'opt_in', HELP: 'help' };

/**
 * What a message says about consent, if anything. `OptOutType`, which Twilio adds under Advanced Opt-Out, wins over the
 * words. As at Twilio only a whole message counts: "please stop" and "STOP." do not. On WhatsApp nobody but us answers
 * HELP and CANCEL, so there they are ordinary words. YES is one everywhere: see `optsBackIn`.
 */
export function optWord(fields: { body: string; optOutType?: string; channel: Medium }): OptWord | undefined {
  const type = fields.optOutType?.toUpperCase() ?? '';
  if (Object.hasOwn(optOutTypes, type)) return optOutTypes[type];
  const word = fields.body.trim().toUpperCase();
  if (stopWords.has(word)) return 'opt_out';
  if (startWords.has(word)) return 'opt_in';
  if (fields.channel === 'whatsapp') return undefined;
  if (carrierStopWords.has(word)) return 'opt_out';
  return helpWords.has(word) ? 'help' : undefined;
}

/**
 * Whether a customer *who has opted out* opts in again by YES. Twilio takes it so, but to a customer who is in, YES is
 * only an answer; so ask this about an opted-out one alone. (Toll-free numbers do not take it: the next send fails with
 * 21610 and the opt-out is back.)
 */
export function optsBackIn(fields: { body: string; channel: Medium }): boolean {
  return fields.channel !== 'whatsapp' && fields.channel !== 'chat' && fields.body.trim().toUpperCase() === 'YES';
}
