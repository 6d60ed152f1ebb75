-- What Tandem's assistants have beside Twilio's fields. Keys of providers are in model_settings and fallbacks, encrypted.
alter table assistants.assistant
  add column model_settings jsonb not null default '{}',
  add column fallbacks jsonb not null default '[]',
  add column guardrails jsonb not null default '{}',
  add column limits jsonb not null default '{}',
  add column built_in_tools text[] not null default '{handover,search_knowledge,remember}';

-- History lists every call of a tool and of knowledge.
alter table assistants.message
  drop constraint message_role_check,
  add constraint message_role_check check (role in ('user', 'assistant', 'tool', 'knowledge'));

create table assistants.feedback (
  id text primary key,
  account_sid text not null,
  assistant_id text not null references assistants.assistant on delete cascade,
  session_id text not null,
  message_id text not null,
  score double precision not null,
  text text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  foreign key (account_sid, session_id) references assistants.session on delete cascade
);

create index feedback_assistant on assistants.feedback (assistant_id, id);
create index feedback_session on assistants.feedback (account_sid, session_id);
