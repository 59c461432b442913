-- When the code of the link was exchanged; null where a release before this one did it.
alter table account_links add column exchanged_at bigint;
