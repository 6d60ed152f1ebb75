-- A thread's way from the assistant to a human and back. Workers write every column but `recalled_at` and
-- `signals`, which are the wishes and the news of others, and which no worker ever takes back.
create table gateway.handoff (
  id uuid primary key,
  thread_key text not null,
  target text not null check (target in ('flex', 'studio', 'operator')),
  -- where there: a Flex workspace and workflow, or a Studio flow
  place jsonb not null,
  requested_by text not null check (requested_by in ('assistant', 'tool', 'customer', 'failure', 'operator')),
  reason text,
  summary text,
  state text not null check (state in ('requested', 'beginning', 'waiting', 'human', 'ending', 'ended')),
  attempts integer not null default 0,
  attempted_at timestamptz,
  retry_at timestamptz,
  error text,
  -- what it is called at Twilio
  interaction_sid text,
  channel_sid text,
  task_sid text,
  conversation_sid text,
  webhook_sid text,
  -- how often the target has said that something changed, and how much of that was looked at
  signals bigint not null default 0,
  signals_seen bigint not null default 0,
  looked_at timestamptz,
  check_at timestamptz,
  -- somebody wants the thread back with the assistant
  recalled_at timestamptz,
  outcome text check (outcome in ('returned', 'recalled', 'nobody', 'failed')),
  -- the turn in which the assistant was told of it
  told_turn_id uuid,
  requested_at timestamptz not null,
  begun_at timestamptz,
  answered_at timestamptz,
  ended_at timestamptz
) with (fillfactor = 80);

create unique index handoff_open on gateway.handoff (thread_key) where ended_at is null;
create index handoff_thread on gateway.handoff (thread_key, requested_at);
create index handoff_conversation on gateway.handoff (conversation_sid) where conversation_sid is not null;
create index handoff_interaction on gateway.handoff (interaction_sid) where ended_at is null;
create index handoff_task on gateway.handoff (task_sid) where ended_at is null;

-- Operators answer from the console.
alter table gateway.outbound_message drop constraint outbound_message_purpose_check;
alter table gateway.outbound_message add constraint outbound_message_purpose_check
  check (purpose in ('answer', 'apology', 'notice', 'operator'));

-- Threads that were with a human before handoffs were kept.
insert into gateway.handoff (id, thread_key, target, place, requested_by, state, requested_at, begun_at, answered_at)
select gen_random_uuid(), key, 'operator', '{"target": "operator"}', 'operator',
  case handling when 'human' then 'human' else 'waiting' end, since, since, case handling when 'human' then since end
from (select *, coalesce(handling_since, active_at) as since from gateway.thread where handling <> 'assistant') handed;
