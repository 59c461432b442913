/** A table of the floors in a file of its own: what the disk and SQLite themselves take for an enablement. */
import { randomBytes } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { client, organizationId, skillId, skillsEverywhere, unitId } from '../support/dataset.ts'
import { sqliteTables, type TableForm } from './tables.ts'

export interface BareTable {
  readonly database: DatabaseSync
  /** Adds one enablement, in a transaction of its own unless one is open. */
  insert(unitId: string, skillId: string): void
}

const delayMs = 200

/** Makes the file with ten skills in each of so many units. It is as durable as that of a service. */
export function makeBareTable(file: string, form: TableForm, units: number): BareTable {
  const database = new DatabaseSync(file, { enableForeignKeyConstraints: true })
  database.exec('pragma journal_mode = wal; pragma synchronous = full; pragma cache_size = -16384')
  database.exec(sqliteTables(form))
  database.exec('begin')
  const insert = form === 'text' ? textTable(database, units) : leanTable(database, units)
  for (let skill = 0; skill < skillsEverywhere; skill++) {
    for (let unit = 0; unit < units; unit++) insert(unitId(unit), skillId(skill))
  }
  database.exec('commit; pragma wal_checkpoint(truncate)')
  return { database, insert }
}

function textTable(database: DatabaseSync, units: number): BareTable['insert'] {
  const addUnit = database.prepare(
    `insert into units (id, organization_id, level, path, name) values (?, '${organizationId}', 1, ?, ?)`,
  )
  for (let unit = 0; unit < units; unit++) {
    addUnit.run(unitId(unit), `/${organizationId}/${unitId(unit)}`, `Room ${unit}`)
  }
  const add = database.prepare(`
    insert into enablements (unit_id, skill_id, organization_id, stage, partition_names, status, is_linked, due_at, created_at, request_id, actor)
    values (?, ?, '${organizationId}', 'live', '[]', 'ENABLING', 0, ?, ?, ?, '${client.id}')`)
  return (unit, skill) => {
    const now = Date.now()
    add.run(unit, skill, now + delayMs, now, `request-${now}-of-the-length-of-a-uuid`)
  }
}

function leanTable(database: DatabaseSync, units: number): BareTable['insert'] {
  const unitNumbers = new Map<string, number>()
  const skillNumbers = new Map<string, number>()
  const addUnit = database.prepare('insert into lean_units (num, id) values (?, ?)')
  for (let unit = 0; unit < units; unit++) {
    addUnit.run(unit, unitId(unit))
    unitNumbers.set(unitId(unit), unit)
  }
  const add = database.prepare(
    'insert into lean_enablements (unit, skill, stage, created_at, due_at) values (?, ?, 1, ?, ?)',
  )
  const log = database.prepare(
    'insert into lean_log (request, place, at, actor, operation, outcome, unit, skill) values (?, 0, ?, 1, 1, 1, ?, ?)',
  )
  return (unitId, skillId) => {
    const now = Date.now()
    const unit = unitNumbers.get(unitId) ?? -1
    const skill = skillNumbers.get(skillId) ?? skillNumbers.size
    skillNumbers.set(skillId, skill)
    add.run(unit, skill, now, now + delayMs)
    log.run(newRequest(now), now, unit, skill)
  }
}

/** Sixteen bytes that grow with time, as the IDs of requests do. */
function newRequest(now: number): Uint8Array {
  const request = randomBytes(16)
  request.writeUIntBE(now, 0, 6)
  return request
}
