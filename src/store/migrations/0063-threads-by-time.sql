-- Every text that arrives writes it, so it holds the time alone: those of one moment are sorted when they are read.
drop index gateway.thread_active;
create index thread_active on gateway.thread (active_at);
