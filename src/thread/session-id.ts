/** A new session's id; `to` keeps its channel prefix, for tools and callbacks read the sender's address out of it. */
export function messagingSessionId(to: string, uuid: string): string {
  return `messaging__${to}/${uuid}`;
}

/** The caller's own session id: the assistants platform puts `webhook:` before it in callbacks and tool calls. */
export function stripWebhookPrefix(sessionId: string): string {
  return sessionId.startsWith('webhook:') ? sessionId.slice('webhook:'.length) : sessionId;
}
