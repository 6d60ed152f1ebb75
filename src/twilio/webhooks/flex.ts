import { namesInTask } from '../../handoff/flex-attributes.ts';
import type { HandoffNames } from '../../handoff/handoff.ts';
import { firstValue } from './form.ts';
import type { SignedWebhook } from './signed-request.ts';

/**
 * Parses an event of a Flex interaction or of TaskRouter (protocol reference 5.7). It is only news: how things stand is
 * asked for, so it does not matter in which order events come, and how often.
 */
export function parseFlexEvent({ fields }: SignedWebhook): { event: string; names: HandoffNames } {
  const sid = (name: string) => {
    const value = firstValue(fields, name) ?? '';
    return /^[A-Z]{2}[0-9a-fA-F]{32}$/.test(value) ? value : undefined;
  };
  const { handoffId, interactionSid, conversationSid } = namesInTask(firstValue(fields, 'TaskAttributes'));
  return {
    event: (firstValue(fields, 'EventType') ?? '').slice(0, 60),
    names: {
      handoffId,
      interactionSid: sid('InteractionSid') ?? interactionSid,
      conversationSid: sid('MediaChannelSid') ?? conversationSid,
      taskSid: sid('TaskSid'),
    },
  };
}
