-- How long things took, as a histogram a minute: each process adds what it measured, so that plots outlive processes.
create table gateway.timing (
  minute timestamptz not null,
  measure text not null check (measure in ('accept', 'turn', 'send')),
  -- how many took up to each bound of the buckets, and longer than the last
  counts bigint[] not null,
  primary key (minute, measure)
);
