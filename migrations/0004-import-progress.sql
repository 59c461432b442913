-- One row while an import into this storage is under way: no service starts on it until then. See docs/operating.md.

create table import_progress (
  id integer not null primary key,
  records bigint not null,
  digest text not null
);
