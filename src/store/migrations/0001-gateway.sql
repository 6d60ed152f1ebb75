create schema gateway;

-- One customer address and one of our addresses on one channel: the unit of order, of the lease and of consent.
-- `revision` grows with everything that a decision about the thread may depend on; whoever works on the thread
-- writes only while both its lease token and the revision that it has seen still stand.
create table gateway.thread (
  key text primary key,
  account_sid text not null,
  channel text not null,
  ours text not null,
  theirs text not null,
  identity text not null,
  messaging_service_sid text,
  -- asked for by the newest webhook that named one
  assistant_id text,
  -- scheme, host and path prefix under which Twilio reached us, for callbacks
  public_url text,
  handling text not null default 'assistant' check (handling in ('assistant', 'requested', 'human')),
  handling_since timestamptz,
  session_id text,
  session_active_at timestamptz,
  revision bigint not null default 0,
  -- when a worker should look at the thread next; null: nothing to do; while leased: when the lease runs out
  due_at timestamptz,
  lease_token bigint not null default 0,
  lease_holder integer,
  lease_until timestamptz,
  created_at timestamptz not null,
  active_at timestamptz not null
) with (fillfactor = 80);

create index thread_due on gateway.thread (due_at) where due_at is not null;
create index thread_service on gateway.thread (messaging_service_sid, theirs) where messaging_service_sid is not null;

-- Numbers the worker processes; each holds an advisory lock on its number while it lives.
create sequence gateway.worker_number as integer;

-- Everything that arrived, once.
create table gateway.inbound_event (
  id bigint generated always as identity primary key,
  idempotency_key text not null unique,
  thread_key text not null,
  kind text not null check (kind in ('message', 'opt_out', 'opt_in', 'help', 'reply')),
  occurred_at timestamptz not null,
  received_at timestamptz not null,
  source text not null check (source in ('webhook', 'backfill', 'callback')),
  -- json, not jsonb: it is written on the hot path and seldom read
  event json not null,
  turn_id uuid,
  handled_at timestamptz
);

-- The handled ones are found by way of their turns: each index less is felt in every webhook.
create index inbound_event_unhandled on gateway.inbound_event (thread_key, occurred_at, id) where handled_at is null;

-- From a customer's words to an answer, silence or a failure. Each event ends in exactly one.
create table gateway.turn (
  id uuid primary key,
  thread_key text not null,
  session_id text,
  assistant_id text,
  state text not null check (state in ('asking', 'waiting', 'answered', 'silent', 'dropped', 'failed')),
  -- the events that it answers; they point back to it once it is finished
  event_ids bigint[] not null,
  attempts integer not null default 0,
  retry_at timestamptz,
  reason text,
  error_code text,
  opened_at timestamptz not null,
  finished_at timestamptz,
  -- an operator wants a failed turn tried again
  retry_requested_at timestamptz
);

create unique index turn_open on gateway.turn (thread_key) where state in ('asking', 'waiting');
create index turn_thread on gateway.turn (thread_key, opened_at);
create index turn_failed on gateway.turn (finished_at) where state = 'failed';
create index turn_retry on gateway.turn (thread_key) where retry_requested_at is not null;

-- Everything we say, in the order in which it leaves.
create table gateway.outbound_message (
  id uuid primary key,
  seq bigint generated always as identity,
  thread_key text not null,
  turn_id uuid,
  purpose text not null check (purpose in ('answer', 'apology', 'notice')),
  body text not null,
  status text not null check (status in ('queued', 'sending', 'sent', 'delivered', 'read', 'undelivered', 'failed', 'dropped')),
  sid text unique,
  attempts integer not null default 0,
  attempted_at timestamptz,
  retry_at timestamptz,
  error_code integer,
  error text,
  created_at timestamptz not null,
  updated_at timestamptz not null
) with (fillfactor = 80);

create index outbound_message_unsent on gateway.outbound_message (thread_key, seq) where status in ('queued', 'sending');
create index outbound_message_thread on gateway.outbound_message (thread_key, seq);
create index outbound_message_failed on gateway.outbound_message (updated_at) where status in ('failed', 'undelivered');

-- What Twilio told us about what we sent, every word of it.
create table gateway.receipt (
  sid text not null,
  status text not null,
  outbound_id uuid,
  error_code integer,
  fields jsonb not null,
  received_at timestamptz not null,
  primary key (sid, status)
);

create index receipt_outbound on gateway.receipt (outbound_id);

-- The standing wish of an address about messages from one of our numbers, or from a whole Messaging Service.
create table gateway.consent (
  scope text not null,
  address text not null,
  opted_out boolean not null,
  source text not null,
  changed_at timestamptz not null,
  primary key (scope, address)
);

-- Our numbers, as far as webhooks have shown them: what backfill asks Twilio about.
create table gateway.number (
  account_sid text not null,
  address text not null,
  assistant_id text,
  public_url text,
  seen_at timestamptz not null,
  -- everything that Twilio received up to here is known to be stored
  complete_until timestamptz not null,
  primary key (account_sid, address)
);
