import { parseConversationKey } from '../thread/thread-key.ts';

/** Who takes a thread over: an agent in Flex, a Studio flow, or an operator in the console. */
export type HandoffTarget = 'flex' | 'studio' | 'operator';

/** Where a thread is handed over to. */
export type Place =
  | { target: 'flex'; workspaceSid: string; workflowSid: string }
  | { target: 'studio'; flowSid: string }
  | { target: 'operator' };

export type Requester = 'assistant' | 'tool' | 'customer' | 'failure' | 'operator';

export type HandoffState =
  /** Nothing was asked of the target yet. */
  | 'requested'
  /** It is being created there: as long as nobody knows whether it was, it is looked for and not created again. */
  | 'beginning'
  /** It stands there, and no human has come yet. */
  | 'waiting'
  | 'human'
  /** Over for us; the target is being told. */
  | 'ending';

/** A human let go of it; somebody called it back; nobody came; it could not be begun. */
export type HandoffOutcome = 'returned' | 'recalled' | 'nobody' | 'failed';

/** What a handoff is called at Twilio. */
export type HandoffRefs = {
  interactionSid: string | null;
  channelSid: string | null;
  taskSid: string | null;
  conversationSid: string | null;
  webhookSid: string | null;
};

/** What a target calls the handoff that it has news of. */
export type HandoffNames = {
  handoffId?: string | undefined;
  interactionSid?: string | undefined;
  conversationSid?: string | undefined;
  taskSid?: string | undefined;
};

/** A handoff that is not over. */
export type Handoff = {
  id: string;
  place: Place;
  requestedBy: Requester;
  reason: string | null;
  summary: string | null;
  state: HandoffState;
  attempts: number;
  attemptedAt: Date | null;
  retryAt: Date | null;
  /** What went wrong last. */
  error: string | null;
  refs: HandoffRefs;
  /** How often the target has said that something changed, and how much of that was looked at. */
  signals: number;
  signalsSeen: number;
  lookedAt: Date | null;
  /** When to look at the target although it says nothing; of one that is ending: when all that was said there is listed. */
  checkAt: Date | null;
  recalledAt: Date | null;
  /** Why it is ending. */
  outcome: HandoffOutcome | null;
  requestedAt: Date;
  begunAt: Date | null;
  answeredAt: Date | null;
};

/** The newest handoff of a thread that is over. */
export type PastHandoff = {
  id: string;
  target: HandoffTarget;
  requestedAt: Date;
  /** When a human had come, if one did. */
  answeredAt: Date | null;
  /** When its target was last seen to have the thread, or no longer to have it. */
  heardUntil: Date;
  /** The turn in which the assistant was told of it. */
  toldTurnId: string | null;
};

export type HandoffRequest = {
  place: Place;
  requestedBy: Requester;
  reason: string | null;
  summary: string | null;
};

export function newHandoff(threadKey: string, request: HandoffRequest, id: string, now: Date): Handoff {
  return {
    ...request,
    id,
    state: 'requested',
    attempts: 0,
    attemptedAt: null,
    retryAt: null,
    error: null,
    refs: {
      interactionSid: null,
      channelSid: null,
      taskSid: null,
      // A thread that is a Conversation stays in it.
      conversationSid: parseConversationKey(threadKey)?.sid ?? null,
      webhookSid: null,
    },
    signals: 0,
    signalsSeen: 0,
    lookedAt: null,
    checkAt: null,
    recalledAt: null,
    outcome: null,
    requestedAt: now,
    begunAt: null,
    answeredAt: null,
  };
}

export type HandoffSettings = {
  /** Messages that ask for a human when they consist of nothing else; see `isCallForHuman`. */
  keywords: readonly string[];
  /** Whether a turn that fails for good calls a human, where there is somewhere to call one. */
  onFailure: boolean;
  /** How long nobody may come, in milliseconds. */
  timeout: number;
  flex: { workspaceSid: string; workflowSid: string } | undefined;
  studioFlowSid: string | undefined;
  /** What the customer is told; nothing where it is empty. */
  requestedText: string;
  nobodyText: string;
  returnText: string;
};

/** Where a thread is handed over to when nobody names the place: only a Conversation can be given to a Studio flow. */
export function placeFor(
  { channel }: { channel: string },
  settings: Pick<HandoffSettings, 'flex' | 'studioFlowSid'>,
): Place {
  // Flex knows no RCS.
  if (settings.flex && channel !== 'rcs') return { target: 'flex', ...settings.flex };
  if (settings.studioFlowSid && channel === 'conversation')
    return { target: 'studio', flowSid: settings.studioFlowSid };
  return { target: 'operator' };
}

/** Whether a message asks for a human: one of the words and nothing else, whatever its case and punctuation. */
export function isCallForHuman(body: string, keywords: readonly string[]): boolean {
  const said = plain(body);
  return said !== '' && keywords.some((word) => plain(word) === said);
}

function plain(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, ' ')
    .trim();
}
