/** What pgbench sends: the statements of a get and an enable on the tables of the floors, with the IDs of dataset.ts, and what fills the tables. */
import { client, organizationId, skillsEverywhere } from '../support/dataset.ts'
import { postgresTables, type TableForm } from './tables.ts'

/** Makes the tables of a form with ten skills in each of so many units, in the schema that is the search path. */
export function fillScript(form: TableForm, units: number): string {
  const everyUnit = `generate_series(0, ${units - 1})`
  const everySkill = `generate_series(0, ${skillsEverywhere - 1})`
  const fill =
    form === 'text'
      ? `
      insert into units (id, organization_id, level, path, name)
      select ${unitSql('i')}, '${organizationId}', 1, '/${organizationId}/' || ${unitSql('i')}, 'Room ' || i from ${everyUnit} as i order by 1;
      insert into enablements (unit_id, skill_id, organization_id, stage, partition_names, status, is_linked, created_at, request_id, actor)
      select u.id, ${skillSql('s')}, '${organizationId}', 'live', '[]', 'ENABLED', 0, 1750000000000 + 1000 * row_number() over (),
        'made-by-the-benchmark', '${client.id}'
      from units u cross join ${everySkill} as s order by u.id, s;`
      : `
      insert into lean_units (num, id) select i, ${unitSql('i')} from ${everyUnit} as i;
      insert into lean_enablements (unit, skill, stage, created_at, due_at)
      select i, s, 1, 1750000000000 + i, 1750000000000 + i from ${everyUnit} as i cross join ${everySkill} as s order by i, s;`
  return postgresTables(form) + fill
}

/** What a get reads. */
export function selectScript(form: TableForm, units: number): string {
  const read =
    form === 'text'
      ? `select ${textColumns} from enablements where unit_id = ${unitSql(':unit')} and skill_id = ${skillSql(':skill')}`
      : `select ${leanColumns} from lean_enablements where unit = :unit and skill = :skill`
  return `\\set unit random(0, ${units - 1})
\\set skill random(0, ${skillsEverywhere - 1})
${read};
`
}

/** The statement of an enable, each of a unit and a skill that were not together before. */
export function upsertScript(form: TableForm, units: number): string {
  return `\\set i :i + 1
\\set unit :i % ${units}
\\set round :i / ${units}
${upsertText(form, ':unit')};
`
}

/** A transaction with so many rows of the same statement, sent together. */
export function batchScript(form: TableForm, units: number, size: number): string {
  const rows = Array.from({ length: size }, (_, row) => upsertText(form, `((:i + ${row}) % ${units})`))
  return `\\set i :i + ${size}
\\set round :i / ${units}
begin;
\\startpipeline
${rows.join(';\n')};
commit;
\\endpipeline
`
}

const textColumns =
  'unit_id, skill_id, organization_id, stage, partition_names, name_free_locales, status, link_name, is_linked, created_at'
const leanColumns = 'stage, partition_names, name_free_locales, due_at, link_name, is_linked, created_at'
const now = '(extract(epoch from now()) * 1000)::bigint'

function upsertText(form: TableForm, unit: string): string {
  return (form === 'text' ? textUpsert(unit) : leanUpsert(unit)).replace(/\s+/g, ' ').trim()
}

/** The statement of schema 8. */
function textUpsert(unit: string): string {
  return `
    insert into enablements (unit_id, skill_id, organization_id, stage, partition_names, status, link_name, is_linked, due_at, created_at,
      request_id, actor, item_id, name_free_locales)
    values (${unitSql(unit)}, 'amzn1.ask.skill.' || :run || '-' || :client_id || '-' || :round || '-4000-8000-9c2f3b1b6d5e',
      '${organizationId}', 'live', '[]', 'ENABLING', null, 0, ${now} + 86400000, ${now},
      'a-request-id-of-the-length-of-a-uuid', '${client.id}', null, null)
    on conflict (unit_id, skill_id) do update set
      status = case when enablements.stage = excluded.stage then enablements.status else 'ENABLING' end,
      due_at = case
        when enablements.stage = excluded.stage and enablements.status = 'ENABLED' then null
        when excluded.link_name is not null and excluded.is_linked = 0 then null
        when excluded.link_name is null and enablements.link_name is not null and enablements.is_linked = 0 then null
        when enablements.stage = excluded.stage then coalesce(enablements.due_at, excluded.due_at)
        else excluded.due_at end,
      stage = excluded.stage,
      partition_names = excluded.partition_names, name_free_locales = excluded.name_free_locales,
      link_name = coalesce(excluded.link_name, enablements.link_name),
      is_linked = case when excluded.link_name is null then enablements.is_linked else excluded.is_linked end,
      request_id = excluded.request_id, actor = excluded.actor, item_id = excluded.item_id
    returning ${textColumns}`
}

/** The row and its log entry, with the IDs of requests in the order of time. */
function leanUpsert(unit: string): string {
  const skill = '(:run * 32 + :client_id) * 10000 + :round'
  return `
    with added as (
      insert into lean_enablements (unit, skill, stage, created_at, due_at) values (${unit}, ${skill}, 1, ${now}, ${now} + 86400000)
      on conflict (unit, skill) do update set stage = excluded.stage)
    insert into lean_log (request, place, at, actor, operation, outcome, unit, skill)
    values (uuid_send(uuidv7()), 0, ${now}, 1, 1, 1, ${unit}, ${skill})`
}

/** `unitId` and `skillId` of dataset.ts in the language of PostgreSQL. */
function unitSql(number: string): string {
  return `'amzn1.alexa.unit.did.A' || upper(${scrambledSql(number)}) || 'JDKNLWZB2HXS6TFCUM4VYQ7E3RPG'`
}

function skillSql(number: string): string {
  return `'amzn1.ask.skill.' || ${scrambledSql(number)} || '-6d5e-4000-8000-9c2f3b1b6d5e'`
}

function scrambledSql(number: string): string {
  return `lpad(to_hex((cast(${number} as bigint) * 2654435761) % 4294967296), 8, '0')`
}
