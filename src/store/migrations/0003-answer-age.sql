-- Answers are kept under keys that callers choose, which say nothing of their age.
create index answer_created on assistants.answer (created_at);
