import type { Media, MessageEvent, OpenTurn, Thread } from '../thread/thread-state.ts';
import type { AskedHandoff } from '../turn/step.ts';
import type { AttemptFailure } from '../turn/turn-steps.ts';

/** One turn, as it is put to an assistant. */
export type Question = {
  turnId: string;
  accountSid: string;
  assistantId: string | null;
  sessionId: string;
  identity: string;
  body: string;
  /** Files that came with it, which are still at Twilio. */
  media: readonly Media[];
  /** Where Tandem can be reached, for an answer that comes later. */
  publicUrl: string | null;
  /** Where the trace of the first words began. */
  trace?: string;
};

export type AskResult =
  /** With `handoff` the assistant asks for a human to take over. */
  | { kind: 'answer'; text: string; handoff?: AskedHandoff }
  /** The answer will be delivered to our callback. */
  | { kind: 'accepted' }
  | ({ kind: 'failed' } & AttemptFailure);

/** Puts a question to an assistant. The turn's id is the idempotency key, so asking again is safe. Never throws. */
export type Ask = (question: Question, signal: AbortSignal) => Promise<AskResult>;

export function questionOf(thread: Thread, turn: OpenTurn): Question {
  const messages = turn.events.filter((event): event is MessageEvent => event.kind === 'message');
  return {
    turnId: turn.id,
    accountSid: thread.accountSid,
    assistantId: turn.assistantId,
    sessionId: turn.sessionId,
    identity: thread.identity,
    body: messages.map((message) => words(message, thread.theirs)).join('\n'),
    media: messages.flatMap(({ content }) => content.media),
    publicUrl: thread.publicUrl,
    trace: messages[0]?.content.trace,
  };
}

/** What a message says, in words; what is not text is described, so that a message without text is not an empty one. */
function words({ content }: MessageEvent, customer: string): string {
  const { author } = content;
  // In a group the others who ask are told apart.
  const speaker = author !== undefined && author !== customer ? `${author}: ` : '';
  const lines = content.body.trim() === '' ? [] : [speaker + content.body];
  for (const { contentType, fileName } of content.media) {
    const name = fileName === undefined ? '' : ` named ${JSON.stringify(fileName)}`;
    lines.push(`[The customer sent a file${name} of type ${contentType}.]`);
  }
  const { Latitude, Longitude, Address, Label } = content.fields;
  if (Latitude !== undefined && Longitude !== undefined) {
    const place = [Label, Address].filter((part) => part !== undefined).join(', ');
    lines.push(`[The customer sent a location: ${Latitude}, ${Longitude}${place ? ` (${place})` : ''}.]`);
  }
  return lines.length > 0 ? lines.join('\n') : '[The customer sent an empty message.]';
}
