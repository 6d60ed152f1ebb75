-- What is known of a Twilio Conversation beyond its thread.
create table gateway.conversation (
  thread_key text primary key,
  state text not null default 'active' check (state in ('active', 'inactive', 'closed')),
  -- Twilio's time of the newest word about the state and the attributes: older words change nothing
  told_at timestamptz,
  -- its `assistantSid` attribute
  assistant_id text,
  -- as whom the assistant writes, where the webhook's URL says so; else as Twilio's default author
  author text,
  -- a Studio flow has it
  studio boolean not null default false,
  -- the Index of every message that is known here, ours included
  seen int4multirange not null default '{}',
  -- when Twilio was last asked about it, and when it may be asked again after a failure
  looked_at timestamptz,
  look_again_at timestamptz,
  created_at timestamptz not null
);

-- Who takes part, or took part, in a conversation.
create table gateway.participant (
  sid text primary key,
  thread_key text not null,
  -- a chat user, an agent or the customer of a web chat
  identity text,
  -- a customer on a phone, and our number that they see
  address text,
  proxy_address text,
  joined_at timestamptz not null,
  left_at timestamptz
);

create index participant_thread on gateway.participant (thread_key);

-- When the customer last wrote: WhatsApp takes free text for 24 hours after it.
alter table gateway.thread add column heard_at timestamptz;
