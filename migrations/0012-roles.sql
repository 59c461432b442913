-- Who has which role. A role has no row of its own: its ID contains the unit and the name.
create table role_assignments (
  principal_id text not null,
  unit integer not null references units (number),
  role text not null,
  -- Of the unit, which never moves: the roles that cover most come first.
  level integer not null,
  propagate integer not null,
  -- When it ends; null: not by itself.
  expires_at bigint,
  created_at bigint not null,
  primary key (principal_id, unit, role)
) /* sqlite: without rowid */;

create index role_assignments_by_level on role_assignments (principal_id, level, unit, role);
create index role_assignments_by_role on role_assignments (unit, role, principal_id);
create index role_assignments_by_end on role_assignments (expires_at) where expires_at is not null;

create table people (
  id text not null primary key,
  name text not null,
  email text,
  -- The address in lower case: the person signs in with it.
  sign_in text,
  passphrase_hash text,
  subject text,
  -- What the catalog lists, as JSON.
  roles text not null,
  is_embedded integer
) /* sqlite: without rowid */;

create index people_by_sign_in on people (sign_in) where sign_in is not null;
create index people_by_subject on people (subject) where subject is not null;

-- The roles of the catalog that are assigned, as JSON; null: those of a release before this one, which are not yet.
alter table clients add column assigned_roles text;

-- The person who gave the token; null: the operator, so that it speaks for the client.
alter table grants add column person_id text;
alter table authorization_codes add column person_id text;
create index grants_by_person on grants (person_id) where person_id is not null;
create index authorization_codes_by_person on authorization_codes (person_id) where person_id is not null;
