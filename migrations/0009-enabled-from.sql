-- From when an enablement is ENABLED, in milliseconds; null while it waits for its link. Whoever reads it compares it with the clock, so that
-- no write is needed when the time has come. What the release before wrote for that goes, so that its nodes cannot go on beside this one: they
-- would enable what nobody sees as ENABLED.
alter table enablements add column enabled_from bigint;
update enablements set enabled_from = case when status = 'ENABLED' then created_at else due_at end;
drop index enablements_due;
alter table enablements drop column due_at;
alter table enablements drop column status;

-- When a change takes effect; null: at once, or not known yet.
alter table operations_log add column effective_at bigint;
