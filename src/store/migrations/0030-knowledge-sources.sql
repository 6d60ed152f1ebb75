alter table assistants.knowledge
  drop constraint knowledge_type_check,
  add constraint knowledge_type_check check (type in ('Text', 'Web', 'File', 'Database')),
  add column embedding_model text,
  add column last_status text,
  -- of a failure, in words for whoever set the source up; of a source that was read, what was left out of it
  add column reason text,
  add column attempts integer not null default 0,
  -- when a worker should look at it next; null: nothing to do; while PROCESSING: when its lease runs out
  add column due_at timestamptz,
  -- of the worker that reads the source at the moment: what another one has read counts no more
  add column lease_token uuid;

create index knowledge_due on assistants.knowledge (due_at) where due_at is not null;

-- An uploaded file. Not compressed again: PDF and whatever else is large is compressed already.
create table assistants.knowledge_file (
  knowledge_id text primary key references assistants.knowledge on delete cascade,
  name text not null,
  media_type text not null,
  content bytea not null
);

alter table assistants.knowledge_file alter column content set storage external;

-- A chunk has a name that a citation can hold, and its place in the source. Its title is searched with it.
alter table assistants.knowledge_chunk
  add column id bigint generated always as identity unique,
  add column title text,
  add column url text,
  add column page integer,
  add column content_hash uuid not null generated always as (md5(content)::uuid) stored,
  drop column words;

alter table assistants.knowledge_chunk
  add column words tsvector not null generated always as (
    to_tsvector('english'::regconfig, content) || to_tsvector('simple'::regconfig, content)
      || setweight(to_tsvector('english'::regconfig, coalesce(title, '')), 'B')
  ) stored;

create index knowledge_chunk_words on assistants.knowledge_chunk using gin (words);

-- By content, so that chunks which a recrawl finds unchanged are not embedded again. Of unit length.
create table assistants.chunk_embedding (
  knowledge_id text not null references assistants.knowledge on delete cascade,
  content_hash uuid not null,
  model text not null,
  vector real[] not null,
  primary key (knowledge_id, content_hash, model)
);
