import type { Carrier } from './carrier.ts';
import type { Webhook, WebhookOutcome } from './deliver-webhook.ts';

/** Longest that a webhook is held back to arrive out of order, when no other comes that it could follow. */
const heldMs = 3_000;

/**
 * Posts a webhook of Conversations, Flex or TaskRouter: one try, 5 s. Faults strike here. Answers what the first copy
 * met with.
 */
export async function deliverEvent(carrier: Carrier, webhook: Webhook, copies = 1): Promise<WebhookOutcome> {
  const { faults, pace, webhooks } = carrier;
  const fault = faults.first('webhook', { event: webhook.fields.EventType });
  if (fault?.kind === 'slow') await pace.wait(fault.ms);
  if (fault?.kind === 'out-of-order') await holdBack(carrier);
  const failures = fault?.kind === 'lose' || fault?.kind === 'reset' ? 1 : 0;
  const post = () => webhooks.post(webhook, { failures, once: true });
  const first = post();
  const times = copies + (fault?.kind === 'duplicate' ? fault.times : 0);
  await Promise.all(Array.from({ length: times - 1 }, post));
  return first;
}

/** Until some other webhook was answered. */
export async function holdBack({ webhooks, pace }: Carrier): Promise<void> {
  await Promise.race([webhooks.nextAnswer(), pace.wait(heldMs)]);
}
