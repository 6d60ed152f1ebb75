import { parseConversationKey } from './thread-key.ts';

/**
 * The id of the session that begins in a thread now. Our address keeps its channel prefix, for tools and callbacks read
 * it out of the id. A Conversation is one session for as long as it lasts.
 */
export function newSessionId(thread: { key: string; ours: string }, uuid: string): string {
  const conversation = parseConversationKey(thread.key);
  if (conversation) return `conversations__${conversation.serviceSid}/${conversation.sid}`;
  return `messaging__${thread.ours}/${uuid}`;
}

/** The caller's own session id: the assistants platform puts `webhook:` before it in callbacks and tool calls. */
export function stripWebhookPrefix(sessionId: string): string {
  return sessionId.startsWith('webhook:') ? sessionId.slice('webhook:'.length) : sessionId;
}
