/**
 * Keeps units, skills, clients and people in memory, because every request reads them. A change through this storage shows at once, and a
 * change of another node after `staleMs` at most. An ID without a record is not kept.
 */
import type { Client } from '../../model/client.ts'
import { type MaybePromise, whenReady } from '../../model/maybe-promise.ts'
import type { CatalogStorage } from '../../model/ports/storage.ts'
import type { Person } from '../../model/principals/person.ts'
import type { Skill } from '../../model/skill.ts'
import type { Unit } from '../../model/unit.ts'
import type { UnitId } from '../../protocol/identifiers.ts'
import { isFresh } from '../engine/is-fresh.ts'
import { Recent } from '../ids/recent.ts'

/** The least number of each kind that stays in memory; there may be twice as many. */
const unitsInMemory = 100_000
const skillsInMemory = 10_000
const clientsInMemory = 10_000
const peopleInMemory = 10_000

interface Kept<T> {
  readonly value: T
  readonly until: number
}

/** `staleMs`: Infinity where no other node can write. */
export function cachedCatalog(catalog: CatalogStorage, now: () => number, staleMs: number): CatalogStorage {
  const units = new Recent<string, Kept<Unit>>(unitsInMemory)
  const skills = new Recent<string, Kept<Skill>>(skillsInMemory)
  const clients = new Recent<string, Kept<Client>>(clientsInMemory)
  const people = new Recent<string, Kept<Person>>(peopleInMemory)

  /** Counts changes, so that a read that began before a change does not keep what it found. */
  let changes = 0
  const forgetAll = () => {
    changes += 1
    units.clear()
    skills.clear()
    clients.clear()
    people.clear()
  }
  const afterwards = <T>(change: Promise<T>): Promise<T> => change.finally(forgetAll)
  const forgetUnit = <T>(id: UnitId, change: Promise<T>): Promise<T> =>
    change.finally(() => {
      changes += 1
      units.delete(id)
    })

  function lookUp<T>(
    cache: Recent<string, Kept<T>>,
    id: string,
    find: () => MaybePromise<T | undefined>,
  ): MaybePromise<T | undefined> {
    const kept = cache.get(id)
    if (kept !== undefined && isFresh(kept, now)) return kept.value
    const seen = changes
    return whenReady(find(), (value) => {
      if (value !== undefined && seen === changes) cache.set(id, { value, until: now() + staleMs })
      return value
    })
  }

  return {
    ...catalog,
    forgetAll,
    findUnit: (id) => lookUp(units, id, () => catalog.findUnit(id)),
    findSkill: (id) => lookUp(skills, id, () => catalog.findSkill(id)),
    findClient: (id) => lookUp(clients, id, () => catalog.findClient(id)),
    findPerson: (id) => lookUp(people, id, () => catalog.findPerson(id)),
    findUnits(ids) {
      const found: Unit[] = []
      const missing: UnitId[] = []
      for (const id of new Set(ids)) {
        const kept = units.get(id)
        if (kept !== undefined && isFresh(kept, now)) found.push(kept.value)
        else missing.push(id)
      }
      if (missing.length === 0) return found
      const seen = changes
      const until = now() + staleMs
      return whenReady(catalog.findUnits(missing), (read) => {
        for (const unit of read) if (seen === changes) units.set(unit.id, { value: unit, until })
        return [...found, ...read]
      })
    },
    put: (records, change) => afterwards(catalog.put(records, change)),
    renameUnit: (id, name, change) => forgetUnit(id, catalog.renameUnit(id, name, change)),
    removeUnit: (id, change) => forgetUnit(id, catalog.removeUnit(id, change)),
    removeSkill: (id, change) => afterwards(catalog.removeSkill(id, change)),
    removeClient: (id, accountId, change) => afterwards(catalog.removeClient(id, accountId, change)),
    removePerson: (id, change) => afterwards(catalog.removePerson(id, change)),
  }
}
