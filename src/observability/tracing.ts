import {
  type Attributes,
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import type { RequestHandler } from 'express';
import type { ModelObserver } from '../assistants/agent/turn-models.ts';
import type { Ask } from '../assistants-client/question.ts';
import type { Accept } from '../inbox/accept.ts';
import type { Receipt, ReceiptOutcome } from '../outbox/receipts.ts';
import { type Database, sql } from '../store/database.ts';
import type { OpenTurn } from '../thread/thread-state.ts';
import type { Announcement } from '../turn/step.ts';
import { type Logger, masked } from './logger.ts';

type Announce = (threadKey: string, announcement: Announcement, now: Date) => void;
type ApplyReceipt = (receipt: Receipt) => Promise<ReceiptOutcome>;

export type Tracing = {
  accept(accept: Accept): Accept;
  ask(ask: Ask): Ask;
  announce(announce: Announce): Announce;
  applyReceipt(applyReceipt: ApplyReceipt): ApplyReceipt;
  /** Answers that others ask our assistants for, in the trace of whoever asks. */
  answers(router: RequestHandler): RequestHandler;
  modelCalled(observe: ModelObserver): ModelObserver;
};

const ANSWERS = /^\/v1\/Assistants\/([^/]+)\/Messages$/;

const MOST_TURNS = 10_000;

/** As it is. */
const as = <Work>(work: Work): Work => work;

/**
 * Follows a message through the processes that work on it: accept → turn → ask (→ answer → model), send, receipt. The trace begins with the
 * message and is stored with it (as a W3C traceparent in the event's JSON), so whoever works on it later finds it there.
 * Spans carry ids, codes and masked addresses: never a text, never a number.
 */
export function createTracing(parts: { enabled: boolean; db: Database; log: Logger }): Tracing {
  if (!parts.enabled) return { accept: as, ask: as, announce: as, applyReceipt: as, answers: as, modelCalled: as };
  const { db, log } = parts;
  const tracer = trace.getTracer('tandem');
  /** Turns that this process is asking about. */
  const turns = new Map<string, { span: Span; context: Context }>();

  function turnOf(id: string, origin: Context, attributes: Attributes, startTime?: Date) {
    const known = turns.get(id);
    if (known) return known;
    const span = tracer.startSpan('tandem.turn', { attributes, ...(startTime && { startTime }) }, origin);
    const begun = { span, context: trace.setSpan(origin, span) };
    turns.set(id, begun);
    // A turn that somebody else went on with is never heard of again here.
    const [oldest] = turns.size > MOST_TURNS ? turns.keys() : [];
    if (oldest !== undefined) turns.delete(oldest);
    return begun;
  }

  function endTurn(turn: OpenTurn, threadKey: string, outcome: string, code?: string): void {
    const { span } = turnOf(turn.id, contextOf(traceOf(turn)), {}, turn.openedAt);
    turns.delete(turn.id);
    span.setAttributes({
      'tandem.thread': masked(threadKey),
      'tandem.turn.id': turn.id,
      'tandem.turn.attempt': turn.attempts,
      'tandem.turn.messages': turn.events.length,
      'tandem.turn.outcome': outcome,
    });
    if (code !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: code });
    span.end();
  }

  /** The trace of a message of ours is that of the words that it answers. */
  async function traceOfMessage(of: { id: string | null; sid: string | null }): Promise<string | undefined> {
    const [row] = await db.query<{ trace: string | null }>(sql`
      select event.event ->> 'trace' as trace
      from gateway.outbound_message message
      join gateway.turn on turn.id = message.turn_id
      join gateway.inbound_event event on event.id = turn.event_ids[1]
      where message.id = ${of.id}::uuid or (${of.id}::uuid is null and message.sid = ${of.sid})`);
    return row?.trace ?? undefined;
  }

  /** A span of something that is over, in the trace of a message of ours. */
  function spanOfMessage(
    name: string,
    of: { id: string | null; sid: string | null },
    times: { from: Date; to: Date },
    attributes: Attributes,
    code?: string,
  ): void {
    traceOfMessage(of)
      .then((stored) => {
        const span = tracer.startSpan(
          name,
          { kind: SpanKind.CLIENT, startTime: times.from, attributes },
          contextOf(stored),
        );
        if (code !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: code });
        span.end(times.to);
      })
      .catch((error) => log.debug({ err: error }, 'trace.lost'));
  }

  return {
    accept(accept: Accept): Accept {
      return (arrival) => {
        const attributes = {
          'tandem.channel': arrival.channel,
          'tandem.kind': arrival.kind,
          'tandem.source': arrival.source,
          'tandem.thread': masked(arrival.threadKey),
          'tandem.message.sid': arrival.content.sid,
        };
        return tracer.startActiveSpan(
          'tandem.accept',
          { kind: SpanKind.SERVER, attributes },
          ROOT_CONTEXT,
          async (span) => {
            try {
              const outcome = await accept({ ...arrival, content: { ...arrival.content, trace: traceparent() } });
              span.setAttribute('tandem.outcome', outcome);
              return outcome;
            } catch (error) {
              span.setStatus({ code: SpanStatusCode.ERROR, message: 'store' });
              throw error;
            } finally {
              span.end();
            }
          },
        );
      };
    },

    ask(ask: Ask): Ask {
      return async (question, signal) => {
        const turn = turnOf(question.turnId, contextOf(question.trace), {});
        return tracer.startActiveSpan(
          'tandem.ask',
          { kind: SpanKind.CLIENT, attributes: { 'tandem.turn.id': question.turnId } },
          turn.context,
          async (span) => {
            try {
              const result = await ask(question, signal);
              span.setAttribute('tandem.outcome', result.kind);
              if (result.kind === 'failed') span.setStatus({ code: SpanStatusCode.ERROR, message: result.code });
              // Whoever gets the answer, or the next attempt, goes on in a span of its own.
              if (result.kind === 'accepted' || signal.aborted) {
                turns.delete(question.turnId);
                turn.span.setAttributes({ 'tandem.turn.id': question.turnId, 'tandem.turn.outcome': 'waiting' }).end();
              }
              return result;
            } finally {
              span.end();
            }
          },
        );
      };
    },

    announce(announce: Announce): Announce {
      return (threadKey, announcement, now) => {
        announce(threadKey, announcement, now);
        switch (announcement.kind) {
          case 'turn.completed':
            return endTurn(announcement.turn, threadKey, 'answered');
          case 'turn.dropped':
            return endTurn(announcement.turn, threadKey, 'dropped');
          case 'turn.retrying':
            return endTurn(announcement.turn, threadKey, 'retrying', announcement.errorCode);
          case 'turn.failed':
            return endTurn(announcement.turn, threadKey, 'failed', announcement.errorCode);
          case 'message.sent':
          case 'message.failed': {
            const { message } = announcement;
            const sent = announcement.kind === 'message.sent';
            const attributes = {
              'tandem.thread': masked(threadKey),
              'tandem.message.id': message.id,
              'tandem.message.purpose': message.purpose,
              'tandem.message.attempt': message.attempts,
              ...(sent && { 'tandem.message.sid': announcement.sid, 'tandem.reconciled': announcement.reconciled }),
            };
            const code = sent ? undefined : String(announcement.errorCode ?? 'unknown');
            const times = { from: message.attemptedAt ?? now, to: now };
            return spanOfMessage('tandem.send', { id: message.id, sid: null }, times, attributes, code);
          }
          default:
        }
      };
    },

    applyReceipt(applyReceipt: ApplyReceipt): ApplyReceipt {
      return async (receipt) => {
        const from = new Date();
        const outcome = await applyReceipt(receipt);
        if (outcome === 'applied') {
          const { sid, outboundId, status, errorCode } = receipt;
          const attributes = { 'tandem.message.sid': sid, 'tandem.message.status': status };
          const code = errorCode === null ? undefined : String(errorCode);
          spanOfMessage('tandem.receipt', { id: outboundId, sid }, { from, to: new Date() }, attributes, code);
        }
        return outcome;
      };
    },

    answers(router) {
      return (request, response, next) => {
        const [, assistantId] = request.method === 'POST' ? (ANSWERS.exec(request.path) ?? []) : [];
        if (assistantId === undefined) return router(request, response, next);
        const origin = propagation.extract(ROOT_CONTEXT, request.headers);
        const attributes = { 'tandem.assistant.id': assistantId };
        const span = tracer.startSpan('tandem.answer', { kind: SpanKind.SERVER, attributes }, origin);
        response.once('close', () => {
          const { statusCode } = response;
          span.setAttribute('http.response.status_code', statusCode);
          if (statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR, message: String(statusCode) });
          span.end();
        });
        return context.with(trace.setSpan(origin, span), () => router(request, response, next));
      };
    },

    modelCalled(observe) {
      return (call) => {
        observe(call);
        const { model, outcome, ms, inputTokens, outputTokens } = call;
        const attributes = {
          'gen_ai.request.model': model,
          'gen_ai.usage.input_tokens': inputTokens,
          'gen_ai.usage.output_tokens': outputTokens,
        };
        const startTime = new Date(Date.now() - ms);
        const span = tracer.startSpan('tandem.model', { kind: SpanKind.CLIENT, attributes, startTime });
        if (outcome !== 'answered') span.setStatus({ code: SpanStatusCode.ERROR, message: outcome });
        span.end();
      };
    },
  };
}

/** What of the present span has to travel with a request to somebody else; nothing when nothing is traced. */
export function traceHeaders(): Record<string, string> {
  const headers: Record<string, string> = {};
  propagation.inject(context.active(), headers);
  return headers;
}

function traceparent(): string | undefined {
  return traceHeaders().traceparent;
}

function contextOf(stored: string | undefined): Context {
  return stored === undefined ? ROOT_CONTEXT : propagation.extract(ROOT_CONTEXT, { traceparent: stored });
}

/** The trace that the first words of a turn began. */
function traceOf(turn: OpenTurn): string | undefined {
  const [first] = turn.events;
  return first && 'trace' in first.content ? first.content.trace : undefined;
}
