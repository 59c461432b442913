/** Assignments of roles as rows. */
import type { Assignment, Role } from '../../model/principals/role.ts'
import type { PrincipalId, UnitId } from '../../protocol/identifiers.ts'
import type { RoleName } from '../../protocol/role.ts'
import { insertInto, type Statement, statement } from '../engine/driver.ts'
import { integer, nullable, rowReader, text } from '../engine/row-reader.ts'
import { numberIn } from '../ids/ids.ts'

const assignments = {
  table: 'role_assignments',
  columns: {
    principal_id: 'text',
    unit: 'integer',
    role: 'text',
    level: 'integer',
    propagate: 'integer',
    expires_at: 'bigint',
    created_at: 'bigint',
  },
  key: ['principal_id', 'unit', 'role'],
} as const
const onConflict = `on conflict (principal_id, unit, role) do update set
  propagate = excluded.propagate, expires_at = excluded.expires_at, created_at = excluded.created_at`

/** Adds the assignment unless there is one that has not ended; returns a row if it is added. */
const insertNew = insertInto({
  ...assignments,
  onConflict: `${onConflict} where role_assignments.expires_at <= excluded.created_at`,
  returning: 'principal_id, unit, role',
})

const insertOrReplace = insertInto({ ...assignments, onConflict })

/** `unit`: the number of the unit. */
export function assignStatement(assignment: Assignment, unit: number, now: number): Statement {
  return insertNew(rowOf(assignment, unit, now))
}

/** Replaces an assignment of the same role. `unit`: the number of the unit. */
export function putAssignment(assignment: Assignment, unit: number, now: number): Statement {
  return insertOrReplace(rowOf(assignment, unit, now))
}

function rowOf(assignment: Assignment, unit: number, now: number) {
  return {
    principal_id: assignment.principalId,
    unit,
    role: assignment.role,
    level: assignment.level,
    propagate: assignment.propagate ? 1 : 0,
    expires_at: assignment.expiresAt ?? null,
    created_at: now,
  }
}

export function removeAssignment(principalId: PrincipalId, { unitId, role }: Role): Statement {
  return statement(
    `delete from role_assignments where principal_id = $1 and unit = ${numberIn('$2')} and role = $3
     returning principal_id, propagate, expires_at`,
    principalId,
    unitId,
    role,
  )
}

/** Removes all roles of the principal. */
export function removeAllOf(principalId: PrincipalId): Statement {
  return statement('delete from role_assignments where principal_id = $1', principalId)
}

/** Removes the roles of the unit from all principals: nothing may refer to a unit that goes. */
export function removeAllOn(unit: number): Statement {
  return statement('delete from role_assignments where unit = $1', unit)
}

/** The columns of `readAssignment`. */
export const assignmentColumns = `principal_id, role, level, propagate, expires_at,
  (select ids.id from ids where ids.number = role_assignments.unit) as unit_id`

export const readAssignment = rowReader(
  {
    principal_id: text<PrincipalId>(),
    unit_id: text<UnitId>(),
    role: text<RoleName>(),
    level: integer,
    propagate: integer,
    expires_at: nullable(integer),
  },
  (row): Assignment => ({
    principalId: row.principal_id,
    unitId: row.unit_id,
    role: row.role,
    level: row.level,
    propagate: row.propagate === 1,
    expiresAt: row.expires_at ?? undefined,
  }),
)
