import type { ModelObserver } from '../assistants/agent/turn-models.ts';
import type { CheckObserver } from '../assistants/guardrails/checks.ts';
import type { Announcement } from '../turn/step.ts';
import { announceHandoff } from './handoff-events.ts';
import type { Logger } from './logger.ts';
import { masked, maskedSession } from './logger.ts';
import type { Metrics } from './metrics.ts';

export type Events = ReturnType<typeof createEvents>;

/** What a thread's key begins with. */
const channelOf = (threadKey: string) => threadKey.split(':', 1)[0] as string;

type Rejection = { kind: string; error: string; status: number; accountSid?: string; detail?: string };

/**
 * One function per business event, which writes its log line and moves its counters. Numbers are masked to their last
 * two digits; message texts appear only when `bodies` is true.
 */
export function createEvents(log: Logger, metrics: Metrics, bodies: boolean) {
  const text = (body: string) => (bodies ? { body } : {});

  return {
    webhookAccepted(event: {
      kind: string;
      threadKey: string;
      messageSid: string;
      body: string;
      ms: number;
      duplicate: boolean;
    }) {
      metrics.webhooks.inc({ kind: event.kind, outcome: event.duplicate ? 'duplicate' : 'accepted' });
      metrics.acceptSeconds.observe({ channel: channelOf(event.threadKey) }, event.ms / 1_000);
      log.info(
        { threadKey: masked(event.threadKey), messageSid: event.messageSid, durationMs: event.ms, ...text(event.body) },
        event.duplicate ? 'webhook.duplicate' : 'webhook.accepted',
      );
    },
    webhookRejected({ kind, error, status, accountSid, detail }: Rejection) {
      metrics.webhooks.inc({ kind, outcome: 'rejected' });
      log.warn({ kind, error, status, accountSid, detail }, 'webhook.rejected');
    },
    webhookFailed(kind: string, error: unknown) {
      metrics.webhooks.inc({ kind, outcome: 'failed' });
      log.error({ kind, err: error }, 'webhook.failed');
    },
    handoffSignalled({ event, threadKeys }: { event: string; threadKeys: string[] }) {
      metrics.webhooks.inc({ kind: 'flex', outcome: 'accepted' });
      log.debug({ event, threadKeys: threadKeys.map(masked) }, 'handoff.signalled');
    },
    loggedIn(role: 'operator' | 'viewer') {
      metrics.logins.inc({ outcome: role });
      log.info({ role }, 'console.logged_in');
    },
    /** Somebody came with a token that is none of ours. */
    loginRefused({ address, by }: { address: string | undefined; by: 'form' | 'bearer' }) {
      metrics.logins.inc({ outcome: 'refused' });
      log.warn({ address, by }, 'console.login_refused');
    },
    backfillRecovered(event: { number: string; messages: number }) {
      metrics.recovered.inc(event.messages);
      log.warn({ number: masked(event.number), messages: event.messages }, 'backfill.recovered');
    },
    backfillUnstorable({ messageSid, error }: { messageSid: string; error: unknown }) {
      log.error({ messageSid, err: error }, 'backfill.unstorable');
    },
    modelCalled({ assistantId, model, outcome, ms, inputTokens, outputTokens }: Parameters<ModelObserver>[0]) {
      metrics.modelCalls.inc({ model, outcome });
      metrics.modelSeconds.observe({ model }, ms / 1_000);
      metrics.modelTokens.inc({ model, direction: 'in' }, inputTokens);
      metrics.modelTokens.inc({ model, direction: 'out' }, outputTokens);
      const line = { assistantId, model, outcome, durationMs: ms, inputTokens, outputTokens };
      if (outcome === 'answered') log.info(line, 'model.called');
      else log.warn(line, 'model.failed');
    },
    guardrailChecked({ check, verdict, score, outcome }: Parameters<CheckObserver>[0]) {
      metrics.guardrails.inc({ check, verdict: outcome });
      if (outcome !== 'passed') log.warn({ check, found: verdict, score, outcome }, 'guardrail.found');
    },
    catchUpFailed({ threadKey, error }: { threadKey: string; error: unknown }) {
      log.warn({ threadKey: masked(threadKey), err: error }, 'conversation.catch_up_failed');
    },
    conversationChanged({ kind, threadKey }: { kind: string; threadKey: string }) {
      log.info({ threadKey: masked(threadKey) }, `conversation.${kind}`);
    },
    sweepRescued(threadKeys: string[], why: 'dead_holder' | 'overdue') {
      metrics.rescued.inc(threadKeys.length);
      log.warn({ threads: threadKeys.length, threadKeys: threadKeys.slice(0, 20).map(masked), why }, 'sweep.rescued');
    },
    receiptApplied(event: { messageSid: string; status: string; errorCode: number | null; error: string | null }) {
      if (event.status === 'sent') return;
      metrics.messages.inc({ status: event.status });
      const line = {
        messageSid: event.messageSid,
        errorCode: event.errorCode ?? undefined,
        error: event.error ?? undefined,
      };
      if (event.status === 'failed' || event.status === 'undelivered') log.warn(line, 'message.failed');
      else log.info(line, `message.${event.status}`);
    },
    /** What a recorded step of a thread amounts to. */
    announce(threadKey: string, announcement: Announcement, now: Date) {
      const thread = { threadKey: masked(threadKey) };
      const since = (time: Date | null) => (time ? now.getTime() - time.getTime() : undefined);
      switch (announcement.kind) {
        case 'turn.opened':
          log.debug(
            { ...thread, turnId: announcement.turn.id, messages: announcement.turn.events.length },
            'turn.opened',
          );
          return;
        case 'turn.completed': {
          const { turn, parts } = announcement;
          const durationMs = since(turn.events[0]?.receivedAt ?? turn.openedAt) as number;
          metrics.turns.inc({ outcome: 'answered' });
          metrics.turnSeconds.observe({ channel: channelOf(threadKey) }, durationMs / 1_000);
          log.info(
            {
              ...thread,
              sessionId: maskedSession(turn.sessionId),
              turnId: turn.id,
              attempt: turn.attempts,
              parts,
              durationMs,
            },
            'turn.completed',
          );
          return;
        }
        case 'turn.silent':
          metrics.turns.inc({ outcome: 'silent' });
          log.info(
            { ...thread, turnId: announcement.turnId, reason: announcement.reason, messages: announcement.events },
            'turn.silent',
          );
          return;
        case 'turn.dropped':
          metrics.turns.inc({ outcome: 'dropped' });
          log.info({ ...thread, turnId: announcement.turn.id, reason: announcement.reason }, 'turn.dropped');
          return;
        case 'turn.retrying': {
          const { turn, error, errorCode, retryAt } = announcement;
          metrics.turnRetries.inc({ code: errorCode });
          log.warn({ ...thread, turnId: turn.id, attempt: turn.attempts, errorCode, error, retryAt }, 'turn.retrying');
          return;
        }
        case 'turn.failed': {
          const { turn, error, errorCode } = announcement;
          metrics.turns.inc({ outcome: 'failed' });
          log.error(
            {
              ...thread,
              sessionId: maskedSession(turn.sessionId),
              turnId: turn.id,
              attempt: turn.attempts,
              errorCode,
              error,
            },
            'turn.failed',
          );
          return;
        }
        case 'message.sent': {
          const { message, sid, reconciled } = announcement;
          const durationMs = since(message.attemptedAt) ?? 0;
          metrics.messages.inc({ status: 'sent' });
          metrics.sendSeconds.observe({ channel: channelOf(threadKey) }, durationMs / 1_000);
          log.info(
            {
              ...thread,
              turnId: message.turnId,
              messageId: message.id,
              messageSid: sid,
              attempt: message.attempts,
              reconciled,
              durationMs,
              ...text(message.body),
            },
            'message.sent',
          );
          return;
        }
        case 'message.retrying': {
          const { message, error, retryAt } = announcement;
          log.warn({ ...thread, messageId: message.id, attempt: message.attempts, error, retryAt }, 'message.retrying');
          return;
        }
        case 'message.failed': {
          const { message, error, errorCode } = announcement;
          metrics.messages.inc({ status: 'failed' });
          log.error(
            { ...thread, turnId: message.turnId, messageId: message.id, attempt: message.attempts, errorCode, error },
            'message.failed',
          );
          return;
        }
        case 'message.dropped':
          metrics.messages.inc({ status: 'dropped' }, announcement.messages.length);
          log.info(
            { ...thread, messages: announcement.messages.length, reason: announcement.reason },
            'message.dropped',
          );
          return;
        case 'handoff.requested':
        case 'handoff.begun':
        case 'handoff.answered':
        case 'handoff.retrying':
        case 'handoff.ended':
          return announceHandoff(log, metrics, thread.threadKey, announcement, now);
        default:
          announcement satisfies never;
      }
    },
  };
}
