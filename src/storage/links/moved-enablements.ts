/** Moves enablements with their link, in SQL. `movedWith` in the model is the rule. */
import type { AccountLink } from '../../model/account-link.ts'
import { recorded } from '../../model/operations-log.ts'
import type { ActivationStamp, LinkStorage } from '../../model/ports/storage.ts'
import type { UnitId } from '../../protocol/identifiers.ts'
import {
  byEngine,
  type Driver,
  type LockClauses,
  named,
  type Statement,
  type Steps,
} from '../engine/driver.ts'
import { integer, nullable, rowReader, text } from '../engine/row-reader.ts'
import { numberIn } from '../ids/ids.ts'
import type { Recorder } from '../log/operations-log.ts'

const readMoving = rowReader(
  {
    unit: integer,
    skill: integer,
    enabled_from: nullable(integer),
    request_id: nullable(text()),
    item_id: nullable(integer),
    unit_id: text<UnitId>(),
    actor_id: nullable(text()),
  },
  (row) => row,
)

const selectMoving = `select unit, skill, enabled_from, request_id, item_id,
  (select id from ids where number = enablements.unit) as unit_id,
  (select id from ids where number = enablements.actor) as actor_id from enablements`

interface Move {
  readonly link: AccountLink
  readonly stamp: ActivationStamp
  readonly limit: number
  readonly unitId: UnitId | undefined
}

/** See `LinkStorage.moveEnablements`. */
export function moveEnablements(driver: Driver, record: Recorder): LinkStorage['moveEnablements'] {
  const { findWaiting, findAll } = findingMoving(driver)
  // A discarded link loses all its enablements; the others move those that wait.
  const find = (move: Move) => (move.link.state === 'DISCARDED' ? findAll : findWaiting)(move)
  return (link, stamp, limit, unitId) =>
    driver.write(() => moveSome({ link, stamp, limit, unitId }, find, record))
}

function* moveSome(move: Move, find: (move: Move) => Statement, record: Recorder): Steps<number> {
  const { link, stamp } = move
  const { organizationId, skillId, name } = link
  if (link.state === 'PENDING') return 0
  const isLinked = link.state === 'LINKED'
  const reason = link.reason ?? 'The account link was removed.'
  const moving = (yield find(move)).map(readMoving)
  yield moving.map(({ unit, skill, enabled_from }) =>
    moveOne({
      unit,
      skill,
      isLinked: isLinked ? 1 : 0,
      linkName: isLinked ? name : null,
      enabledFrom: enabled_from ?? stamp.activateAt ?? null,
    }),
  )
  const changes = moving.map(({ unit_id, request_id, actor_id, item_id, enabled_from }) => {
    const enabledFrom = enabled_from ?? stamp.activateAt
    return recorded(
      // An enablement that does not wait has no request any more. It moves because of the request that ended the link.
      { now: stamp.now, requestId: request_id ?? link.requestId, actor: actor_id ?? link.actor },
      {
        operation: 'link',
        outcome: isLinked ? 'done' : 'failed',
        effectiveAt: enabledFrom !== undefined && enabledFrom > stamp.now ? enabledFrom : undefined,
        organizationId,
        unitId: unit_id,
        skillId,
        itemId: item_id ?? undefined,
        detail: isLinked ? undefined : { reason },
      },
    )
  })
  yield* record(...changes)
  return moving.length
}

/** The lock keeps an enablement from leaving a link to which another write is about to move it. */
function findMoving(which: string, { lockRows }: LockClauses): (move: Move) => Statement {
  const find = named(
    ['organizationId', 'skillId', 'name', 'state', 'unitId', 'limit'],
    (at) => `${selectMoving}
      where skill = ${numberIn(at.skillId)} and organization = ${numberIn(at.organizationId)} and link_name = ${at.name}
        and (cast(${at.unitId} as text) is null or unit = ${numberIn(at.unitId)}) ${which}
        and exists (select 1 from account_links where organization_id = ${at.organizationId}
          and skill_id = ${at.skillId} and name = ${at.name} and state = ${at.state})
      limit ${at.limit} ${lockRows}`,
  )
  return ({ link, limit, unitId }) => {
    const { organizationId, skillId, name, state } = link
    return find({ organizationId, skillId, name, state, unitId: unitId ?? null, limit })
  }
}

const findingMoving = byEngine((clauses) => ({
  findWaiting: findMoving('and is_linked = 0', clauses),
  findAll: findMoving('', clauses),
}))

/** A moved enablement does not wait any longer, so it keeps no request. */
const moveOne = named(
  ['unit', 'skill', 'isLinked', 'linkName', 'enabledFrom'],
  (
    at,
  ) => `update enablements set is_linked = ${at.isLinked}, link_name = ${at.linkName}, enabled_from = ${at.enabledFrom},
      request_id = null, actor = null, item_id = null
    where unit = ${at.unit} and skill = ${at.skill}`,
)
