-- Where the server has pgvector, vectors are compared some ten times faster. Without it, and without the right to
-- install it, arrays do; the owner of the database may install it at any time.
do $$
begin
  if exists (select from pg_available_extensions where name = 'vector') then
    create extension if not exists vector;
  end if;
exception
  when insufficient_privilege then null;
end
$$;
