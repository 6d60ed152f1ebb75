import type { ThreadState, Unsent } from '../thread/thread-state.ts';
import type { CallOutcome } from './message-steps.ts';

export type LineEnds = Pick<ThreadState, 'thread' | 'conversation'>;

/** The way on which messages leave to the customer of a thread. */
export type Line = {
  /** Never throws: what became of the call is in the outcome. */
  send(to: LineEnds, message: Unsent): Promise<CallOutcome>;
  /** The SID of a message whose sending is in doubt, if Twilio has it. Throws when Twilio cannot be asked. */
  find(to: LineEnds, message: Unsent): Promise<string | undefined>;
};

/** The Conversations API for Conversations, the Messages API for all others. */
export function createLine(lines: { messages: Line; conversations: Line }): Line {
  const of = ({ thread }: LineEnds) => (thread.channel === 'conversation' ? lines.conversations : lines.messages);
  return {
    send: (to, message) => of(to).send(to, message),
    find: (to, message) => of(to).find(to, message),
  };
}

/** What a template that takes the text of a message as its only variable is filled with; a variable is one line. */
export function templateVariables(body: string): string {
  return JSON.stringify({ 1: oneLine(body) });
}

/** WhatsApp's limit for a variable. */
const LONGEST_VARIABLE = 1_024;

export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, LONGEST_VARIABLE);
}
