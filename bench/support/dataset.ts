/**
 * A storage as it is after long use, made with SQL beside the service, since a million requests would take minutes: one
 * organization, its units, ten skills enabled for each of them, and one unit with very many skills. The operations log
 * stays empty. It knows the tables of migrations/.
 */
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'

export const organizationId = 'amzn1.alexa.unit.did.AHPXFP6CQ3MZUBENCHMARKORGANIZATION'
export const client = {
  id: 'amzn1.application-oa2-client.benchmark',
  secret: 'a-secret-of-the-benchmark',
  refreshToken: 'Atzr|IwEBIAbenchmarkbenchmarkbenchmarkbenchmark',
}

/** Skills that every unit has; those behind them are for fresh enablements, and all of them on the large unit. */
export const skillsEverywhere = 10
export const skillsInAll = 10_000
/** The unit behind the others, with all skills. */
export const largeUnitId = 'amzn1.alexa.unit.did.ALARGEUNITWITHALLTHESKILLSOFTHEBENCHMARK'

/** As long as real ones, and in no order. */
export function unitId(number: number): string {
  return `amzn1.alexa.unit.did.A${scrambled(number)}JDKNLWZB2HXS6TFCUM4VYQ7E3RPG`
}

export function skillId(number: number): string {
  return `amzn1.ask.skill.${scrambled(number).toLowerCase()}-6d5e-4000-8000-9c2f3b1b6d5e`
}

/** Eight digits that differ for different numbers: the multiplier is odd. */
function scrambled(number: number): string {
  return ((number * 2_654_435_761) % 0x1_0000_0000).toString(16).toUpperCase().padStart(8, '0')
}

/** The catalog that the service is started with: all that is not in the storage already. */
export function writeCatalog(folder: string): string {
  const file = path.join(folder, 'catalog.json')
  const organization = { id: organizationId, name: 'Hotel', solution: 'hospitality', country: 'US' }
  const roles = [{ unitId: organizationId, role: 'A4P.UnitAdmin' }]
  writeFileSync(file, JSON.stringify({ organizations: [organization], clients: [{ ...client, roles }] }))
  return file
}

/** Fills the database that a service has made in the folder and closed again. */
export function fillDatabase(folder: string, units: number, hasLargeUnit: boolean): void {
  const database = new DatabaseSync(path.join(folder, 'skillkeeper.db'))
  database.function('unit_id', { deterministic: true }, (number) => unitId(Number(number)))
  database.function('skill_id', { deterministic: true }, (number) => skillId(Number(number)))
  database.exec('pragma journal_mode = off; pragma synchronous = off; pragma cache_size = -262144; begin')
  database.exec(`
    insert into units (id, organization_id, parent_id, level, path, name)
    select unit_id(i), '${organizationId}', '${organizationId}', 1, '/${organizationId}/' || unit_id(i), 'Room ' || i
    from (${numbers(units)}) order by 1;
    insert into skills (id, name, stages)
    select skill_id(i), 'Skill ' || i, '["development","live"]' from (${numbers(skillsInAll)}) order by 1;
    ${enablements('units', `(select skill_id(i) as id from (${numbers(skillsEverywhere)}))`)}
  `)
  if (hasLargeUnit) {
    database.exec(`
      insert into units (id, organization_id, parent_id, level, path, name)
      values ('${largeUnitId}', '${organizationId}', '${organizationId}', 1, '/${organizationId}/${largeUnitId}', 'Large');
      ${enablements(`(select '${largeUnitId}' as id, 1 as level)`, 'skills')}
    `)
  }
  database.exec('commit; pragma journal_mode = wal')
  database.close()
}

function numbers(count: number): string {
  return `with recursive numbers (i) as (select 0 union all select i + 1 from numbers where i < ${count - 1}) select i from numbers`
}

/** In the order of the primary key, and each created a second after the one before. */
function enablements(units: string, skills: string): string {
  const createdAt = '1750000000000 + 1000 * row_number() over ()'
  return `
    insert into enablements (unit_id, skill_id, organization_id, stage, partition_names, enabled_from, is_linked, created_at,
      request_id, actor)
    select u.id, s.id, '${organizationId}', 'live', '[]', 0, 0, ${createdAt}, 'made-by-the-benchmark', '${client.id}'
    from ${units} u cross join ${skills} s where u.level > 0 order by u.id, s.id;
  `
}
