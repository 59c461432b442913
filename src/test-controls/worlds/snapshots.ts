/** The snapshots of a service with test controls. A snapshot outlives its world. */
import { refuse } from '../../model/refusal.ts'
import type { SnapshotRequest, SnapshotView } from '../../protocol/test-controls/snapshots.ts'
import type { KeptSnapshot } from '../folder/state-file.ts'
import type { Held } from './held-world.ts'
import type { WorldState } from './test-world.ts'

export interface Snapshots {
  /** Throws INVALID_PARAM if there are too many. */
  take(held: Held, request: SnapshotRequest): Promise<SnapshotView>
  /** The oldest first. */
  list(): readonly SnapshotView[]
  /** Throws NOT_FOUND. */
  stateOf(id: string): WorldState
  /** Throws NOT_FOUND. */
  restore(held: Held, id: string): Promise<void>
  /** Throws NOT_FOUND. */
  remove(id: string): void
}

/** Where snapshots are kept. */
export interface SnapshotStore {
  list(): readonly SnapshotView[]
  read(id: string): KeptSnapshot | undefined
  write(kept: KeptSnapshot): void
  /** Returns whether there was one. */
  remove(id: string): boolean
}

export function snapshotsInMemory(): SnapshotStore {
  const snapshots = new Map<string, KeptSnapshot>()
  return {
    list: () => Array.from(snapshots.values(), ({ view }) => view),
    read: (id) => snapshots.get(id),
    write: (kept) => void snapshots.set(kept.view.id, kept),
    remove: (id) => snapshots.delete(id),
  }
}

const snapshotsMax = 1000

export function createSnapshots(newId: () => string, store: SnapshotStore): Snapshots {
  function require(id: string): KeptSnapshot {
    const kept = store.read(id)
    if (kept === undefined) throw refuse('NOT_FOUND', `There is no snapshot ${id}.`)
    return kept
  }

  return {
    async take({ world, instruments }, { name, faults: withFaults = false }) {
      if (store.list().length >= snapshotsMax) {
        throw refuse(
          'INVALID_PARAM',
          `There are ${snapshotsMax} snapshots. Remove those that are no longer needed.`,
        )
      }
      const state = await world.state()
      const view: SnapshotView = {
        id: newId(),
        ...(name !== undefined && { name }),
        world: world.id,
        at: new Date(state.clock.now).toISOString(),
        bytes: state.image.length,
      }
      store.write({ view, state, rules: withFaults ? instruments.faults.list() : undefined })
      return view
    },
    list: () => store.list(),
    stateOf: (id) => require(id).state,
    async restore({ world, instruments }, id) {
      const { state, rules } = require(id)
      await world.restore(state)
      if (rules !== undefined) instruments.faults.restore(rules)
      instruments.note('restored')
    },
    remove(id) {
      if (!store.remove(id)) throw refuse('NOT_FOUND', `There is no snapshot ${id}.`)
    },
  }
}
