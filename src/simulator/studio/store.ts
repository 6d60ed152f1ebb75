import { z } from 'zod';
import { fixedSid } from '../sid.ts';

const workflow = { workspaceSid: z.string().optional(), workflowSid: z.string().optional() };

/** What a flow does, one widget after the other. */
const step = z.union([
  /** Send message. */
  z.strictObject({ say: z.string().min(1).max(1600) }),
  /** Send and wait for reply. */
  z.strictObject({ ask: z.string().min(1).max(1600) }),
  /** Make HTTP request: a signed POST whose `Data` is the trigger as JSON, as the samples' functions read it. */
  z.strictObject({ request: z.url({ protocol: /^https?$/ }) }),
  /** Send to Flex. */
  z.strictObject({ flex: z.strictObject({ ...workflow, attributes: z.record(z.string(), z.unknown()).default({}) }) }),
  /** Takes the flow's own webhook off the conversation, so that whoever had it before has it again. */
  z.strictObject({ giveBack: z.literal(true) }),
]);

export const flowDefinition = z.strictObject({
  friendlyName: z.string().min(1).max(100).default('Flow'),
  steps: z.array(step).max(100),
});

export type Flow = z.output<typeof flowDefinition> & { sid: string; createdAt: Date; updatedAt: Date };

/** One run of a flow, with one conversation or, started over REST, with one phone. */
export type Execution = {
  sid: string;
  accountSid: string;
  flow: Flow;
  contact: { kind: 'conversation'; conversationSid: string } | { kind: 'phone'; to: string; from: string };
  status: 'active' | 'ended';
  /** Of the step that comes next. */
  position: number;
  parameters: Record<string, unknown>;
  /** What the contact said, first the words that started the flow. */
  heard: string[];
  createdAt: Date;
  updatedAt: Date;
};

export type StudioStore = ReturnType<typeof createStudioStore>;

/** Every account has one flow from the start, which talks a little and gives back. */
export function createStudioStore(accountSids: readonly string[], now: () => Date) {
  const flows = new Map<string, Flow>();
  const executions: Execution[] = [];
  const at = now();
  for (const accountSid of accountSids) {
    const sid = fixedSid('FW', accountSid);
    flows.set(sid, {
      sid,
      friendlyName: 'Call back',
      steps: [
        { say: 'You are talking to a Studio flow now.' },
        { ask: 'When may we call you back?' },
        { say: 'Thank you, we will call you then.' },
        { giveBack: true },
      ],
      createdAt: at,
      updatedAt: at,
    });
  }
  return {
    flows,
    executions,
    forget: () => void executions.splice(0),
    put(sid: string, definition: z.output<typeof flowDefinition>): Flow {
      const known = flows.get(sid);
      const flow = { ...definition, sid, createdAt: known?.createdAt ?? now(), updatedAt: now() };
      flows.set(sid, flow);
      return flow;
    },
  };
}
