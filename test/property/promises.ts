import { channelText } from '../../src/outbox/channel-text.ts';
import { splitText } from '../../src/outbox/split-text.ts';
import { SEND_TIMEOUT } from './campaign.ts';
import { CALL } from './commands.ts';
import type { EventRow, MessageRow, Outcome } from './outcome.ts';

const SEND_ATTEMPTS = 5;
const SEND_WINDOW = 4 * 3_600_000;
/** From the record that a message leaves to the moment at which Twilio takes it: the wait before the call, and the call. */
const LEAVES_WITHIN = 2_000 + SEND_TIMEOUT;

/** Each promise in one sentence, and whatever broke it in a run. */
export function brokenPromises(outcome: Outcome): string[] {
  return [
    ...outcome.campaign.errors,
    ...everythingIsHandled(outcome),
    ...turnsEndAsTheyShould(outcome),
    ...questionsAreWhole(outcome),
    ...messagesEndAsTheyShould(outcome),
    ...answersLeaveInOrder(outcome),
    ...nobodyIsTextedAgainstTheirWill(outcome),
    ...handoffsComeToAnEnd(outcome),
  ];
}

/** What arrived is stored once and belongs to one finished turn, and no thread is left with work or a lease. */
function everythingIsHandled({ campaign, events, turns, threads, journal }: Outcome): string[] {
  const broken: string[] = [];
  const finished = new Map(turns.filter(({ finishedAt }) => finishedAt).map((turn) => [turn.id, turn]));
  const stored = new Map(events.map((event) => [event.key, event]));
  for (const { idempotencyKey, threadKey, content } of campaign.arrivals) {
    const event = stored.get(idempotencyKey);
    if (event?.threadKey !== threadKey || event.body !== content.body) broken.push(`${idempotencyKey} is not stored.`);
  }
  const arrived = events.filter(({ kind }) => kind !== 'reply').length;
  if (arrived !== campaign.arrivals.length) broken.push(`${arrived} messages are stored.`);
  for (const { id, turnId, handledAt, threadKey } of events) {
    const turn = finished.get(turnId ?? '');
    if (turn?.threadKey !== threadKey || !handledAt) broken.push(`Event ${id} is in no finished turn, or not handled.`);
  }
  for (const { kind, subject } of journal) {
    const turnId = events.find(({ id }) => String(id) === subject)?.turnId ?? '';
    if (kind === 'moved') broken.push(`Event ${subject} went from one turn to another.`);
    if (kind === 'handled again' && !campaign.retried.has(turnId)) broken.push(`Event ${subject} was handled twice.`);
  }
  for (const { key, dueAt, leaseUntil } of threads) {
    if (dueAt || leaseUntil) broken.push(`Thread ${key} is not at rest.`);
  }
  return broken;
}

/** A turn is answered, silent or dropped for a reason that holds, or fails after every attempt and says why. */
function turnsEndAsTheyShould({ campaign, turns, messages, events, handoffs }: Outcome): string[] {
  const { assistant, retried, settings } = campaign;
  const broken: string[] = [];
  for (const turn of turns) {
    const { id, state, reason, errorCode, attempts } = turn;
    const said = messages.filter(({ turnId }) => turnId === id);
    const answer = said.filter(({ purpose }) => purpose === 'answer').length;
    const apologies = said.filter(({ purpose }) => purpose === 'apology').length;
    const name = `Turn ${id} (${state})`;
    if (state === 'answered' && answer === 0) broken.push(`${name} has no answer.`);
    if (state === 'answered' && assistant.handsOver.has(id)) broken.push(`${name} was to be handed over.`);
    if (state !== 'answered' && answer > 0) broken.push(`${name} has an answer.`);
    if (state === 'failed') {
      if (!reason || !errorCode) broken.push(`${name} does not say why.`);
      const calls = handoffs.some(({ threadKey, requestedAt }) => {
        return threadKey === turn.threadKey && requestedAt.getTime() === turn.finishedAt?.getTime();
      });
      if (apologies === 0 && !calls) broken.push(`${name} has no apology.`);
      if (attempts < settings.attempts && !assistant.refused.has(id)) broken.push(`${name} was given up too early.`);
    }
    if (!retried.has(id) && apologies > (state === 'failed' ? 1 : 0)) broken.push(`${name} has an apology too many.`);
    const asked = assistant.asked.filter(({ turnId }) => turnId === id).length;
    if (!retried.has(id) && asked > settings.attempts) broken.push(`${name} was asked ${asked} times.`);
    if ((state === 'silent' || state === 'dropped') && !reason) broken.push(`${name} does not say why.`);
    const own = events.filter(({ turnId }) => turnId === id);
    if (own.length === 0) broken.push(`${name} is about nothing.`);
    if (reason === 'late_reply' && own.some(({ kind }) => kind !== 'reply')) broken.push(`${name} ignores a message.`);
    if (reason === 'opt_out' && !own.some(({ kind }) => kind === 'opt_out')) broken.push(`${name} has no stop word.`);
    if (reason === 'help' && own.some(({ kind }) => kind !== 'help')) broken.push(`${name} ignores a message.`);
    if (reason === 'opt_in' && own.some(({ kind, body }) => kind !== 'opt_in' && body !== 'YES'))
      broken.push(`${name} ignores a message.`);
  }
  return broken;
}

/** Whenever the assistant is asked about a turn, it hears all of the turn's messages, in order. */
function questionsAreWhole({ campaign, events, handoffs }: Outcome): string[] {
  return campaign.assistant.asked.flatMap(({ turnId, body }) => {
    const own = events.filter((event) => event.turnId === turnId && event.kind === 'message');
    const whole = own.map((event) => event.body).join('\n');
    // After a handoff the assistant is told of it first, and always in the same words.
    const isTold = handoffs.some(({ toldTurnId }) => toldTurnId === turnId);
    const first = campaign.assistant.asked.find((other) => other.turnId === turnId)?.body;
    const isWhole = isTold ? body === first && body.startsWith('[') && body.endsWith(`]\n\n${whole}`) : body === whole;
    return isWhole ? [] : [`Turn ${turnId} was asked about “${body}”, not “${whole}”.`];
  });
}

/** A message ends as sent, dropped or failed, that is true, and Twilio took it at most once. */
function messagesEndAsTheyShould({ campaign, messages }: Outcome): string[] {
  const { taken, calls } = campaign.twilio;
  const broken: string[] = [];
  for (const message of messages) {
    const { id, status, sid, body, attempts } = message;
    const name = `Message ${id} (${status})`;
    const copies = taken.filter(({ outboundId }) => outboundId === id);
    if (copies.length > 1) broken.push(`${name} was sent ${copies.length} times.`);
    if (copies.some((copy) => copy.body !== body)) broken.push(`${name} was sent with another text.`);
    const real = copies[0]?.sid ?? null;
    const tried = calls.filter(({ outboundId, outcome }) => outboundId === id && outcome !== 'busy');
    if (tried.length > SEND_ATTEMPTS) broken.push(`${name} was tried ${tried.length} times.`);
    switch (status) {
      case 'sent':
      case 'delivered':
      case 'read':
      case 'undelivered':
        if (!real || sid !== real) broken.push(`${name} has SID ${sid}, Twilio says ${real}.`);
        break;
      case 'dropped':
        if (real) broken.push(`${name} was sent.`);
        break;
      case 'failed': {
        const isDoubtful = message.error?.startsWith('Nobody knows');
        if (sid !== real && !isDoubtful) broken.push(`${name} has SID ${sid}, Twilio says ${real}.`);
        const refused = tried.some(({ outcome }) => outcome === 'refused');
        const isOld = message.updatedAt.getTime() - message.createdAt.getTime() > SEND_WINDOW;
        const rest = message.error?.startsWith('An earlier part');
        if (!real && !refused && !isOld && !rest && attempts < SEND_ATTEMPTS) broken.push(`${name} had no reason to.`);
        if (!message.error) broken.push(`${name} does not say why.`);
        break;
      }
      default:
        broken.push(`${name} is not at an end.`);
    }
  }
  return broken;
}

/** Answers leave in the order of the questions, whole, part by part; one that stops in the middle stops for good. */
function answersLeaveInOrder({ campaign, messages, turns, events, threads }: Outcome): string[] {
  const { twilio, assistant, retried } = campaign;
  const broken: string[] = [];
  const isTaken = (message: MessageRow) => twilio.taken.some(({ outboundId }) => outboundId === message.id);
  for (const turn of turns) {
    const parts = messages.filter(({ turnId, purpose }) => turnId === turn.id && purpose === 'answer');
    if (turn.state !== 'answered') continue;
    const channel = threads.find(({ key }) => key === turn.threadKey)?.channel ?? 'sms';
    const expected = splitText(channelText(assistant.answers.get(turn.id) ?? '', channel));
    if (JSON.stringify(parts.map(({ body }) => body)) !== JSON.stringify(expected))
      broken.push(`Turn ${turn.id} does not say what the assistant said.`);
    const left = parts.map(isTaken);
    if (left.lastIndexOf(true) + 1 !== left.filter(Boolean).length) broken.push(`Turn ${turn.id} lacks a part.`);
  }

  const order = new Map(messages.map((message, index) => [message.id, index]));
  for (const { key } of threads) {
    const left = twilio.taken
      .map(({ outboundId }) => messages.find(({ id }) => id === outboundId) as MessageRow)
      .filter(({ threadKey }) => threadKey === key);
    left.forEach((message, index) => {
      const before = left[index - 1];
      if (before && (order.get(before.id) as number) > (order.get(message.id) as number))
        broken.push(`Message ${message.id} left out of turn.`);
    });
    const answered = [...new Set(left.map(({ turnId }) => turnId))].filter((id) => id !== null && !retried.has(id));
    const questions = answered.map((id) => events.filter(({ turnId, kind }) => turnId === id && kind !== 'reply'));
    questions.forEach((earlier, index) => {
      for (const later of questions.slice(index + 1)) {
        if (earlier.some((one) => later.some((other) => cameBefore(other, one))))
          broken.push(`${texts(earlier)} was answered before ${texts(later)}.`);
      }
    });
  }
  return broken;
}

/** What was stored late (by backfill) may have been said before what had already been answered. */
function cameBefore(one: EventRow, other: EventRow): boolean {
  return one.id < other.id && one.occurredAt <= other.occurredAt;
}

function texts(events: EventRow[]): string {
  return events.map(({ body }) => body).join(', ');
}

/**
 * Replays the journal. Nothing is put on its way after a stop word or a handoff was committed, what is on its way
 * leaves at once or never, and silence has its reason at the moment at which it was decided.
 */
function nobodyIsTextedAgainstTheirWill({ journal, threads, events, messages, consents }: Outcome): string[] {
  const broken: string[] = [];
  const handling = new Map<string, string>();
  const wishes = new Map<string, { optedOut: boolean; at: number }>();
  const leftAt = new Map<string, number>();
  const atDesk = new Set<string>();
  // Threads in which a human was called by the customer's words, from the moment at which these were stored.
  const called = new Set<string>();
  const scopesOf = (threadKey: string) => {
    const thread = threads.find(({ key }) => key === threadKey);
    return [thread?.ours, thread?.messagingServiceSid]
      .filter((scope) => scope)
      .map((scope) => `${scope} ${thread?.theirs}`);
  };
  // Threads share commits. What one of them wishes there is news to the others.
  let current: string | undefined;
  let news: { threadKey: string; optedOut: boolean; at: number }[] = [];
  const wish = (threadKey: string, optedOut: boolean, at: number) => news.push({ threadKey, optedOut, at });
  const spread = () => {
    for (const { threadKey, optedOut, at } of news) {
      // Who is out is not handed over either.
      if (optedOut) called.clear();
      for (const scope of scopesOf(threadKey)) {
        if (at >= (wishes.get(scope)?.at ?? 0)) wishes.set(scope, { optedOut, at });
      }
    }
    news = [];
  };

  for (const { kind, threadKey, subject, detail, commit } of journal) {
    if (commit !== current) spread();
    current = commit;
    const isOptedOut = scopesOf(threadKey).some((scope) => wishes.get(scope)?.optedOut);
    const isWithHuman = (handling.get(threadKey) ?? 'assistant') !== 'assistant';
    // A notice tells of a handoff, and operators are humans.
    const isAssistants = detail.purpose !== 'notice' && detail.purpose !== 'operator';
    const at = Date.parse(String(detail.at));
    switch (kind) {
      case 'arrived':
        if (detail.body === CALL && !isWithHuman && !isOptedOut) called.add(threadKey);
        if (detail.kind === 'opt_out') wish(threadKey, true, Date.parse(String(detail.occurredAt)));
        if (detail.kind === 'opt_in') wish(threadKey, false, Date.parse(String(detail.occurredAt)));
        break;
      case 'refused':
        wish(threadKey, true, at);
        break;
      case 'handling':
        handling.set(threadKey, subject);
        called.delete(threadKey);
        break;
      case 'at the desk':
        if (detail.stands === 'over') atDesk.delete(threadKey);
        else atDesk.add(threadKey);
        break;
      case 'leaving':
        if (isOptedOut) broken.push(`Message ${subject} was put on its way to somebody who had opted out.`);
        if (isWithHuman && isAssistants) broken.push(`Message ${subject} was put on its way over a human.`);
        if (called.has(threadKey) && isAssistants)
          broken.push(`Message ${subject} was put on its way after “${CALL}”.`);
        if (atDesk.has(threadKey) && isAssistants) broken.push(`Message ${subject} was put on its way over an agent.`);
        leftAt.set(subject, at);
        break;
      case 'taken':
        if (!(at - (leftAt.get(subject) ?? 0) <= LEAVES_WITHIN)) broken.push(`Message ${subject} left late.`);
        break;
      case 'dropped':
        if (!isOptedOut && !isWithHuman) broken.push(`Message ${subject} was dropped though it was wanted.`);
        break;
      case 'finished': {
        const { state, reason } = detail;
        const name = `Turn ${subject} (${state} ${reason ?? ''})`;
        const hasReason = reason === 'human' ? isWithHuman : reason === 'opted_out' ? isOptedOut : true;
        if ((state === 'silent' || state === 'dropped') && !hasReason) broken.push(`${name} had no reason to be.`);
        if (state === 'answered' && (isOptedOut || isWithHuman)) broken.push(`${name} was not wanted.`);
        const yes = events.find(({ turnId, kind }) => turnId === subject && kind === 'message');
        if (reason === 'opt_in' && yes) wish(threadKey, false, yes.occurredAt.getTime());
        break;
      }
      default:
        break;
    }
  }

  spread();
  const unknown = messages.filter(({ id, attempts }) => attempts > 0 && !leftAt.has(id));
  broken.push(...unknown.map(({ id }) => `Message ${id} was tried without a record.`));
  for (const { scope, address, optedOut } of consents) {
    if (wishes.get(`${scope} ${address}`)?.optedOut !== optedOut) broken.push(`${address} did not wish ${scope} that.`);
  }
  return broken;
}

/**
 * A handoff is created at its desk at most once, and never beside another one of its thread. It ends there before it
 * ends here, with a true outcome; what is still open is with an operator.
 */
function handoffsComeToAnEnd({ campaign, handoffs, threads, turns, messages, journal }: Outcome): string[] {
  const { desk, settings } = campaign;
  const broken: string[] = [];
  const live = new Map<string, string>();
  for (const { kind, threadKey, subject, detail } of journal) {
    if (kind !== 'at the desk') continue;
    const other = live.get(threadKey);
    if (detail.stands !== 'over' && other && other !== subject)
      broken.push(`${threadKey} was at the desk twice at once.`);
    if (detail.stands === 'over') live.delete(threadKey);
    else live.set(threadKey, subject);
  }
  for (const handoff of handoffs) {
    const { id, threadKey, state, outcome, endedAt, target } = handoff;
    const name = `Handoff ${id} (${state} ${outcome ?? ''})`;
    const visits = desk.visits.filter(({ handoffId }) => handoffId === id);
    const [visit] = visits;
    if (visits.length > 1) broken.push(`${name} was created ${visits.length} times.`);
    if (visit && visit.stands !== 'over') broken.push(`${name} is left behind at the desk.`);
    if (endedAt ? state !== 'ended' || !outcome : target !== 'operator') broken.push(`${name} is not at an end.`);
    if (outcome === 'returned' && !visit?.helped) broken.push(`${name} was with no agent.`);
    const asked = turns.some(({ threadKey: key, openedAt, state: end }) => {
      return key === threadKey && endedAt && openedAt > endedAt && end !== 'silent';
    });
    if (asked && !handoff.toldTurnId) broken.push(`${name} was kept from the assistant.`);
    if (outcome === 'failed' && visit) broken.push(`${name} had come to the desk.`);
    if (outcome === 'nobody' && endedAt) {
      const said = messages.filter((one) => one.threadKey === threadKey && one.body === settings.handoff.nobodyText);
      if (!said.some((one) => one.createdAt.getTime() === endedAt.getTime())) broken.push(`${name} was not explained.`);
    }
  }
  for (const { key, handling } of threads) {
    const open = handoffs.filter(({ threadKey, endedAt }) => threadKey === key && !endedAt);
    const [one] = open;
    const expected = one ? (one.state === 'human' ? 'human' : 'requested') : 'assistant';
    if (open.length > 1) broken.push(`${key} has ${open.length} open handoffs.`);
    if (handling !== expected) broken.push(`${key} is with ${handling}, its handoff says ${expected}.`);
  }
  return broken;
}
