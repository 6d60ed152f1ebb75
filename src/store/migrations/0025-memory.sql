-- What is remembered of an identity, each trait with where it came from.
create table assistants.trait (
  account_sid text not null,
  identity text not null,
  name text not null,
  value text not null,
  -- who found it out: the assistant by its tool, or a model or rules that read the talk
  source text not null check (source in ('tool', 'model', 'rules')),
  session_id text not null,
  -- of the user's message that says so; of a tool, the answer in which it was called
  message_id text not null,
  updated_at timestamptz not null,
  -- when Segment was told of it, where there is a Segment
  told_at timestamptz,
  primary key (account_sid, identity, name)
);

create index trait_updated on assistants.trait (updated_at);

-- How far a session has been read: its older turns in a few words, and what was said of the user.
create table assistants.session_memory (
  account_sid text not null,
  session_id text not null,
  summary text not null default '',
  -- positions of messages
  summarised_until bigint not null default 0,
  perceived_until bigint not null default 0,
  primary key (account_sid, session_id),
  foreign key (account_sid, session_id) references assistants.session on delete cascade
);

-- What is erased with an identity is found by it.
create index session_identity on assistants.session (account_sid, identity);
