-- What models were paid for: a row for each call of one, whether the turn came to an answer or not. `message_id` is that
-- of the answer, and so names the turn.
create table assistants.token_usage (
  id text primary key,
  account_sid text not null,
  assistant_id text not null,
  session_id text not null,
  message_id text not null,
  model text not null,
  input_tokens bigint not null,
  output_tokens bigint not null,
  created_at timestamptz not null
);

-- What limits ask for, without a look at the rows themselves.
create index token_usage_assistant on assistants.token_usage (assistant_id, created_at) include (input_tokens, output_tokens);
create index token_usage_session on assistants.token_usage (account_sid, session_id) include (input_tokens, output_tokens);
