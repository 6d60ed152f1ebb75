create schema assistants;

create table assistants.assistant (
  id text primary key,
  account_sid text not null,
  name text not null,
  owner text not null,
  personality_prompt text not null,
  model text not null,
  customer_ai jsonb not null,
  -- encrypted; never leaves the database by the API
  segment_credential bytea,
  created_at timestamptz not null,
  updated_at timestamptz not null
);

-- Ids hold their time of creation, so that this order is oldest first.
create index assistant_account on assistants.assistant (account_sid, id);

create table assistants.knowledge (
  id text primary key,
  account_sid text not null,
  name text not null,
  description text not null,
  type text not null check (type in ('Text')),
  status text not null check (status in ('QUEUED', 'PROCESSING', 'COMPLETED', 'FAILED')),
  source_details jsonb not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);

create index knowledge_account on assistants.knowledge (account_sid, id);

create table assistants.assistant_knowledge (
  assistant_id text not null references assistants.assistant on delete cascade,
  knowledge_id text not null references assistants.knowledge on delete cascade,
  primary key (assistant_id, knowledge_id)
);

create index assistant_knowledge_knowledge on assistants.assistant_knowledge (knowledge_id);

-- English stems find "opening" for "open"; the words as they stand find names, and words of other languages that
-- English would leave out.
create table assistants.knowledge_chunk (
  knowledge_id text not null references assistants.knowledge on delete cascade,
  position integer not null,
  content text not null,
  words tsvector not null
    generated always as (to_tsvector('english'::regconfig, content) || to_tsvector('simple'::regconfig, content)) stored,
  created_at timestamptz not null,
  primary key (knowledge_id, position)
) with (toast_tuple_target = 8160); -- keeps words uncompressed in the row, which makes ranking five times faster

create index knowledge_chunk_words on assistants.knowledge_chunk using gin (words);

-- Keyed by the caller's own session id. A session outlives its assistant: it is the account's record of what was said.
create table assistants.session (
  account_sid text not null,
  id text not null,
  position bigint generated always as identity,
  assistant_id text not null,
  identity text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (account_sid, id)
);

create index session_account on assistants.session (account_sid, position);

create table assistants.message (
  id text primary key,
  account_sid text not null,
  session_id text not null,
  position bigint generated always as identity,
  assistant_id text not null,
  identity text not null,
  role text not null check (role in ('user', 'assistant')),
  content jsonb not null,
  meta jsonb not null,
  created_at timestamptz not null,
  foreign key (account_sid, session_id) references assistants.session on delete cascade
);

create index message_session on assistants.message (account_sid, session_id, position);

-- Who is answering in a session at the moment. Unlogged, because nobody answers any more after a crash of the server,
-- and taking a lease then costs no disk flush.
create unlogged table assistants.session_lease (
  account_sid text not null,
  session_id text not null,
  token text not null,
  expires_at timestamptz not null,
  primary key (account_sid, session_id)
);

-- What was answered under an idempotency key, so that a repeated request is told the same.
create table assistants.answer (
  account_sid text not null,
  idempotency_key text not null,
  request_hash text not null,
  -- json and not jsonb: kept to the letter
  response json not null,
  created_at timestamptz not null,
  primary key (account_sid, idempotency_key)
);
