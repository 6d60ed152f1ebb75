/** Who the customer is towards the assistant and its tools, spelled as in Twilio's own samples. */
export function identityOf(from: string): string {
  return from.startsWith('whatsapp:') ? from : `phone:${from}`;
}

/** The same for the author of a message in a Conversation. */
export function conversationIdentityOf(author: string): string {
  if (author.includes(':')) return author;
  // The guest of a Flex webchat.
  return author.startsWith('FX') ? `flex_participant:${author}` : `user_id:${author}`;
}
