-- The name under which the code of a delegated link was exchanged: the same code again is answered from the link.
alter table account_links add column code_name text;
-- Who renews the tokens of a link, and until when nobody else may.
alter table account_links add column renewal_claim text;
alter table account_links add column renewal_until bigint;

create index account_links_renewing on account_links (renewal_claim) where renewal_claim is not null;
