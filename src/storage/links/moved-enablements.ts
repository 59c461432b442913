/** Moves enablements with their link, in SQL. `movedWith` in the model is the rule. */
import type { AccountLink } from '../../model/account-link.ts'
import { recorded } from '../../model/operations-log.ts'
import type { ActivationStamp, LinkStorage } from '../../model/ports/storage.ts'
import type { UnitId } from '../../protocol/identifiers.ts'
import { type Driver, named, type Statement, type Steps } from '../engine/driver.ts'
import { integer, nullable, rowReader, text } from '../engine/row-reader.ts'
import type { Recorder } from '../log/operations-log.ts'

const readMoved = rowReader(
  {
    unit_id: text<UnitId>(),
    request_id: text(),
    actor: text(),
    item_id: nullable(integer),
    enabled_from: integer,
  },
  (row) => ({
    unitId: row.unit_id,
    requestId: row.request_id,
    actor: row.actor,
    itemId: row.item_id ?? undefined,
    enabledFrom: row.enabled_from,
  }),
)

interface Move {
  readonly link: AccountLink
  readonly stamp: ActivationStamp
  readonly limit: number
  readonly unitId: UnitId | undefined
}

/** See `LinkStorage.moveEnablements`. */
export function moveEnablements(driver: Driver, record: Recorder): LinkStorage['moveEnablements'] {
  // A discarded link loses all its enablements; the others move those that wait.
  const [moveWaiting, moveAll] = [moveOf('and is_linked = 0', driver), moveOf('', driver)]
  const moveOne = (move: Move) => (move.link.state === 'DISCARDED' ? moveAll : moveWaiting)(move)
  return (link, stamp, limit, unitId) =>
    driver.write(() => moveSome({ link, stamp, limit, unitId }, moveOne, record))
}

function* moveSome(move: Move, moveOne: (move: Move) => Statement, record: Recorder): Steps<number> {
  const { link, stamp } = move
  const { organizationId, skillId } = link
  if (link.state === 'PENDING') return 0
  const isLinked = link.state === 'LINKED'
  const reason = link.reason ?? 'The account link was removed.'
  const moved = (yield moveOne(move)).map(readMoved)
  const changes = moved.map(({ unitId, itemId, requestId, actor, enabledFrom }) =>
    recorded(
      { now: stamp.now, requestId, actor },
      {
        operation: 'link',
        outcome: isLinked ? 'done' : 'failed',
        effectiveAt: enabledFrom > stamp.now ? enabledFrom : undefined,
        organizationId,
        unitId,
        skillId,
        itemId,
        detail: isLinked ? undefined : { reason },
      },
    ),
  )
  yield record(...changes)
  return moved.length
}

/** The lock keeps an enablement from leaving a link to which another write is about to move it. */
function moveOf(which: string, { lockRows }: Driver): (move: Move) => Statement {
  const move = named(
    ['organizationId', 'skillId', 'name', 'state', 'isLinked', 'linkName', 'activateAt', 'unitId', 'limit'],
    (at) => `update enablements set is_linked = ${at.isLinked}, link_name = ${at.linkName},
        enabled_from = coalesce(enabled_from, ${at.activateAt})
      where (unit_id, skill_id) in (
        select unit_id, skill_id from enablements
        where skill_id = ${at.skillId} and organization_id = ${at.organizationId} and link_name = ${at.name}
          and unit_id = coalesce(${at.unitId}, unit_id) ${which}
          and exists (select 1 from account_links where organization_id = ${at.organizationId}
            and skill_id = ${at.skillId} and name = ${at.name} and state = ${at.state})
        limit ${at.limit} ${lockRows})
      returning ${readMoved.columns}`,
  )
  return ({ link, stamp, limit, unitId }) => {
    const { organizationId, skillId, name, state } = link
    const isLinked = state === 'LINKED'
    return move({
      organizationId,
      skillId,
      name,
      state,
      isLinked: isLinked ? 1 : 0,
      linkName: isLinked ? name : null,
      activateAt: stamp.activateAt,
      unitId: unitId ?? null,
      limit,
    })
  }
}
