-- Trees of units that clients build. A comment that begins with "postgres:" is read as SQL by the PostgreSQL driver
-- alone.

-- Of the organization alone.
alter table units add column requires_subscription integer;
-- Of a property: the pre-defined skill that is its subscription. The enablement of that skill stands beside it.
alter table units add column subscription_id text;

-- What stands below a unit is a range of paths, which are compared byte by byte whatever the language of the database.
/* postgres: alter table units alter column path type text collate "C"; */

-- Level by level, so that a page of a list reads no more than it shows, however deep the tree is.
create index units_by_level on units (level, path);
