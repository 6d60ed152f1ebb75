/** Who the customer is towards the assistant and its tools, spelled as in Twilio's own samples. */
export function identityOf(from: string): string {
  return from.startsWith('whatsapp:') ? from : `phone:${from}`;
}
