import { whenReady } from '../../model/maybe-promise.ts'
import type { Revocation, RoleStorage } from '../../model/ports/role-storage.ts'
import type { Role } from '../../model/principals/role.ts'
import { lastAdminMessage, nameBelow } from '../../model/principals/role.ts'
import { refuse } from '../../model/refusal.ts'
import type { PrincipalId } from '../../protocol/identifiers.ts'
import {
  type Driver,
  inLockOrder,
  named,
  placeholders,
  type Row,
  type Steps,
  statement,
  type Value,
} from '../engine/driver.ts'
import { integer, nullable, rowReader, text } from '../engine/row-reader.ts'
import { type Ids, numberIn } from '../ids/ids.ts'
import type { Recorder } from '../log/operations-log.ts'
import { assignmentColumns, assignStatement, readAssignment, removeAssignment } from './assignment-row.ts'

/** The maximum number of roles that are kept of one principal. */
const heldMax = 1000
/** Lists of IDs are filled up to these lengths, so that there is one text to prepare. */
const unitsPerLook = 16
const principalsPerLook = 50

const columns = assignmentColumns

const heldOf = named(
  ['principalId', 'limit'],
  (at) => `select ${columns} from role_assignments where principal_id = ${at.principalId}
    order by level, unit, role limit ${at.limit}`,
)
const pageOfRole = named(
  ['unitId', 'role', 'after', 'now', 'limit'],
  (at) => `select ${columns} from role_assignments
    where unit = ${numberIn(at.unitId)} and role = ${at.role} and principal_id > ${at.after}
      and (expires_at is null or expires_at > ${at.now})
    order by principal_id limit ${at.limit}`,
)
const pageOfPrincipal = named(
  ['principalId', 'level', 'unitId', 'role', 'now', 'limit'],
  (at) => `select ${columns} from role_assignments
    where principal_id = ${at.principalId} and (level, unit, role) > (${at.level}, coalesce(${numberIn(at.unitId)}, 0), ${at.role})
      and (expires_at is null or expires_at > ${at.now})
    order by level, unit, role limit ${at.limit}`,
)

export function roleStorage(driver: Driver, record: Recorder, ids: Ids): RoleStorage {
  return {
    held: (principalId) =>
      whenReady(driver.read(heldOf({ principalId, limit: heldMax + 1 })), (rows) => ({
        assignments: rows.slice(0, heldMax).map(readAssignment),
        hasMore: rows.length > heldMax,
      })),
    findOn: (principalId, unitIds) =>
      whenReady(
        driver.read(
          statement(
            `select ${columns} from role_assignments where principal_id = $1
               and unit in (select number from ids where id in (${placeholders(2, unitsPerLook)}))`,
            principalId,
            ...filled(unitIds, unitsPerLook),
          ),
        ),
        (rows) => rows.map(readAssignment),
      ),
    async findHolders({ unitId, role }, principalIds, now) {
      const rows = await driver.read(
        statement(
          `select ${columns} from role_assignments where unit = ${numberIn('$1')} and role = $2
             and (expires_at is null or expires_at > $3) and principal_id in (${placeholders(4, principalsPerLook)})`,
          unitId,
          role,
          now,
          ...filled(principalIds, principalsPerLook),
        ),
      )
      return rows.map(readAssignment).map(({ principalId }) => principalId)
    },
    async listOfRole({ unitId, role }, { after, now, limit }) {
      return (await driver.read(pageOfRole({ unitId, role, after, now, limit }))).map(readAssignment)
    },
    async listOfPrincipal(principalId, { after, now, limit }) {
      const { level = -1, unitId = '', role = '' } = after ?? {}
      const query = pageOfPrincipal({ principalId, level, unitId, role, now, limit })
      return (await driver.read(query)).map(readAssignment)
    },
    assign: (assignments, changes) =>
      ids.write(
        assignments.map(({ unitId }) => unitId),
        function* (numberOf) {
          const now = changes[0]?.stamp.now ?? 0
          const added = yield assignments.map((assignment) =>
            assignStatement(assignment, numberOf(assignment.unitId), now),
          )
          if (added.length < assignments.length) throw refuse('INVALID_PARAM', alreadyMessage)
          yield* record(...changes)
        },
        assignments.map(({ unitId, role, principalId }) => `${unitId} ${role} ${principalId}`),
      ),
    revoke: (role, revocations, now) =>
      driver.write(() => revoke(role, revocations, now, driver.lockRows, record)),
    forgetEnded: (now, limit) =>
      driver.write(function* () {
        const rows = yield statement(
          `delete from role_assignments where (principal_id, unit, role) in (
             select principal_id, unit, role from role_assignments where expires_at <= $1 order by expires_at limit $2)
           returning unit`,
          now,
          limit,
        )
        return rows.length
      }),
  }
}

/** The operation that checked it before names the principals; here another request was faster. */
const alreadyMessage = 'principalId is invalid: the principal has the role already.'

const readRemoved = rowReader(
  { principal_id: text<PrincipalId>(), propagate: integer, expires_at: nullable(integer) },
  (row) => ({ principalId: row.principal_id, propagate: row.propagate, expiresAt: row.expires_at }),
)
type Removed = ReturnType<typeof readRemoved>

function* revoke(
  role: Role,
  revocations: readonly Revocation[],
  now: number,
  lockRows: string,
  record: Recorder,
): Steps<PrincipalId[]> {
  const isOrgAdmin = role.role === 'A4H.OrgAdmin'
  // Two who revoke each other at once: the second one waits, and is then the last.
  if (isOrgAdmin)
    yield statement(`select number from units where number = ${numberIn('$1')} ${lockRows}`, role.unitId)
  const inOrder = inLockOrder(revocations, ({ principalId }) => principalId)
  const removed = yield inOrder.map(({ principalId }) => removeAssignment(principalId, role))
  const below = inOrder.filter(({ propagate }) => propagate)
  const removedBelow = yield below.map(({ principalId }) => removeBelow(principalId, role))
  const holding = (rows: readonly Row[]) =>
    rows.map(readRemoved).filter(({ expiresAt }) => expiresAt === null || expiresAt > now)
  const held = holding(removed)
  if (isOrgAdmin) yield* requireReplaced(role, held, now)
  const had = new Set([...held, ...holding(removedBelow)].map(({ principalId }) => principalId))
  const changed = revocations.filter(({ principalId }) => had.has(principalId))
  yield* record(...changed.map(({ change }) => change))
  return changed.map(({ principalId }) => principalId)
}

/** Refuses with INVALID_PARAM if nobody has the role who covers as much as one that is removed, and stays if that one does. */
function* requireReplaced({ unitId, role }: Role, removed: readonly Removed[], now: number): Steps<void> {
  const kinds = new Map(
    removed.map(({ propagate, expiresAt }) => {
      const endsAfter = expiresAt === null ? null : now
      return [`${propagate} ${endsAfter}`, { propagate, endsAfter }]
    }),
  )
  for (const { propagate, endsAfter } of kinds.values()) {
    const others = yield otherAdmins({ unitId, role, propagate, endsAfter })
    if (others.length === 0) throw refuse('INVALID_PARAM', lastAdminMessage)
  }
}

const otherAdmins = named(
  ['unitId', 'role', 'propagate', 'endsAfter'],
  (at) => `select principal_id from role_assignments
    where unit = ${numberIn(at.unitId)} and role = ${at.role} and propagate >= ${at.propagate}
      and (expires_at is null or expires_at > cast(${at.endsAfter} as bigint)) limit 1`,
)

/** Begins with the roles of the principal: there may be very many units below. */
function removeBelow(principalId: PrincipalId, { unitId, role }: Role) {
  return statement(
    `delete from role_assignments where principal_id = $1 and role = $2 and exists (
       select 1 from units u join units top on u.path > top.path || '/' and u.path < top.path || '0'
       where u.number = role_assignments.unit and top.number = ${numberIn('$3')})
     returning ${readRemoved.columns}`,
    principalId,
    nameBelow(role),
    unitId,
  )
}

function filled(ids: readonly string[], length: number): Value[] {
  return Array.from({ length }, (_, index) => ids[index] ?? ids[0] ?? null)
}
