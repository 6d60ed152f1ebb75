-- Messages whose answers go to a webhook: kept until the answer has been taken there.
create table assistants.callback (
  id text primary key,
  -- the order in which they came
  position bigint generated always as identity,
  account_sid text not null,
  assistant_id text not null,
  session_id text not null,
  idempotency_key text not null,
  request_hash text not null,
  request jsonb not null,
  url text not null,
  -- json and not jsonb: kept to the letter
  response json,
  attempts integer not null default 0,
  created_at timestamptz not null,
  unique (account_sid, idempotency_key)
);

create index callback_unanswered on assistants.callback (account_sid, session_id, position) where response is null;
