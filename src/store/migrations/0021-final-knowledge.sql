-- Asked for in every turn, and source_details may hold a whole book.
alter table assistants.knowledge
  add column is_final boolean not null
    generated always as (coalesce((source_details ->> 'final_response')::boolean, false)) stored;
