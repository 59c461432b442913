/**
 * The subscription of a property. It is in the row of the unit, for which two requests at the same time contend, and has an
 * enablement like any skill.
 */

import type { EnableRecord } from '../../model/ports/storage.ts'
import type { UnitStorage } from '../../model/ports/unit-storage.ts'
import { refuse } from '../../model/refusal.ts'
import { otherSubscriptionMessage } from '../../model/subscription.ts'
import type { SkillId } from '../../protocol/identifiers.ts'
import { type Driver, named, type Steps, statement, unitGone } from '../engine/driver.ts'
import { integer, nullable, rowReader, text } from '../engine/row-reader.ts'
import { type NumberOf, numberIn } from '../ids/ids.ts'
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
          `select ${readSubscribed.columns} from units
           where number = ${numberIn('$1')} and subscription is not null ${driver.lockRows}`,
          propertyId,
        )
        if (row === undefined) return false
        const { number, subscription } = readSubscribed(row)
        yield statement('update units set subscription = null where number = $1', number)
        yield statement('delete from enablements where unit = $1 and skill = $2', number, subscription)
        yield* record(change)
        return true
      }),
  }
}

const readSubscribed = rowReader({ number: integer, subscription: integer }, (row) => row)

const readSubscription = rowReader(
  { subscription_id: nullable(text<SkillId>()) },
  (row) => row.subscription_id ?? undefined,
)

const subscriptionOf = named(
  ['id'],
  (
    at,
  ) => `select k.id as subscription_id from ids i join units u on u.number = i.number left join ids k on k.number = u.subscription
    where i.id = ${at.id}`,
)

/** Makes the skills the subscriptions of their units, unless one has another already. No unit is there twice. */
export function* takeSubscriptions(records: readonly EnableRecord[], numberOf: NumberOf): Steps<void> {
  const wanted = records.filter(({ isSubscription }) => isSubscription)
  if (wanted.length === 0) return
  const rows = yield wanted.map(({ unitId, skillId }) =>
    statement(
      'update units set subscription = $1 where number = $2 and coalesce(subscription, $1) = $1 returning number',
      numberOf(skillId),
      numberOf(unitId),
    ),
  )
  const taken = new Set(rows.map(({ number }) => number))
  const refused = wanted.find(({ unitId }) => !taken.has(numberOf(unitId)))
  if (refused === undefined) return
  const [row] = yield subscriptionOf({ id: refused.unitId })
  const other = row && readSubscription(row)
  if (other === undefined) throw unitGone(undefined)
  throw refuse('INVALID_PARAM', otherSubscriptionMessage(other), { reason: 'subscription' })
}
