create table assistants.tool (
  id text primary key,
  account_sid text not null,
  name text not null,
  description text not null,
  type text not null check (type in ('WEBHOOK', 'MCP')),
  enabled boolean not null,
  meta jsonb not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);

create index tool_account on assistants.tool (account_sid, id);

create table assistants.assistant_tool (
  assistant_id text not null references assistants.assistant on delete cascade,
  tool_id text not null references assistants.tool on delete cascade,
  primary key (assistant_id, tool_id)
);

create index assistant_tool_tool on assistants.assistant_tool (tool_id);

-- How a tool or a source of knowledge is authorised: the details as they are shown, and all of them encrypted.
create table assistants.policy (
  id text primary key,
  account_sid text not null,
  tool_id text unique references assistants.tool on delete cascade,
  knowledge_id text unique references assistants.knowledge on delete cascade,
  name text not null,
  description text not null,
  type text not null,
  shown_details jsonb not null,
  sealed_details bytea not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  check (num_nonnulls(tool_id, knowledge_id) = 1)
);

create index policy_account on assistants.policy (account_sid, id);
