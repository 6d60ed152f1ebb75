import { createHash } from 'node:crypto';
import { createFailureStore } from '../../src/console/api/failures/failure-store.ts';
import { placeFor } from '../../src/handoff/handoff.ts';
import { createHandoffStore } from '../../src/handoff/handoff-store.ts';
import { createMeanwhile } from '../../src/handoff/meanwhile.ts';
import { type Arrival, createAccept } from '../../src/inbox/accept.ts';
import type { Events } from '../../src/observability/events.ts';
import { createLogger } from '../../src/observability/logger.ts';
import { createMessagesLine } from '../../src/outbox/messages-line.ts';
import { createApplyReceipt } from '../../src/outbox/receipts.ts';
import { sql } from '../../src/store/database.ts';
import type { Handling } from '../../src/thread/thread-state.ts';
import { HOLDER_LOCK } from '../../src/turn/holder.ts';
import type { TurnSettings } from '../../src/turn/step.ts';
import { fromTwilioStatus, type MessageStatus } from '../../src/twilio/message-status.ts';
import { arrivalOf } from '../../src/twilio/webhooks/messaging.ts';
import { type Command, goodFate } from './commands.ts';
import type { Ground } from './ground.ts';
import { noteTaken, noteVisit } from './journal.ts';
import { createAssistantModel, createDeskModel, createTwilioModel } from './models.ts';
import { type SimulatedProcess, startProcess } from './simulated-process.ts';

/** Two numbers of one Messaging Service that one customer writes to, another customer, and a WhatsApp thread. */
const LINES = [
  { from: '+15550000001', to: '+15559000001', messagingServiceSid: 'MG1' },
  { from: '+15550000001', to: '+15559000002', messagingServiceSid: 'MG1' },
  { from: '+15550000002', to: '+15559000001', messagingServiceSid: null },
  { from: 'whatsapp:+15550000001', to: 'whatsapp:+15559000001', messagingServiceSid: null },
] as const;

export const SETTINGS: TurnSettings = {
  sessionIdle: 4 * 3_600_000,
  debounce: 0,
  timeout: 60_000,
  attempts: 3,
  apologyText: 'Sorry, something went wrong.',
  handoff: {
    keywords: ['agent'],
    onFailure: true,
    timeout: 600_000,
    flex: undefined,
    studioFlowSid: undefined,
    requestedText: 'One moment.',
    nobodyText: 'Nobody is here.',
    returnText: 'I am back.',
  },
};
export const SEND_TIMEOUT = 10_000;

const PUBLIC_URL = 'https://tandem.example';
/** More effects, or more moments, than this after the last fault: something waits for ever, or goes in circles. */
const PATIENCE = 3_000;

export type Campaign = ReturnType<typeof createCampaign>;

/** One run: Tandem's processes around one database, with everything outside them simulated, the time included. */
export function createCampaign(ground: Ground, options: { debounce: number; skew: number; flex: boolean }) {
  const { db, locks } = ground;
  const flex = options.flex ? { workspaceSid: 'WS1', workflowSid: 'WW1' } : undefined;
  const settings: TurnSettings = {
    ...SETTINGS,
    debounce: options.debounce,
    handoff: { ...SETTINGS.handoff, flex },
  };
  let time = Date.parse('2026-03-01T12:00:00Z');
  let ids = 0;
  let holders = 0;
  let messages = 0;
  let uses = 0;
  const now = () => new Date(time);
  const newId = () => uuidOf(`${++ids}`);

  /** What went wrong that nobody may overlook. */
  const errors: string[] = [];
  const log = createLogger('error', { write: (line) => void errors.push(line) });
  const events = { sweepRescued() {} } as Partial<Events> as Events;

  const twilio = createTwilioModel({
    now,
    timeout: SEND_TIMEOUT,
    skew: options.skew,
    took: ({ outboundId }) => noteTaken(db, outboundId, now()),
  });
  const desk = createDeskModel({
    now,
    timeout: SEND_TIMEOUT,
    changed: ({ threadKey, handoffId, stands }) => noteVisit(db, threadKey, handoffId, stands),
  });
  const assistant = createAssistantModel({ now, timeout: settings.timeout });
  const accept = createAccept(db, now, () => undefined);
  const applyReceipt = createApplyReceipt(db, now, () => undefined);
  const handoffs = createHandoffStore({ db, now, newId, wake: () => undefined, announce: () => undefined });
  const failed = createFailureStore(db, now, newId);

  const arrivals: Arrival[] = [];
  const retried = new Set<string>();
  const processes = new Map<number, SimulatedProcess>();

  /** The process in this place; a new one where the last one has died. */
  async function processIn(place: number): Promise<SimulatedProcess> {
    const current = processes.get(place);
    if (current?.isAlive()) return current;
    const holder = ++holders;
    await locks.query('select pg_advisory_lock($1, $2)', [HOLDER_LOCK, holder]);
    const fresh = startProcess({
      holder,
      db,
      now,
      log,
      events,
      gone: async () => void (await locks.query('select pg_advisory_unlock($1, $2)', [HOLDER_LOCK, holder])),
      advanceParts: (gated) => ({
        ask: assistant.askFor(gated),
        lineFor: (store) =>
          createMessagesLine({
            carrier: twilio.carrierFor(gated),
            store,
            publicUrl: PUBLIC_URL,
          }),
        catchUp: async () => undefined,
        desks: { flex: desk.deskFor(gated), studio: desk.deskFor(gated) },
        meanwhile: createMeanwhile(db),
        settings,
        sendTimeout: SEND_TIMEOUT,
        announce: () => undefined,
        wakeAt: () => undefined,
        now,
        newId,
      }),
    });
    processes.set(place, fresh);
    return fresh;
  }

  function arrivalOn(thread: number, body: string, secondsAgo = 0): Arrival {
    return arrivalOf({
      ...(LINES[thread] as (typeof LINES)[number]),
      sid: `SM${String(messages).padStart(32, 'a')}`,
      accountSid: 'AC1',
      body,
      media: [],
      optOutType: undefined,
      assistantId: null,
      publicUrl: null,
      occurredAt: new Date(time - secondsAgo * 1_000),
      source: secondsAgo > 0 ? 'backfill' : 'webhook',
      fields: {},
    });
  }

  /** Something new that is said; unless it is a word about consent, its text is its own. */
  function said(thread: number, word?: string, secondsAgo?: number): Arrival {
    messages++;
    const arrival = arrivalOn(thread, word ?? `m${messages}`, secondsAgo);
    arrivals.push(arrival);
    return arrival;
  }

  /** Accepts all at once, so that they share a commit. */
  async function arrive(batch: Arrival[], expected: 'accepted' | 'duplicate'): Promise<void> {
    for (const outcome of await Promise.all(batch.map(accept))) {
      if (outcome !== expected) errors.push(`An arrival was ${outcome}, not ${expected}.`);
    }
  }

  async function carryOut(command: Command): Promise<void> {
    switch (command.do) {
      case 'text': {
        const burst = Array.from({ length: command.times }, () => said(command.thread));
        return arrive(burst, 'accepted');
      }
      case 'word':
        return arrive([said(command.thread, command.word)], 'accepted');
      case 'text found late':
        return arrive([said(command.thread, undefined, command.secondsAgo)], 'accepted');
      case 'repeat': {
        const earlier = at(arrivals, command.which);
        return earlier && arrive([earlier, { ...earlier, source: 'backfill' }], 'duplicate');
      }
      case 'hand over':
        return handOver(arrivalOn(command.thread, '').threadKey, command.to);
      case 'operator says':
        await handoffs.say(arrivalOn(command.thread, '').threadKey, [`operator ${++messages}`]);
        return;
      case 'agent': {
        const visit = at(desk.visits, command.which);
        if (!visit) return;
        await desk.act(visit, command.act);
        for (let times = 0; times < command.told; times++) await handoffs.signal({ handoffId: visit.handoffId });
        return;
      }
      case 'tell again': {
        const visit = at(desk.visits, command.which);
        if (visit) await handoffs.signal({ handoffId: visit.handoffId });
        return;
      }
      case 'retry failed turn': {
        const { turns } = await failed.lists(50);
        const turn = at(turns as { id: string }[], command.which);
        if (turn && (await failed.retry(turn.id))) retried.add(turn.id);
        return;
      }
      case 'receipt': {
        const message = at(twilio.taken, command.which);
        if (!message) return;
        const { sid, outboundId } = message;
        const hasFailed = command.status === 'failed' || command.status === 'undelivered';
        await applyReceipt({
          sid,
          outboundId: command.bySidOnly ? null : outboundId,
          twilioStatus: command.status,
          status: fromTwilioStatus(command.status) as MessageStatus,
          errorCode: hasFailed ? 30_008 : null,
          fields: {},
        });
        return;
      }
      case 'reply':
        return reply(command.which, command.content);
      case 'work': {
        const process = await processIn(command.process);
        for (const fate of command.fates) {
          if (!process.isAlive()) return;
          if (process.isIdle()) {
            process.look();
            await process.settled();
          }
          time += 2;
          await process.go(fate);
        }
        return;
      }
      case 'look':
      case 'sweep':
      case 'renew': {
        const process = await processIn(command.process);
        process[command.do]();
        return process.settled();
      }
      case 'kill':
        return (await processIn(command.process)).kill(command.lockLingers);
      case 'stop':
        return (await processIn(command.process)).stop(command.breakOff);
      case 'time passes':
        time += command.ms;
        return;
      default:
        command satisfies never;
    }
  }

  async function reply(which: number, content: 'success' | 'failed' | 'blank'): Promise<void> {
    const owed = at(assistant.owed, which);
    if (!owed) return;
    const { turnId, sessionId, text } = owed;
    // Every other reply comes under a name that was used before.
    const use = uuidOf(`use ${uses++ >> 1}`);
    const body = content === 'success' ? text : '';
    const status = content === 'failed' ? 'FAILED' : 'SUCCESS';
    await ground.postReply({ turnId, use, sessionId, status, body }, now());
  }

  async function handOver(threadKey: string, to: Handling): Promise<void> {
    if (to === 'assistant') await handoffs.recall(threadKey);
    if (to === 'human') await handoffs.takeOver(threadKey);
    if (to !== 'requested') return;
    const place = placeFor({ channel: 'sms' }, settings.handoff);
    await handoffs.request(threadKey, { place, requestedBy: 'tool', reason: null, summary: null });
  }

  /** No more faults: everybody goes on, zombies included, and time passes until nothing is left to do. */
  async function comeToRest(): Promise<void> {
    for (const visit of desk.visits) await desk.act(visit, 'lets go');
    for (let effects = 0, moments = 0; ; moments++) {
      await processIn(0);
      for (const process of processes.values()) {
        if (!process.isAlive()) continue;
        process.sweep();
        process.look();
        await process.settled();
        while (process.isAlive() && !process.isIdle()) {
          await process.go(goodFate);
          if (++effects > PATIENCE) throw new Error(`It goes in circles. ${errors[0] ?? ''}`);
        }
      }
      const [next] = await db.query<{ at: Date | null }>(sql`select min(due_at) as at from gateway.thread`);
      if (!next?.at) return;
      if (moments > PATIENCE) throw new Error('Something waits for ever.');
      time = Math.max(time, next.at.getTime()) + 1;
    }
  }

  return { carryOut, comeToRest, settings, arrivals, retried, twilio, desk, assistant, errors };
}

function at<Item>(items: Item[], which: number): Item | undefined {
  return items[which % Math.max(1, items.length)];
}

/** An id that depends on the run's commands alone. Its last digits decide the jitter of retries. */
function uuidOf(text: string): string {
  const hex = createHash('sha1').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
