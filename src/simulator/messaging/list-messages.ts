import { RestError } from '../rest-errors.ts';
import { messageResource } from './message-resource.ts';
import type { Message, MessageLog } from './messages.ts';

/**
 * One page of `GET …/Messages.json`, newest first. `hideSince` leaves out what was created after that moment, as a
 * log does that lags behind.
 */
export function listMessages(
  log: MessageLog,
  accountSid: string,
  query: URLSearchParams,
  options: { path: string; hideSince?: Date },
) {
  const page = wholeNumber(query.get('Page'), 0);
  const pageSize = wholeNumber(query.get('PageSize'), 50);
  if (pageSize < 1) throw new RestError(20001, 'PageSize must be at least 1');
  if (pageSize > 1000) throw new RestError(20007);
  const matches = filterOf(query);
  const shown = (message: Message) =>
    message.accountSid === accountSid &&
    !message.deleted &&
    (options.hideSince === undefined || message.createdAt <= options.hideSince) &&
    matches(message);

  const { messages, hasNewer, hasOlder } = takePage(log, query.get('PageToken'), pageSize, shown);
  const first = messages[0];
  const last = messages.at(-1);
  const uriOf = (pageNumber: number, token?: string) => {
    const parameters = new URLSearchParams(query);
    parameters.set('PageSize', String(pageSize));
    parameters.set('Page', String(pageNumber));
    parameters.delete('PageToken');
    if (token !== undefined) parameters.set('PageToken', token);
    return `${options.path}?${parameters}`;
  };
  return {
    end: page * pageSize + Math.max(0, messages.length - 1),
    first_page_uri: uriOf(0),
    messages: messages.map(messageResource),
    next_page_uri: last !== undefined && hasOlder ? uriOf(page + 1, `PA${last.sid}`) : null,
    page,
    page_size: pageSize,
    previous_page_uri: first !== undefined && hasNewer ? uriOf(Math.max(0, page - 1), `PB${first.sid}`) : null,
    start: page * pageSize,
    uri: uriOf(page, query.get('PageToken') ?? undefined),
  };
}

/** The page after (`PA…`) or before (`PB…`) the message that the token names; without a token the newest page. */
function takePage(log: MessageLog, token: string | null, size: number, shown: (message: Message) => boolean) {
  const all = log.all();
  if (token === null) {
    const messages = takeBackwards(all, all.length - 1, size + 1, shown);
    return { messages: messages.slice(0, size), hasNewer: false, hasOlder: messages.length > size };
  }
  const [, direction, sid] = /^(PA|PB)((?:SM|MM)[0-9a-f]{32})$/.exec(token) ?? [];
  const named = log.find(sid ?? '');
  if (named === undefined) throw new RestError(20001, 'PageToken is not one of ours');
  const index = named.sequence - (all[0]?.sequence ?? 0);
  if (direction === 'PA') {
    const messages = takeBackwards(all, index - 1, size + 1, shown);
    return { messages: messages.slice(0, size), hasNewer: true, hasOlder: messages.length > size };
  }
  const newer = takeForwards(all, index + 1, size + 1, shown);
  return { messages: newer.slice(0, size).reverse(), hasNewer: newer.length > size, hasOlder: true };
}

function takeBackwards(all: readonly Message[], start: number, count: number, shown: (message: Message) => boolean) {
  const taken: Message[] = [];
  for (let index = start; index >= 0 && taken.length < count; index -= 1) {
    const message = all[index];
    if (message !== undefined && shown(message)) taken.push(message);
  }
  return taken;
}

function takeForwards(all: readonly Message[], start: number, count: number, shown: (message: Message) => boolean) {
  const taken: Message[] = [];
  for (let index = start; index < all.length && taken.length < count; index += 1) {
    const message = all[index];
    if (message !== undefined && shown(message)) taken.push(message);
  }
  return taken;
}

function filterOf(query: URLSearchParams): (message: Message) => boolean {
  const to = query.get('To');
  const from = query.get('From');
  const on = readMoment(query.get('DateSent'));
  const until = readMoment(query.get('DateSent<'));
  const since = readMoment(query.get('DateSent>'));
  const byDate = on ?? until ?? since;
  return (message) => {
    if (to !== null && message.to !== to) return false;
    if (from !== null && message.from !== from) return false;
    if (byDate === undefined) return true;
    if (message.sentAt === null) return false;
    // Twilio's dates have whole seconds.
    const sent = Math.floor(message.sentAt.getTime() / 1000) * 1000;
    if (on !== undefined && (sent < on.dayStart || sent >= on.dayStart + dayMs)) return false;
    if (until !== undefined && sent > until.end) return false;
    return since === undefined || sent >= since.start;
  };
}

const dayMs = 24 * 60 * 60 * 1000;

/** A day in GMT, or a moment within it. */
function readMoment(text: string | null): { start: number; end: number; dayStart: number } | undefined {
  if (text === null || text === '') return undefined;
  // Without a zone it is GMT, where Date.parse would take local time.
  const start = Date.parse(/^\d{4}-\d{2}-\d{2}[ T][\d:.]+$/.test(text) ? `${text}Z` : text);
  if (Number.isNaN(start)) throw new RestError(20001, `${text} is not a date`);
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text);
  return { start, end: isDay ? start + dayMs - 1 : start, dayStart: start - (start % dayMs) };
}

function wholeNumber(text: string | null, otherwise: number): number {
  if (text === null) return otherwise;
  if (!/^\d{1,9}$/.test(text)) throw new RestError(20001, `${text} is not a whole number`);
  return Number(text);
}
