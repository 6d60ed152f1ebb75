import type { Ask } from '../../src/assistants-client/question.ts';
import type { Desk } from '../../src/handoff/desk.ts';
import type { CallOutcome } from '../../src/outbox/message-steps.ts';
import type { Carrier, LoggedMessage } from '../../src/twilio/carrier.ts';
import type { Fate } from './commands.ts';
import type { Gated } from './simulated-process.ts';

/** A message that Twilio really took, in the order in which it took them. */
export type Taken = { sid: string; outboundId: string; body: string; at: number; logged: LoggedMessage; lag: number };
export type Call = { outboundId: string; outcome: 'taken' | 'lost' | 'busy' | 'refused' };

/** Twilio as far as Tandem knows it. Its clock differs from ours, and its dates are cut to seconds. */
export function createTwilioModel(parts: {
  now: () => Date;
  timeout: number;
  skew: number;
  took: (taken: Taken) => Promise<void>;
}) {
  const taken: Taken[] = [];
  const calls: Call[] = [];

  async function send(message: Parameters<Carrier['send']>[0], fate: Fate, calledAt: number): Promise<CallOutcome> {
    const outboundId = new URL(message.statusCallback as string).searchParams.get('message') as string;
    const call = (outcome: Call['outcome']) => calls.push({ outboundId, outcome });
    const at = parts.now().getTime();
    if (at > calledAt + parts.timeout) {
      call('lost');
      return { kind: 'unknown', error: 'The call took too long.' };
    }
    switch (fate.send) {
      case 'is busy':
        call('busy');
        return { kind: 'later', error: 'HTTP 429', retryAfterMs: undefined };
      case 'is busy for long':
        call('busy');
        return { kind: 'later', error: 'HTTP 429', retryAfterMs: 30_000 };
      case 'is opted out':
        call('refused');
        return { kind: 'refused', error: 'Opted out.', code: 21610, optedOut: true };
      case 'refuses':
        call('refused');
        return { kind: 'refused', error: 'Not a mobile number.', code: 21614, optedOut: false };
      default: {
        call('taken');
        const { from, to, body = '' } = message;
        const sid = `SM${String(taken.length).padStart(32, '0')}`;
        const createdAt = new Date(Math.floor((at + parts.skew) / 1_000) * 1_000);
        const logged = {
          sid,
          from,
          to,
          body,
          direction: 'outbound-api',
          messagingServiceSid: null,
          numMedia: 0,
          createdAt,
        };
        const entry = { sid, outboundId, body, at, logged, lag: fate.lag };
        taken.push(entry);
        await parts.took(entry);
        return { kind: 'sent', sid, reconciled: false };
      }
    }
  }

  /** What one process sees of it. */
  const carrierFor = (gated: Gated): Carrier => ({
    send(message) {
      const calledAt = parts.now().getTime();
      return gated({
        perform: (fate) => send(message, fate, calledAt),
        broken: () => ({ kind: 'unknown', error: 'The call broke off.' }),
      });
    },
    sentTo: ({ from, to, limit }) =>
      gated({
        async perform() {
          const time = parts.now().getTime();
          return taken
            .filter(({ logged, at, lag }) => logged.from === from && logged.to === to && at + lag <= time)
            .map(({ logged }) => logged)
            .reverse()
            .slice(0, limit);
        },
        broken() {
          throw new Error('Twilio’s log could not be read.');
        },
      }),
    receivedBy: () => {
      throw new Error('Nobody asks for this here.');
    },
    mediaOf: () => {
      throw new Error('Nobody asks for this here.');
    },
  });

  return { taken, calls, carrierFor };
}

/** A thread at the agents' place, as it really stands there. */
export type Visit = {
  handoffId: string;
  threadKey: string;
  at: number;
  lag: number;
  stands: 'waiting' | 'human' | 'over';
  /** An agent has had it. */
  helped: boolean;
};

/** Flex as far as Tandem knows it: what was created there, seen a while later, and what agents make of it. */
export function createDeskModel(parts: { now: () => Date; timeout: number; changed: (visit: Visit) => Promise<void> }) {
  const visits: Visit[] = [];
  const visitOf = (handoffId: string) => visits.find((visit) => visit.handoffId === handoffId);
  const unreadable = () => {
    throw new Error('The desk could not be asked.');
  };

  async function change(visit: Visit, stands: Visit['stands']): Promise<void> {
    if (visit.stands === 'over' || visit.stands === stands) return;
    visit.stands = stands;
    visit.helped ||= stands === 'human';
    await parts.changed(visit);
  }

  const deskFor = (gated: Gated): Desk => ({
    begin({ thread, handoff }) {
      const calledAt = parts.now().getTime();
      return gated({
        broken: () => ({ kind: 'unknown', error: 'The call broke off.' }),
        async perform(fate) {
          const at = parts.now().getTime();
          if (at > calledAt + parts.timeout) return { kind: 'unknown', error: 'The call took too long.' };
          if (fate.send === 'is busy') return { kind: 'later', error: 'HTTP 429', retryAfterMs: undefined };
          if (fate.send === 'is busy for long') return { kind: 'later', error: 'HTTP 429', retryAfterMs: 30_000 };
          if (fate.send !== 'takes') return { kind: 'refused', error: 'No such workflow.' };
          const visit: Visit = {
            handoffId: handoff.id,
            threadKey: thread.key,
            at,
            lag: fate.lag,
            stands: 'waiting',
            helped: false,
          };
          visits.push(visit);
          await parts.changed(visit);
          return { kind: 'begun', refs: { conversationSid: `CH${handoff.id}` } };
        },
      });
    },
    find: ({ handoff }) =>
      gated({
        broken: unreadable,
        async perform() {
          const visit = visitOf(handoff.id);
          return visit && visit.at + visit.lag <= parts.now().getTime()
            ? { conversationSid: `CH${handoff.id}` }
            : undefined;
        },
      }),
    look: ({ handoff }) =>
      gated({
        broken: unreadable,
        async perform() {
          const { stands, helped } = visitOf(handoff.id) ?? { stands: 'over', helped: false };
          return { stands, helped, refs: {} };
        },
      }),
    close: ({ handoff }) =>
      gated({
        broken: unreadable,
        async perform() {
          const visit = visitOf(handoff.id);
          if (handoff.outcome === 'nobody' && visit?.stands === 'human') {
            return { kind: 'come', standing: { stands: 'human', refs: {} } } as const;
          }
          if (visit) await change(visit, 'over');
          if (!handoff.checkAt) return { kind: 'unlisted', forMs: 3_000 } as const;
          return { kind: 'closed' } as const;
        },
      }),
  });

  return {
    visits,
    deskFor,
    async act(visit: Visit, act: 'accepts' | 'lets go' | 'refuses'): Promise<void> {
      if (act === 'accepts' && visit.stands === 'waiting') await change(visit, 'human');
      if (act === 'lets go' && visit.stands === 'human') await change(visit, 'over');
      if (act === 'refuses' && visit.stands === 'waiting') await change(visit, 'over');
    },
  };
}

export type Asked = { turnId: string; body: string };
/** A turn whose answer the assistant owes to our callback. */
export type Owed = { turnId: string; sessionId: string; text: string };

/** An assistant that honours the idempotency key: once a turn has an answer, it keeps it. Answers name their questions. */
export function createAssistantModel(parts: { now: () => Date; timeout: number }) {
  const asked: Asked[] = [];
  const answers = new Map<string, string>();
  const refused = new Set<string>();
  const handsOver = new Set<string>();
  const owed: Owed[] = [];

  const askFor =
    (gated: Gated): Ask =>
    (question, signal) => {
      const askedAt = parts.now().getTime();
      const { turnId, sessionId, body } = question;
      const failure = {
        kind: 'failed',
        error: 'The assistant failed.',
        code: 'assistant_failed',
        retryable: true,
      } as const;
      return gated({
        broken: () => failure,
        async perform(fate) {
          if (signal.aborted || parts.now().getTime() > askedAt + parts.timeout) return failure;
          asked.push({ turnId, body });
          if (fate.ask === 'fails') return fate.lag > 0 ? { ...failure, retryAfterMs: fate.lag * 10 } : failure;
          if (fate.ask === 'refuses') {
            refused.add(turnId);
            return { ...failure, retryable: false };
          }
          const text = answers.get(turnId) ?? answerTo(body, fate.ask);
          if (fate.ask === 'hands over' && !answers.has(turnId)) handsOver.add(turnId);
          answers.set(turnId, text);
          if (handsOver.has(turnId)) return { kind: 'answer', text, handoff: { reason: 'Out of my depth.' } };
          if (fate.ask !== 'defers') return { kind: 'answer', text };
          owed.push({ turnId, sessionId, text });
          return { kind: 'accepted' };
        },
      });
    };

  return { asked, answers, refused, handsOver, owed, askFor };
}

function answerTo(body: string, how: Fate['ask']): string {
  const about = `About ${body.replaceAll('\n', ', ')}.`;
  // Too long for two paragraphs to share a message.
  const paragraph = (text: string) => `${text} ${'and so on '.repeat(90)}end.`;
  if (how === 'answers in parts') return ['One:', 'Two:', 'Three:'].map((n) => paragraph(`${n} ${about}`)).join('\n\n');
  if (how === 'answers alike') return [1, 2, 3].map(() => paragraph('Please wait.')).join('\n\n');
  // A line across the page, of which a text message shows nothing.
  if (how === 'answers nothing') return '---';
  return about;
}
