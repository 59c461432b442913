/**
 * Keeps which roles a principal has, which every request asks. A change made through this storage is seen at once; one that
 * another node makes, after `staleMs` at most.
 */
import { LRUCache } from 'lru-cache'
import { whenReady } from '../../model/maybe-promise.ts'
import type { RoleStorage } from '../../model/ports/role-storage.ts'
import type { CatalogStorage } from '../../model/ports/storage.ts'
import type { HeldRoles } from '../../model/principals/role.ts'
import type { PrincipalId } from '../../protocol/identifiers.ts'
import { isFresh } from '../engine/is-fresh.ts'

/** The maximum number of roles that are kept, each principal counting as one more. */
const keptMax = 200_000

interface Kept {
  readonly held: HeldRoles
  readonly until: number
}

export interface CachedRoles extends RoleStorage {
  /** The roles of the principal have been changed by another way; without one, those of all principals. */
  forget(principalId?: PrincipalId): void
}

/** `staleMs`: Infinity where no other node can write. */
export function cachedRoles(roles: RoleStorage, now: () => number, staleMs: number): CachedRoles {
  const kept = new LRUCache<PrincipalId, Kept>({
    maxSize: keptMax,
    sizeCalculation: ({ held }) => held.assignments.length + 1,
  })
  /** Counts changes, so that a read that began before a change does not keep what it found. */
  let changes = 0

  function forget(principalId?: PrincipalId): void {
    changes += 1
    if (principalId === undefined) kept.clear()
    else kept.delete(principalId)
  }

  const forgetting = <T>(principalIds: readonly PrincipalId[], change: Promise<T>): Promise<T> =>
    change.finally(() => {
      for (const principalId of principalIds) forget(principalId)
    })

  return {
    ...roles,
    forget,
    held(principalId) {
      const found = kept.get(principalId)
      if (found !== undefined && isFresh(found, now)) return found.held
      const seen = changes
      return whenReady(roles.held(principalId), (held) => {
        if (seen === changes) kept.set(principalId, { held, until: now() + staleMs })
        return held
      })
    },
    assign: (assignments, entries) =>
      forgetting(
        assignments.map(({ principalId }) => principalId),
        roles.assign(assignments, entries),
      ),
    revoke: (role, revocations, at) =>
      forgetting(
        revocations.map(({ principalId }) => principalId),
        roles.revoke(role, revocations, at),
      ),
  }
}

/** Changes of the catalog that change who has which role. */
export function forgettingRoles(catalog: CatalogStorage, roles: CachedRoles): CatalogStorage {
  return {
    ...catalog,
    addUnit: (unit, change) =>
      catalog.addUnit(unit, change).finally(() => roles.forget(unit.creator.principalId)),
    // A catalog may have a unit with this ID again.
    removeUnit: (id, change) => catalog.removeUnit(id, change).finally(() => roles.forget()),
    put: (records, change) => catalog.put(records, change).finally(() => roles.forget()),
    removeClient: (id, accountId, change) =>
      catalog.removeClient(id, accountId, change).finally(() => roles.forget(accountId)),
    removePerson: (id, change) => catalog.removePerson(id, change).finally(() => roles.forget(id)),
  }
}
