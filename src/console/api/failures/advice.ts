import { meaningOf } from '../../../twilio/error-meanings.ts';

/** What to do about a turn that failed, by its code. The cause is stored with the turn, in words. */
const byCode: Record<string, string> = {
  no_assistant: 'Create an assistant on the Assistants page, then retry.',
  unknown_assistant: 'Create the assistant, or correct ASSISTANT_ID or the webhook’s AssistantId, then retry.',
  assistant_error: 'Look at the assistant’s model and key on the Assistants page, then retry.',
  assistant_timeout: 'Retry. If it happens often, choose a faster model, add a fallback, or raise TURN_TIMEOUT.',
  assistant_failed: 'Try the same words beside the assistant’s editor to see what it runs into, then retry.',
  empty_answer: 'Retry. If it happens again, the instructions may leave the assistant nothing to say.',
  assistant_refused: 'The message cannot be answered as it is. Answer it yourself, then dismiss it.',
  assistant_auth: 'Check ASSISTANTS_BASE_URL and the account’s token, then retry.',
  assistant_unreachable: 'Check that the assistants server is up and reachable, then retry.',
  bad_answer:
    'The assistants server speaks another protocol, or a proxy answers in its place. Check its URL, then retry.',
  reply_timeout: 'Check that the assistants server can reach PUBLIC_URL, then retry.',
  crashed: 'Look for what ended the process in its log. Retry with care: this message may have been the reason.',
};

export function adviceOnTurn(code: string | null): string {
  return byCode[code ?? ''] ?? 'Read the cause, mend it, then retry. Or answer the customer yourself, and dismiss it.';
}

/** What Twilio's code means and what to do about the message. */
export function adviceOnMessage(code: number | null): string {
  const retry = code === null ? 'unknown' : meaningOf(code).retry;
  if (retry === 'no') return 'Sending it again will not help before this is mended.';
  if (retry === 'later') return 'Send it again in a while.';
  return 'Send it again if it still matters.';
}
