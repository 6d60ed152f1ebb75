import { z } from 'zod';
import type { HandoffNames } from './handoff.ts';

/** The attribute by which a task is known as the work of one of our handoffs, whatever became of the call that made it. */
export const HANDOFF_ATTRIBUTE = 'tandemHandoff';

const sid = z
  .string()
  .regex(/^[A-Z]{2}[0-9a-fA-F]{32}$/)
  .optional()
  .catch(undefined);

/** The attributes that Flex adds to a task (protocol reference 5.3), and ours. */
const attributes = z.object({
  flexInteractionSid: sid,
  flexInteractionChannelSid: sid,
  conversationSid: sid,
  [HANDOFF_ATTRIBUTE]: z.uuid().optional().catch(undefined),
});

/** Whose task it is, by its attributes: an object, or JSON. Nothing where they cannot be read. */
export function namesInTask(given: unknown): HandoffNames & { channelSid?: string | undefined } {
  const { data } = attributes.safeParse(typeof given === 'string' ? parseJson(given) : given);
  return {
    handoffId: data?.[HANDOFF_ATTRIBUTE],
    interactionSid: data?.flexInteractionSid,
    channelSid: data?.flexInteractionChannelSid,
    conversationSid: data?.conversationSid,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
