-- From when an enablement is ENABLED, in milliseconds; null while it waits for its link. Whoever reads it compares it with the clock, so that
-- no write is needed when the time has come. The columns status and due_at are no longer used.
alter table enablements add column enabled_from bigint;
update enablements set enabled_from = case when status = 'ENABLED' then created_at else due_at end;
drop index enablements_due;

-- When a change takes effect; null: at once, or not known yet.
alter table operations_log add column effective_at bigint;
