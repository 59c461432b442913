/** The snapshots of a service with test controls. A snapshot outlives its world. */
import { refuse } from '../../model/refusal.ts'
import type { SnapshotRequest, SnapshotView } from '../../protocol/test-controls/snapshots.ts'
import type { Fault } from '../faults/strike.ts'
import type { Held } from './held-world.ts'
import type { WorldState } from './test-world.ts'

export interface Snapshot extends SnapshotView {
  readonly state: WorldState
  /** The fault rules, if it was taken with them. */
  readonly rules: readonly Fault[] | undefined
}

export interface Snapshots {
  take(held: Held, request: SnapshotRequest): Promise<Snapshot>
  list(): readonly Snapshot[]
  /** Throws NOT_FOUND. */
  require(id: string): Snapshot
  restore(held: Held, snapshot: Snapshot): Promise<void>
  /** Throws NOT_FOUND. */
  remove(id: string): void
}

/** In memory. */
const snapshotsMax = 1000

export function createSnapshots(newId: () => string): Snapshots {
  const snapshots = new Map<string, Snapshot>()

  function require(id: string): Snapshot {
    const snapshot = snapshots.get(id)
    if (snapshot === undefined) throw refuse('NOT_FOUND', `There is no snapshot ${id}.`)
    return snapshot
  }

  return {
    require,
    async take({ world, instruments }, { name, faults: withFaults = false }) {
      if (snapshots.size >= snapshotsMax)
        throw refuse(
          'INVALID_PARAM',
          `There are ${snapshotsMax} snapshots. Remove those that are no longer needed.`,
        )
      const state = await world.state()
      const snapshot: Snapshot = {
        id: newId(),
        ...(name !== undefined && { name }),
        world: world.id,
        at: new Date(state.clock.now).toISOString(),
        bytes: state.image.length,
        state,
        rules: withFaults ? instruments.faults.list() : undefined,
      }
      snapshots.set(snapshot.id, snapshot)
      return snapshot
    },
    list: () => [...snapshots.values()],
    async restore({ world, instruments }, { state, rules }) {
      await world.restore(state)
      if (rules !== undefined) instruments.faults.restore(rules)
      instruments.note('restored')
    },
    remove(id) {
      require(id)
      snapshots.delete(id)
    },
  }
}
