import { type Database, sql } from '../../../store/database.ts';
import { atRest } from '../../../thread/at-rest.ts';
import type {
  HandoffEntry,
  HeardEntry,
  SaidEntry,
  ThreadView,
  Timeline,
  TimelineEntry,
  TurnEntry,
} from '../../contract.ts';

const TURNS = 40;
const NEVER = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
const ALWAYS = '00000000-0000-0000-0000-000000000000';

/** All that happened in a thread, going back from a turn (or from now) as far as a page holds; undefined if there is none. */
export async function readTimeline(
  db: Database,
  key: string,
  before: string | undefined,
): Promise<Timeline | undefined> {
  const thread = await readView(db, key);
  if (!thread) return undefined;
  const turns = await db.query<TurnEntry & { eventIds: number[] }>(sql`
    select 'turn' as kind, id, opened_at as at, finished_at as "finishedAt", state, attempts, retry_at as "retryAt",
      retry_requested_at is not null as "retryRequested", reason, error_code as "errorCode",
      assistant_id as "assistantId", session_id as "sessionId", event_ids as "eventIds"
    from gateway.turn where thread_key = ${key} and id < ${before ?? NEVER}
    order by id desc limit ${TURNS + 1}`);
  const shown = turns.slice(0, TURNS);
  const earlier = turns.length > TURNS ? (shown.at(-1)?.id ?? null) : null;
  const [heard, said, handoffs] = await Promise.all([
    readHeard(
      db,
      key,
      shown.flatMap((turn) => turn.eventIds),
      before === undefined,
    ),
    readSaid(db, key, earlier ?? ALWAYS, before ?? NEVER),
    readHandoffs(db, key, earlier ?? ALWAYS, before ?? NEVER),
  ]);
  const turnOf = new Map(shown.flatMap((turn) => turn.eventIds.map((id) => [`event-${id}`, turn])));
  const entries: TimelineEntry[] = [
    ...heard.map((event) => {
      const turn = turnOf.get(event.id);
      const colleague = event.author !== null && event.author !== thread.theirs && isSilence(turn);
      return { ...event, turnId: turn?.id ?? null, colleague };
    }),
    ...shown.map(({ eventIds: _, ...turn }) => turn),
    ...said,
    ...handoffs,
  ];
  // A turn opens at the moment in which its answer may be stored: then what was heard comes first, and what was said last.
  const rank = { heard: 0, handoff: 1, turn: 2, said: 3 };
  const time = (entry: TimelineEntry) => new Date(entry.kind === 'heard' ? entry.receivedAt : entry.at).getTime();
  entries.sort((a, b) => time(a) - time(b) || rank[a.kind] - rank[b.kind]);
  return { thread, entries, earlier };
}

/** Nobody was asked, because it was not the customer who wrote or because a human has the customer. */
function isSilence(turn: TurnEntry | undefined): boolean {
  return turn?.state === 'silent' && ['not_customer', 'human', 'handoff'].includes(turn.reason ?? '');
}

/** Changes with everything that a timeline shows. */
export async function timelineVersion(db: Database, key: string): Promise<string> {
  const [row] = await db.query<{ version: string }>(sql`
    select concat_ws(' ', revision, handling, due_at is null,
      (select max(updated_at) from (
        select updated_at from gateway.outbound_message where thread_key = key order by seq desc limit 30) newest),
      (select concat_ws(',', id, state, attempts, retry_at, retry_requested_at, finished_at) from gateway.turn
        where thread_key = key order by opened_at desc, id desc limit 1),
      (select concat_ws(',', state, begun_at, answered_at, recalled_at, ended_at, error) from gateway.handoff
        where thread_key = key order by requested_at desc limit 1),
      (select count(*) from gateway.receipt where outbound_id in (
        select id from gateway.outbound_message where thread_key = key order by seq desc limit 30))) as version
    from gateway.thread where key = ${key}`);
  return row?.version ?? 'none';
}

async function readView(db: Database, key: string): Promise<ThreadView | undefined> {
  const [thread] = await db.query<ThreadView>(sql`
    select key, channel, ours, theirs, identity, handling, handling_since as "handlingSince", (select target from gateway.handoff where thread_key = key and ended_at is null) as "humanAt",
      session_id as "sessionId", assistant_id as "assistantId", ${atRest} as settled, due_at as "dueAt",
      exists (
        select from gateway.consent
        where address = theirs and scope in (ours, messaging_service_sid) and opted_out
      ) as "optedOut"
    from gateway.thread where key = ${key}`);
  return thread;
}

/** The events that turns took, and, of the newest stretch, those that are still to be handled. */
function readHeard(db: Database, key: string, ids: number[], unhandled: boolean): Promise<HeardEntry[]> {
  return db.query<HeardEntry>(sql`
    select 'heard' as kind, 'event-' || id as id, occurred_at as at, received_at as "receivedAt", kind as type, source,
      event ->> 'sid' as sid, event ->> 'body' as body, coalesce(event -> 'media', '[]') as media,
      handled_at is not null as handled, event ->> 'author' as author
    from gateway.inbound_event
    where id = any(${ids}::bigint[]) or (${unhandled} and thread_key = ${key} and handled_at is null)`);
}

function readSaid(db: Database, key: string, from: string, until: string): Promise<SaidEntry[]> {
  return db.query<SaidEntry>(sql`
    select 'said' as kind, id, created_at as at, purpose, body, status, sid, turn_id as "turnId", attempts,
      attempted_at as "attemptedAt", updated_at as "updatedAt", error_code as "errorCode", error,
      coalesce((
        select json_agg(json_build_object('status', status, 'at', received_at, 'errorCode', error_code)
          order by received_at)
        from gateway.receipt where outbound_id = outbound_message.id
      ), '[]') as receipts
    from gateway.outbound_message
    where thread_key = ${key} and id >= ${from} and id < ${until}
    order by seq`);
}

/** Each handoff is up to four things that happened; an operator who takes over calls nobody first. */
function readHandoffs(db: Database, key: string, from: string, until: string): Promise<HandoffEntry[]> {
  return db.query<HandoffEntry>(sql`
    select 'handoff' as kind, concat(step, '-', id) as id, at, step, target, requested_by as "requestedBy", reason,
      summary, outcome, error
    from gateway.handoff, lateral (
      values ('requested', requested_at), ('begun', begun_at), ('answered', answered_at), ('ended', ended_at)
    ) as steps (step, at)
    where thread_key = ${key} and not (requested_by = 'operator' and step in ('requested', 'begun'))
      and at >= ${timeOf(from)} and at < ${timeOf(until)}`);
}

/** The time that an id of version 7 holds, to the millisecond. */
function timeOf(id: string): Date {
  if (id === NEVER) return new Date('9999-12-31');
  return new Date(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16));
}
