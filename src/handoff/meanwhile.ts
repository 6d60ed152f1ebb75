import { type Queryable, sql } from '../store/database.ts';

/** The newest words that fit into this are told, in characters. */
const LIMIT = 4_000;
const LINES = 100;

type Line = { who: 'Customer' | 'Agent'; body: string };

/**
 * What is put in front of the question of a turn that follows a handoff: the assistant was not there. The same words
 * however often they are asked for, since the handoff is over.
 */
export function createMeanwhile(db: Queryable) {
  return async (turnId: string): Promise<string> => {
    const [told] = await db.query<{ threadKey: string; from: Date; to: Date; helped: boolean }>(sql`
      select turn.thread_key as "threadKey", min(requested_at) as "from", turn.opened_at as "to",
        bool_or(answered_at is not null) as helped
      from gateway.turn join gateway.handoff on handoff.thread_key = turn.thread_key and told_turn_id = turn.id
      where turn.id = ${turnId}
      group by turn.id`);
    if (!told) return '';
    const { threadKey, from, to } = told;
    const lines = await db.query<Line>(sql`
      select who, body from (
        select case when event ->> 'author' is null or event ->> 'author' = theirs then 'Customer' else 'Agent' end as who,
          -- As Twilio's own dates are: within a second they follow each other as they stand there, or as they came.
          event ->> 'body' as body, date_trunc('second', occurred_at) as at, (event ->> 'index')::int as index, event.id
        from gateway.turn turn
        join gateway.thread on thread.key = turn.thread_key
        join gateway.inbound_event event on event.id = any(turn.event_ids) and event.kind <> 'reply'
        where turn.thread_key = ${threadKey} and turn.reason in ('human', 'handoff', 'not_customer', 'imported')
          and turn.finished_at between ${from} and ${to}
        union all
        select 'Agent', body, created_at, null, 0 from gateway.outbound_message
        where thread_key = ${threadKey} and purpose = 'operator' and status not in ('dropped', 'failed')
          and created_at between ${from} and ${to}
        order by at desc, index desc nulls last, id desc limit ${LINES}
      ) newest order by at, index nulls first, id`);
    return briefing(told.helped, lines);
  };
}

/** Exported for its own tests. */
export function briefing(helped: boolean, lines: Line[]): string {
  const said: string[] = [];
  let room = LIMIT;
  for (const { who, body } of lines.toReversed()) {
    const line = `${who}: ${body.trim() || '(a file)'}`;
    room -= line.length + 1;
    if (room < 0) {
      said.unshift('(earlier words are left out)');
      break;
    }
    said.unshift(line);
  }
  const what = helped
    ? 'A human colleague has spoken with the customer meanwhile, and has handed the conversation back to you.'
    : 'The customer was waiting for a human colleague, but nobody was available.';
  const transcript = said.length > 0 ? ` What was said:\n${said.join('\n')}` : '';
  return `[${what}${transcript}]\n\n`;
}
