/**
 * The tables of the floors, which stay as they are when the tables of the program change. `text` is the table of enablements of schema 8: IDs
 * as text, the status stored, five indexes, no operations log. `lean` has numbers for IDs, a derived status, the same orders, and a log entry
 * for each enablement: the least that a program with the same queries has to write.
 */

export type TableForm = 'text' | 'lean'

/** The statements that make the tables of a form. `bytes` is the type of a byte string. */
function tablesOf(form: TableForm, bytes: 'blob' | 'bytea', withoutRowid: string): string {
  return form === 'text'
    ? `
      create table units (
        id text not null primary key, organization_id text not null, parent_id text references units (id), level integer not null,
        path text not null, name text not null, solution text, country text, requires_subscription integer, subscription_id text
      ) ${withoutRowid};
      create table enablements (
        unit_id text not null references units (id), skill_id text not null, organization_id text not null, stage text not null,
        partition_names text not null, status text not null, link_name text, is_linked integer not null, due_at bigint,
        created_at bigint not null, request_id text not null, actor text not null, item_id bigint, name_free_locales text,
        primary key (unit_id, skill_id));
      create index enablements_by_creation on enablements (unit_id, created_at, skill_id);
      create index enablements_by_skill on enablements (skill_id, created_at);
      create index enablements_by_link on enablements (organization_id, skill_id, link_name, is_linked) where link_name is not null;
      create index enablements_due on enablements (due_at) where due_at is not null;`
    : `
      create table lean_units (num integer not null primary key, id text not null unique);
      create table lean_enablements (
        unit integer not null references lean_units (num), skill integer not null, stage integer not null, created_at bigint not null,
        due_at bigint, partition_names text, link_name text, is_linked integer, name_free_locales text,
        primary key (unit, skill)) ${withoutRowid};
      create index lean_enablements_by_creation on lean_enablements (unit, created_at, skill);
      create index lean_enablements_by_skill on lean_enablements (skill);
      create table lean_log (
        request ${bytes} not null, place integer not null, at bigint not null, actor integer not null, operation integer not null,
        outcome integer not null, unit integer, skill integer, item bigint, detail text,
        primary key (request, place)) ${withoutRowid};
      create index lean_log_by_unit on lean_log (unit, request, place);`
}

export function sqliteTables(form: TableForm): string {
  return tablesOf(form, 'blob', 'without rowid')
}

export function postgresTables(form: TableForm): string {
  return tablesOf(form, 'bytea', '')
}
