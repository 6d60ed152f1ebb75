-- The list of threads, newest first, page by page; and those that a human has or is asked for.
create index thread_active on gateway.thread (active_at, key);
create index thread_handled_by_humans on gateway.thread (active_at, key) where handling <> 'assistant';

-- An operator has seen the failure and wants nothing more to be done about it.
alter table gateway.turn add column dismissed_at timestamptz;
alter table gateway.outbound_message add column dismissed_at timestamptz;

drop index gateway.turn_failed;
create index turn_failed on gateway.turn (finished_at, id) where state = 'failed' and dismissed_at is null;
drop index gateway.outbound_message_failed;
create index outbound_message_failed on gateway.outbound_message (updated_at, id)
  where status in ('failed', 'undelivered') and dismissed_at is null;
