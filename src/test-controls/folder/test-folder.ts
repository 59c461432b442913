/** The folder of a service with test controls has beside the database: snapshots, the beginning of the world, and its clock. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from '../../model/ports/context.ts'
import type { SnapshotView } from '../../protocol/test-controls/snapshots.ts'
import { stageDatabase } from '../../storage/sqlite/replace-database.ts'
import { syncFolder, writeWholeFile } from '../../storage/sqlite/whole-file.ts'
import type { SnapshotStore } from '../worlds/snapshots.ts'
import type { MovingState, WorldState } from '../worlds/test-world.ts'
import { type KeptSnapshot, packSnapshot, unpackSnapshot } from './state-file.ts'

/** The state of a world besides its database, and when that was written on the clock of the machine. */
export interface KeptState extends MovingState {
  readonly writtenAt: number
}

export interface TestFolder {
  readonly path: string
  readonly snapshots: SnapshotStore
  /** The state of the world when the folder was new. */
  readStart(): WorldState | undefined
  writeStart(state: WorldState): void
  readState(): KeptState | undefined
  writeState(state: KeptState): void
  /** Writes the image beside the database, before the database is replaced. */
  stage(image: Uint8Array): void
}

const ending = '.snapshot'

/** `path`: of a locked folder that was made for tests. */
export function openTestFolder(path: string, log: Log): TestFolder {
  const place = join(path, 'snapshots')
  mkdirSync(place, { recursive: true, mode: 0o700 })
  const views = new Map<string, SnapshotView>()
  const fileOf = (id: string) => join(place, id + ending)
  const start = join(path, `start${ending}`)
  const state = join(path, 'world-state.json')

  for (const name of readdirSync(place).sort()) {
    if (!name.endsWith(ending)) continue
    const kept = read(join(place, name))
    if (kept !== undefined) views.set(kept.view.id, kept.view)
  }

  /** A file that cannot be read is left where it is. */
  function read(file: string): KeptSnapshot | undefined {
    if (!existsSync(file)) return undefined
    try {
      return unpackSnapshot(readFileSync(file))
    } catch (error) {
      log.warn({ file, err: error }, `${file} is not a snapshot of this version, and is left out`)
      return undefined
    }
  }

  return {
    path,
    snapshots: {
      list: () => [...views.values()],
      read: (id) => (views.has(id) ? read(fileOf(id)) : undefined),
      write(kept) {
        writeWholeFile(fileOf(kept.view.id), packSnapshot(kept))
        views.set(kept.view.id, kept.view)
      },
      remove(id) {
        if (!views.delete(id)) return false
        rmSync(fileOf(id), { force: true })
        syncFolder(place)
        return true
      },
    },
    readStart: () => read(start)?.state,
    writeStart(begun) {
      const view = {
        id: 'start',
        world: 'default',
        at: new Date(begun.clock.now).toISOString(),
        bytes: begun.image.length,
      }
      writeWholeFile(start, packSnapshot({ view, state: begun, rules: undefined }))
    },
    readState() {
      if (!existsSync(state)) return undefined
      return JSON.parse(readFileSync(state, 'utf8'))
    },
    writeState: (kept) => writeWholeFile(state, JSON.stringify(kept)),
    stage: (image) => stageDatabase(path, image),
  }
}
