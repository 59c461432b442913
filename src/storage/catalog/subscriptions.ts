/**
 * The subscription of a property: it stands in the row of the unit, which is what two requests for one contend for, and
 * has an enablement beside it like any skill.
 */

import type { EnableRecord } from '../../model/ports/storage.ts'
import type { UnitStorage } from '../../model/ports/unit-storage.ts'
import { refuse } from '../../model/refusal.ts'
import { otherSubscriptionMessage } from '../../model/subscription.ts'
import type { SkillId } from '../../protocol/identifiers.ts'
import { type Driver, named, type Steps, statement, unitGone } from '../engine/driver.ts'
import { nullable, rowReader, text } from '../engine/row-reader.ts'
import type { Recorder } from '../log/operations-log.ts'

export type SubscriptionStorage = Pick<UnitStorage, 'findSubscription' | 'removeSubscription'>

export function subscriptionStorage(driver: Driver, record: Recorder): SubscriptionStorage {
  return {
    async findSubscription(propertyId) {
      const [row] = await driver.read(subscriptionOf({ id: propertyId }))
      return row && readSubscription(row)
    },
    removeSubscription: (propertyId, change) =>
      driver.write(function* () {
        const [row] = yield statement(
          `select ${readSubscription.columns} from units where id = $1 and subscription_id is not null ${driver.lockRows}`,
          propertyId,
        )
        const skillId = row && readSubscription(row)
        if (skillId === undefined) return false
        yield statement('update units set subscription_id = null where id = $1', propertyId)
        yield statement('delete from enablements where unit_id = $1 and skill_id = $2', propertyId, skillId)
        yield record(change)
        return true
      }),
  }
}

const readSubscription = rowReader(
  { subscription_id: nullable(text<SkillId>()) },
  (row) => row.subscription_id ?? undefined,
)

const subscriptionOf = named(
  ['id'],
  (at) => `select ${readSubscription.columns} from units where id = ${at.id}`,
)

/** Makes the skills the subscriptions of their units, unless one has another already. No unit is there twice. */
export function* takeSubscriptions(records: readonly EnableRecord[]): Steps<void> {
  const wanted = records.filter(({ isSubscription }) => isSubscription)
  if (wanted.length === 0) return
  const rows = yield wanted.map(({ unitId, skillId }) =>
    statement(
      'update units set subscription_id = $1 where id = $2 and coalesce(subscription_id, $1) = $1 returning id',
      skillId,
      unitId,
    ),
  )
  const taken = new Set(rows.map(({ id }) => id))
  const refused = wanted.find(({ unitId }) => !taken.has(unitId))
  if (refused === undefined) return
  const [row] = yield subscriptionOf({ id: refused.unitId })
  const other = row && readSubscription(row)
  if (other === undefined) throw unitGone(undefined)
  throw refuse('INVALID_PARAM', otherSubscriptionMessage(other), { reason: 'subscription' })
}
