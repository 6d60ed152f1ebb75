import type { Announcement } from '../turn/step.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';

type HandoffAnnouncement = Extract<Announcement, { kind: `handoff.${string}` }>;

/** Log line and counters of one step of a handoff. Reasons and summaries are the customer's words, and stay out. */
export function announceHandoff(
  log: Logger,
  metrics: Metrics,
  threadKey: string,
  announcement: HandoffAnnouncement,
  now: Date,
): void {
  const { kind, handoff } = announcement;
  const { target } = handoff.place;
  const waited = now.getTime() - handoff.requestedAt.getTime();
  const line = { threadKey, handoffId: handoff.id, target };
  switch (kind) {
    case 'handoff.requested':
      metrics.handoffsRequested.inc({ by: handoff.requestedBy, target });
      log.info({ ...line, by: handoff.requestedBy }, kind);
      return;
    case 'handoff.begun': {
      metrics.handoffsBegun.inc({ target });
      const { interactionSid, taskSid, webhookSid } = handoff.refs;
      log.info({ ...line, interactionSid, taskSid, webhookSid, attempt: handoff.attempts, durationMs: waited }, kind);
      return;
    }
    case 'handoff.answered':
      metrics.handoffWait.observe(waited / 1_000);
      log.info({ ...line, durationMs: waited }, kind);
      return;
    case 'handoff.retrying':
      log.warn({ ...line, attempt: handoff.attempts, error: announcement.error, retryAt: announcement.retryAt }, kind);
      return;
    case 'handoff.ended': {
      const { outcome } = announcement;
      metrics.handoffsEnded.inc({ target, outcome });
      const ended = { ...line, outcome, durationMs: waited };
      if (outcome === 'failed') log.error({ ...ended, error: handoff.error }, kind);
      else log.info(ended, kind);
      return;
    }
    default:
      announcement satisfies never;
  }
}
