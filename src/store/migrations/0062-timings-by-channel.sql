-- Which channel is slow: '' is for what was measured before channels were told apart.
alter table gateway.timing
  add column channel text not null default '',
  drop constraint timing_pkey,
  add primary key (minute, measure, channel);
