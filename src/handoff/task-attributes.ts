import { type Queryable, sql } from '../store/database.ts';
import type { Case } from './desk.ts';
import { HANDOFF_ATTRIBUTE } from './flex-attributes.ts';

/** TaskRouter takes 4,096 characters, and Flex adds some of its own. */
const MAX_BYTES = 3_000;
const MAX_MESSAGES = 10;
/** In bytes, as JSON. */
const MAX_LENGTH = { name: 100, message: 250, reason: 300, summary: 1_000 };

/** What was said last, oldest first, and how the customer is called. */
export type Background = { name: string | null; said: { who: 'Customer' | 'Assistant'; body: string }[] };

export async function readBackground(db: Queryable, threadKey: string): Promise<Background> {
  const said = await db.query<Background['said'][number] & { name: string | null }>(sql`
    select * from (
      select * from (
        select 'Customer' as who, event ->> 'body' as body, occurred_at as at, event -> 'fields' ->> 'ProfileName' as name
        from gateway.inbound_event
        where kind <> 'reply' and (id in (
            select unnest(event_ids) from (
              select event_ids from gateway.turn where thread_key = ${threadKey} order by opened_at desc limit ${MAX_MESSAGES}
            ) newest
          ) or thread_key = ${threadKey} and handled_at is null)
        order by occurred_at desc, id desc limit ${MAX_MESSAGES}
      ) theirs
      union all
      select * from (
        select 'Assistant', body, created_at, null from gateway.outbound_message
        where thread_key = ${threadKey} and purpose <> 'notice' and status not in ('queued', 'dropped', 'failed')
        order by seq desc limit ${MAX_MESSAGES}
      ) ours
    ) newest order by at desc limit ${MAX_MESSAGES}`);
  const name = said.find((message) => message.name)?.name ?? null;
  return { name, said: said.reverse().map(({ who, body }) => ({ who, body })) };
}

/** What an agent starts with. The oldest messages are left out where it would be more than a task can hold. */
export function taskAttributes(
  { thread, handoff }: Case,
  background: Background,
  consoleUrl: string | undefined,
): Record<string, unknown> {
  const customerAddress = thread.theirs;
  const customerName = cut(background.name?.trim() || customerAddress, MAX_LENGTH.name);
  const messages = background.said.map(
    ({ who, body }) => `${who}: ${cut(body.trim() || '(a file)', MAX_LENGTH.message)}`,
  );
  const attributes = {
    from: customerName,
    customerName,
    customerAddress,
    channel: thread.channel,
    requestedBy: handoff.requestedBy,
    ...(handoff.reason && { reason: cut(handoff.reason, MAX_LENGTH.reason) }),
    ...(handoff.summary && { summary: cut(handoff.summary, MAX_LENGTH.summary) }),
    ...(consoleUrl && { consoleUrl }),
    [HANDOFF_ATTRIBUTE]: handoff.id,
    lastMessages: messages,
  };
  while (messages.length > 0 && Buffer.byteLength(JSON.stringify(attributes)) > MAX_BYTES) messages.shift();
  return attributes;
}

/** The text, or so much of it that it takes up to `bytes` as JSON, without its quotes. */
function cut(text: string, bytes: number): string {
  const size = (part: string) => Buffer.byteLength(JSON.stringify(part)) - 2;
  if (size(text) <= bytes) return text;
  let kept = '';
  let room = bytes - size('…');
  for (const character of text) {
    room -= size(character);
    if (room < 0) break;
    kept += character;
  }
  return `${kept}…`;
}
