import { isAllowed, type Principal } from '../../model/access.ts'
import { base32 } from '../../model/base32.ts'
import { recorded } from '../../model/operations-log.ts'
import type { Context } from '../../model/ports/context.ts'
import { refuse } from '../../model/refusal.ts'
import {
  levelsMax,
  levelsMessage,
  pathBelow,
  pathLengthMax,
  propertyOf,
  type Unit,
  unitBody,
} from '../../model/unit.ts'
import { writeStamp } from '../../model/write-stamp.ts'
import type { UnitId } from '../../protocol/identifiers.ts'
import type { CreateUnitRequest, UnitBody } from '../../protocol/unit.ts'
import { admitUnit, rolesOn } from './admit-unit.ts'
import { unitChange } from './unit-change.ts'

/**
 * "Create unit". Its caller gets the role A4P.UnitAdmin of the new unit with it (ledger, U3). The role ends when the one
 * ends that allowed the creation: who may build for a week gets nothing for longer. Each call creates another unit (U4: a
 * repeated name may be another room).
 */
export async function createUnit(
  context: Context,
  principal: Principal,
  call: { requestId: string; request: CreateUnitRequest },
): Promise<UnitBody> {
  const { name, parentId } = call.request
  const parent = await admitUnit(context, principal, 'create_unit', parentId)
  if (parent.level === levelsMax) throw refuse('INVALID_PARAM', levelsMessage, { reason: 'state' })
  const id = newUnitId(context)
  const unit: Unit = {
    ...parent,
    id,
    parentId,
    level: parent.level + 1,
    path: pathBelow(parent.path, id),
    // Half a surrogate pair cannot be stored.
    name: name.value.text.toWellFormed(),
  }
  if (unit.path.length > pathLengthMax)
    throw refuse('INVALID_PARAM', 'parentId is invalid: the IDs above the unit are too long for one more.', {
      reason: 'state',
    })
  await context.storage.catalog.addUnit(
    {
      id,
      parentId,
      propertyId: propertyOf(parent),
      name: unit.name,
      level: unit.level,
      creator: { principalId: principal.accountId, expiresAt: await endOfRight(context, principal, parent) },
    },
    recorded(writeStamp(context, principal, call.requestId), unitChange('create_unit', unit)),
  )
  return unitBody(unit)
}

/** Returns when the last of the roles ends that let the principal create units below the parent. */
async function endOfRight(context: Context, principal: Principal, parent: Unit): Promise<number | undefined> {
  const now = context.now()
  const held = await context.storage.roles.held(principal.accountId)
  const found = await rolesOn(context, principal, held, parent)
  const ends = found
    .filter((assignment) => isAllowed([assignment], 'create_unit', parent, now))
    .map(({ expiresAt }) => expiresAt ?? Number.POSITIVE_INFINITY)
  const last = Math.max(now, ...ends)
  return Number.isFinite(last) ? last : undefined
}

const idLength = 104
const hashesPerId = 4

/** Makes an ID like a real one: 104 characters of base32 that begin with A, unpredictable. */
function newUnitId(context: Context): UnitId {
  const seed = context.newId()
  const hashes = Array.from({ length: hashesPerId }, (_, index) =>
    Buffer.from(context.secrets.hash(`${seed} ${index}`, 'unit-id'), 'base64url'),
  )
  const characters = base32(Buffer.concat(hashes)).slice(1, idLength)
  // The text has the form of the schema.
  return `amzn1.alexa.unit.did.A${characters}` as UnitId
}
