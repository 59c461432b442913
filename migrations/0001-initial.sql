-- One file for both engines. Times are integer milliseconds; lists and objects are JSON as text. Keys of what grows
-- lead with the unit. A comment that begins with "sqlite:" is read as SQL by the SQLite driver alone.

create table units (
  id text not null primary key,
  organization_id text not null,
  parent_id text references units (id),
  level integer not null,
  path text not null,
  name text not null,
  -- Of the organization alone, that is of level 0.
  solution text,
  country text
) /* sqlite: without rowid */;

create index units_by_parent on units (parent_id, id);

create table skills (
  id text not null primary key,
  name text not null,
  stages text not null,
  account_linking text
) /* sqlite: without rowid */;

create table clients (
  id text not null primary key,
  name text not null,
  secret_hash text,
  redirect_uris text not null,
  roles text not null,
  is_demo integer not null
) /* sqlite: without rowid */;

-- Not without rowid: rows lie in the order in which they came, so that those that become ENABLED together share pages.
create table enablements (
  unit_id text not null references units (id),
  skill_id text not null,
  organization_id text not null,
  stage text not null,
  partition_names text not null,
  status text not null,
  link_name text,
  is_linked integer not null,
  -- When an ENABLING record becomes ENABLED; null while it waits for its link, and when there is nothing to do.
  due_at bigint,
  created_at bigint not null,
  request_id text not null,
  actor text not null,
  item_id bigint,
  primary key (unit_id, skill_id)
);

create index enablements_by_creation on enablements (unit_id, created_at, skill_id);
-- New entries of a skill come behind its last one: beside each other, and not each on a page of its own.
create index enablements_by_skill on enablements (skill_id, created_at);
create index enablements_by_link on enablements (organization_id, skill_id, link_name, is_linked) where link_name is not null;
create index enablements_due on enablements (due_at) where due_at is not null;

create table account_links (
  organization_id text not null,
  skill_id text not null,
  name text not null,
  state text not null,
  sealed_tokens text,
  sealed_request text,
  due_at bigint,
  attempts integer not null,
  claim text,
  reason text,
  request_id text not null,
  actor text not null,
  primary key (organization_id, skill_id, name)
) /* sqlite: without rowid */;

create index account_links_due on account_links (due_at) where due_at is not null;

create table authorization_codes (
  code_hash text not null primary key,
  client_id text not null,
  redirect_uri text not null,
  scopes text not null,
  code_challenge text,
  code_challenge_method text,
  expires_at bigint not null,
  -- The grant that it gave; null until it is used.
  grant_id text
) /* sqlite: without rowid */;

create index authorization_codes_by_expiry on authorization_codes (expires_at);
create index authorization_codes_by_client on authorization_codes (client_id);

create table grants (
  id text not null primary key,
  client_id text not null,
  scopes text not null,
  refresh_token_hash text not null unique,
  created_at bigint not null,
  revoked_at bigint
) /* sqlite: without rowid */;

create index grants_by_client on grants (client_id);

-- Access tokens, and grants with all their access tokens, that are refused before they expire.
create table revocations (
  id text not null primary key,
  until bigint not null
) /* sqlite: without rowid */;

create index revocations_by_expiry on revocations (until);

create table keys (
  id text not null primary key,
  purpose text not null,
  sealed text not null,
  created_at bigint not null
) /* sqlite: without rowid */;

create table operations_log (
  id text not null primary key,
  at bigint not null,
  request_id text not null,
  actor text not null,
  operation text not null,
  outcome text not null,
  organization_id text,
  unit_id text,
  skill_id text,
  item_id bigint,
  detail text
) /* sqlite: without rowid */;

create index operations_log_by_request on operations_log (request_id, id);
create index operations_log_by_unit on operations_log (unit_id, id) where unit_id is not null;
