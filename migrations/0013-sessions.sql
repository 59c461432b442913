-- Who is signed in at the console. A browser has the secret in a cookie; here is its hash alone.
create table sessions (
  id text not null primary key,
  secret_hash text not null unique,
  -- The account of a person, or the operator as the operations log names it.
  actor text not null,
  -- The hash of the secret by which one signed in: without that secret the session ends.
  proof text not null,
  created_at bigint not null,
  used_at bigint not null,
  expires_at bigint not null
) /* sqlite: without rowid */;

create index sessions_by_actor on sessions (actor, used_at);
create index sessions_by_expiry on sessions (expires_at);

-- Codes that become a session, once.
create table sign_in_codes (
  code_hash text not null primary key,
  actor text not null,
  proof text not null,
  -- Of the page that asked for the code; null: whoever has the code may use it.
  code_challenge text,
  expires_at bigint not null
) /* sqlite: without rowid */;

create index sign_in_codes_by_actor on sign_in_codes (actor);
create index sign_in_codes_by_expiry on sign_in_codes (expires_at);
