/** `sms` for a bare number, else the prefix: `whatsapp`, `rcs`, `messenger`. */
export function channelOf(address: string): string {
  const colon = address.indexOf(':');
  return colon === -1 ? 'sms' : address.slice(0, colon);
}

const e164 = /^\+[1-9]\d{6,14}$/;
const shortCode = /^\d{3,6}$/;
const alphanumericSender = /^(?=.*[A-Za-z])[A-Za-z0-9 &+_-]{1,11}$/;
// A WhatsApp address may hold a business-scoped user id instead of a number.
const channelAddress = /^(whatsapp|rcs|messenger):[+\w.-]{2,128}$/;

/** What a message may be addressed to. */
export function isRecipient(address: string): boolean {
  return e164.test(address) || channelAddress.test(address);
}

/** What an account may send from. */
export function isSender(address: string): boolean {
  return isRecipient(address) || shortCode.test(address) || alphanumericSender.test(address);
}

/** What a phone may text from, or text to. */
export function isPhone(address: string): boolean {
  return isRecipient(address) || shortCode.test(address);
}
