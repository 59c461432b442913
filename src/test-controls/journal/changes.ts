/** Observes which enablements a request changes, inside the transaction of each write. */
import { type Enablement, statusAt } from '../../model/enablement.ts'
import { isSkillId, isUnitId } from '../../protocol/identifiers.ts'
import type { JournalChange } from '../../protocol/test-controls/journal.ts'
import { enablementOf, findByIds, readEnablement, readIds } from '../../storage/enablements/enablement-row.ts'
import type { Driver, Row, Statement, Steps, Write } from '../../storage/engine/driver.ts'
import { currentScope } from '../requests/scope.ts'

/** A driver that adds the changes of a write to the scope of its request, once the write is committed. */
export function watchedDriver(driver: Driver, now: () => number): Driver {
  return {
    ...driver,
    async write(write, ...keys) {
      const scope = currentScope()
      const looks = scope === undefined ? [] : keys.flatMap(lookOf)
      if (scope === undefined || looks.length === 0) return driver.write(write, ...keys)
      let changes: readonly JournalChange[] = []
      const observed = observing(write, looks, (before, after) => {
        changes = changesOf(before, after, now())
      })
      const value = await driver.write(observed, ...keys)
      scope.changes.push(...changes)
      return value
    },
  }
}

/** The keys of a write of enablements are the unit and the skill of each. */
function lookOf(key: string): Statement[] {
  const [unitId, skillId, ...others] = key.split(' ')
  if (others.length > 0 || !isUnitId(unitId) || !isSkillId(skillId)) return []
  return [findByIds({ unit_id: unitId, skill_id: skillId })]
}

/** A write may run more than once; the last run counts. */
function observing<T>(
  write: Write<T>,
  looks: readonly Statement[],
  tell: (before: readonly Enablement[], after: readonly Enablement[]) => void,
): Write<T> {
  return function* (): Steps<T> {
    const before = (yield looks).map(readStored)
    const value = yield* write()
    tell(before, (yield looks).map(readStored))
    return value
  }
}

function changesOf(
  before: readonly Enablement[],
  after: readonly Enablement[],
  now: number,
): JournalChange[] {
  const earlier = byKey(before)
  const later = byKey(after)
  return [...new Set([...earlier.keys(), ...later.keys()])].flatMap((key) => {
    const from = earlier.get(key)
    const to = later.get(key)
    const { unitId, skillId, stage } = to ?? from ?? {}
    if (unitId === undefined || skillId === undefined || stage === undefined) return []
    const change = {
      unitId,
      skillId,
      stage,
      from: from === undefined ? null : statusAt(from, now),
      to: to === undefined ? null : statusAt(to, now),
    }
    return change.from === change.to && from?.stage === to?.stage ? [] : [change]
  })
}

function byKey(enablements: readonly Enablement[]): Map<string, Enablement> {
  return new Map(enablements.map((one) => [`${one.unitId} ${one.skillId}`, one]))
}

function readStored(row: Row): Enablement {
  return enablementOf(readEnablement(row), readIds(row))
}
