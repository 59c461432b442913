-- Copies what 0010 has set aside, in steps. Each step runs again and again, in a transaction each time, until nothing is left.

-- step: ids
update migration_steps set upto = (select max(path) from (
    select path from units_before where path > (select position from migration_steps where step = 'ids') order by path limit 5000) as next)
  where step = 'ids';
insert into ids (id)
  select u.id from migration_steps s join units_before u on u.path > s.position and u.path <= s.upto
  where s.step = 'ids' and not exists (select 1 from ids where ids.id = u.id) order by u.path;
update migration_steps set position = upto, rows_done = rows_done + (
    select count(*) from units_before where path > migration_steps.position and path <= migration_steps.upto)
  where step = 'ids' and upto is not null;

-- step: units
/* postgres: set local enable_seqscan = off; set local enable_hashjoin = off; set local enable_mergejoin = off; */
update migration_steps set upto = (select cast(max(number) as text) from (
    select number from ids where number > (select cast(position as integer) from migration_steps where step = 'units') order by number limit 5000) as next)
  where step = 'units';
insert into ids (id)
  select distinct u.subscription_id
  from migration_steps s join ids i on i.number > cast(s.position as integer) and i.number <= cast(s.upto as integer) join units_before u on u.id = i.id
  where s.step = 'units' and u.subscription_id is not null and not exists (select 1 from ids where ids.id = u.subscription_id);
insert into units (number, organization, parent, level, path, name, solution, country, requires_subscription, subscription)
  select i.number, o.number, p.number, u.level, (
      with recursive up (parent_id, path) as (
        select u.parent_id, '/' || (length(cast(i.number as text)) - 1) || i.number
        union all
        select a.parent_id, '/' || (length(cast(n.number as text)) - 1) || n.number || up.path
        from up join units_before a on a.id = up.parent_id join ids n on n.id = a.id)
      select path from up where parent_id is null),
    u.name, u.solution, u.country, u.requires_subscription, k.number
  from migration_steps s join ids i on i.number > cast(s.position as integer) and i.number <= cast(s.upto as integer)
    join units_before u on u.id = i.id join ids o on o.id = u.organization_id
    left join ids p on p.id = u.parent_id left join ids k on k.id = u.subscription_id
  where s.step = 'units' order by i.number;
update migration_steps set position = upto, rows_done = rows_done + (
    select count(*) from units where number > cast(position as integer) and number <= cast(upto as integer))
  where step = 'units' and upto is not null;

-- step: enablements
/* postgres: set local enable_seqscan = off; set local enable_hashjoin = off; set local enable_mergejoin = off; */
update migration_steps set upto = (select cast(max(number) as text) from (
    select number from units where number > (select cast(position as integer) from migration_steps where step = 'enablements') order by number limit 1000) as next)
  where step = 'enablements';
insert into ids (id)
  select distinct e.skill_id
  from migration_steps s join ids i on i.number > cast(s.position as integer) and i.number <= cast(s.upto as integer)
    join enablements_before e on e.unit_id = i.id
  where s.step = 'enablements' and not exists (select 1 from ids where ids.id = e.skill_id);
insert into ids (id)
  select distinct e.actor
  from migration_steps s join ids i on i.number > cast(s.position as integer) and i.number <= cast(s.upto as integer)
    join enablements_before e on e.unit_id = i.id
  where s.step = 'enablements' and e.link_name is not null and e.is_linked = 0 and not exists (select 1 from ids where ids.id = e.actor);
insert into enablements (unit, skill, organization, is_linked, created_at, enabled_from, stage, partition_names, name_free_locales, link_name,
    request_id, actor, item_id)
  select i.number, k.number, u.organization, e.is_linked, e.created_at, e.enabled_from, e.stage, nullif(e.partition_names, '[]'), e.name_free_locales,
    e.link_name, case when e.link_name is not null and e.is_linked = 0 then e.request_id end,
    case when e.link_name is not null and e.is_linked = 0 then a.number end, case when e.link_name is not null and e.is_linked = 0 then e.item_id end
  from migration_steps s join ids i on i.number > cast(s.position as integer) and i.number <= cast(s.upto as integer)
    join units u on u.number = i.number join enablements_before e on e.unit_id = i.id join ids k on k.id = e.skill_id left join ids a on a.id = e.actor
  where s.step = 'enablements' order by i.number, k.number;
update migration_steps set position = upto, rows_done = rows_done + (
    select count(*) from enablements where unit > cast(position as integer) and unit <= cast(upto as integer))
  where step = 'enablements' and upto is not null;

-- step: operations_log
/* postgres: set local enable_seqscan = off; set local enable_hashjoin = off; set local enable_mergejoin = off; */
-- Its room in the file is for the log now.
drop table if exists enablements_before;
update migration_steps set upto = (select max(id) from (
    select id from operations_log_before where id > (select position from migration_steps where step = 'operations_log') order by id limit 10000) as next)
  where step = 'operations_log';
insert into ids (id)
  select distinct l.actor from migration_steps s join operations_log_before l on l.id > s.position and l.id <= s.upto
  where s.step = 'operations_log' and not exists (select 1 from ids where ids.id = l.actor);
insert into ids (id)
  select distinct l.organization_id from migration_steps s join operations_log_before l on l.id > s.position and l.id <= s.upto
  where s.step = 'operations_log' and l.organization_id is not null and not exists (select 1 from ids where ids.id = l.organization_id);
insert into ids (id)
  select distinct l.unit_id from migration_steps s join operations_log_before l on l.id > s.position and l.id <= s.upto
  where s.step = 'operations_log' and l.unit_id is not null and not exists (select 1 from ids where ids.id = l.unit_id);
insert into ids (id)
  select distinct l.skill_id from migration_steps s join operations_log_before l on l.id > s.position and l.id <= s.upto
  where s.step = 'operations_log' and l.skill_id is not null and not exists (select 1 from ids where ids.id = l.skill_id);
insert into ids (id)
  select distinct l.operation from migration_steps s join operations_log_before l on l.id > s.position and l.id <= s.upto
  where s.step = 'operations_log' and not exists (select 1 from ids where ids.id = l.operation);
insert into ids (id)
  select distinct l.outcome from migration_steps s join operations_log_before l on l.id > s.position and l.id <= s.upto
  where s.step = 'operations_log' and not exists (select 1 from ids where ids.id = l.outcome);
-- An entry belongs to a request that came about a minute before it, or less: then the ID of the request is the entry's.
insert into operations_log (id, place, actor, at, organization, unit, skill, operation, outcome, stage, request_id, item_id, effective_at, detail)
  select
    /* sqlite: unhex(case when e.is_of_request = 1 then e.request_id else e.id end, '-'), */
    /* postgres: cast(case when e.is_of_request = 1 then e.request_id else e.id end as uuid), */
    case when e.is_of_request = 1 then cast(e.rows_done + row_number() over (order by e.id) as integer) else 0 end, a.number, e.at, o.number, u.number, k.number, d.number, r.number,
    case when e.has_only_stage = 1 then substr(e.detail, 11, length(e.detail) - 12) end,
    case when e.is_of_request = 1 then null else e.request_id end, e.item_id, e.effective_at,
    case when e.has_only_stage = 1 then null else e.detail end
  from (
      select l.*, s.rows_done,
        case when length(l.request_id) = 36 and substr(l.request_id, 15, 1) = '7' and substr(l.request_id, 1, 8) = substr(l.id, 1, 8)
          /* sqlite: and unhex(l.request_id, '-') is not null */
          /* postgres: and l.request_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' */
          then 1 else 0 end as is_of_request,
        case when l.detail like '{"stage":"%"}' and length(l.detail) - length(replace(l.detail, '"', '')) = 4 then 1 else 0 end as has_only_stage
      from migration_steps s join operations_log_before l on l.id > s.position and l.id <= s.upto
      where s.step = 'operations_log') as e
    join ids a on a.id = e.actor join ids d on d.id = e.operation join ids r on r.id = e.outcome left join ids o on o.id = e.organization_id left join ids u on u.id = e.unit_id left join ids k on k.id = e.skill_id;
update migration_steps set position = upto, rows_done = rows_done + (
    select count(*) from operations_log_before where id > migration_steps.position and id <= migration_steps.upto)
  where step = 'operations_log' and upto is not null;

-- step: removal
-- To drop units_before with its rows would take one long transaction on SQLite, which then checks the references to each row.
/* sqlite: delete from units_before where id in (select id from units_before order by level desc limit 5000); */
/* sqlite: update migration_steps set upto = (select min(id) from units_before), rows_done = min(rows_total, rows_done + 5000) where step = 'removal'; */
/* postgres: update migration_steps set upto = null where step = 'removal'; */

-- at last
drop table operations_log_before;
drop table units_before;
/* postgres: analyze ids, units, enablements, operations_log; */

-- For people: IDs as text, times readable.
create view enablements_readable as
  select u.id as unit_id, k.id as skill_id, o.id as organization_id, e.stage,
    case when e.enabled_from <=
      /* sqlite: unixepoch('subsec') * 1000 */
      /* postgres: extract(epoch from now()) * 1000 */
      then 'ENABLED' else 'ENABLING' end as status,
    /* sqlite: strftime('%Y-%m-%dT%H:%M:%fZ', e.enabled_from / 1000.0, 'unixepoch') as enabled_from, */
    /* sqlite: strftime('%Y-%m-%dT%H:%M:%fZ', e.created_at / 1000.0, 'unixepoch') as created_at, */
    /* postgres: to_timestamp(e.enabled_from / 1000.0) as enabled_from, to_timestamp(e.created_at / 1000.0) as created_at, */
    coalesce(e.partition_names, '[]') as partition_names, coalesce(e.name_free_locales, '[]') as name_free_locales, e.link_name, e.is_linked
  from enablements e join ids u on u.number = e.unit join ids k on k.number = e.skill join ids o on o.number = e.organization;

create view log_readable as
  select
    /* sqlite: strftime('%Y-%m-%dT%H:%M:%fZ', l.at / 1000.0, 'unixepoch') as at, */
    /* sqlite: coalesce(l.request_id, lower(substr(hex(l.id), 1, 8) || '-' || substr(hex(l.id), 9, 4) || '-' || substr(hex(l.id), 13, 4) || '-' || substr(hex(l.id), 17, 4) || '-' || substr(hex(l.id), 21))) as request_id, */
    /* postgres: to_timestamp(l.at / 1000.0) as at, coalesce(l.request_id, cast(l.id as text)) as request_id, */
    a.id as actor, d.id as operation, r.id as outcome, o.id as organization_id, u.id as unit_id, k.id as skill_id, l.item_id, l.stage, l.detail,
    /* sqlite: strftime('%Y-%m-%dT%H:%M:%fZ', l.effective_at / 1000.0, 'unixepoch') as effective_at, */
    /* postgres: to_timestamp(l.effective_at / 1000.0) as effective_at, */
    l.place
  from operations_log l join ids a on a.number = l.actor join ids d on d.number = l.operation join ids r on r.number = l.outcome
    left join ids o on o.number = l.organization left join ids u on u.number = l.unit
    left join ids k on k.number = l.skill;
