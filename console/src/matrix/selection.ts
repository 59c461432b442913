/** The selected rooms of a matrix: always rooms, by ID, whether or not they are in view. */
import { useMemo, useState } from 'react'
import type { MatrixStore } from './matrix-store.ts'

export type Selected = 'all' | 'some' | 'none'

export interface Selection {
  readonly ids: ReadonlySet<string>
  /** Whether a room is selected, or how many of the rooms below a row. */
  stateOf(row: number): Selected
  stateOfAll(rows: readonly number[]): Selected
  /** Selects a room or gives it up; for a unit with others below, those of its rooms that are shown. */
  toggle(row: number, shown: readonly number[]): void
  toggleAll(rows: readonly number[]): void
  add(rows: readonly number[]): void
  clear(): void
}

export function useSelection(store: MatrixStore, structure: number): Selection {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set())
  // biome-ignore lint/correctness/useExhaustiveDependencies: the rows of the store are others when its structure has moved
  return useMemo(() => {
    const idOf = (row: number) => store.rows[row]?.id ?? ''
    const stateOfRooms = (rooms: readonly number[]): Selected => {
      if (ids.size === 0 || rooms.length === 0) return 'none'
      const chosen = rooms.filter((row) => ids.has(idOf(row))).length
      return chosen === 0 ? 'none' : chosen === rooms.length ? 'all' : 'some'
    }
    const change = (rooms: readonly number[], isWanted: boolean) => {
      const next = new Set(ids)
      for (const row of rooms) {
        if (isWanted) next.add(idOf(row))
        else next.delete(idOf(row))
      }
      setIds(next)
    }
    const roomsAmong = (rows: readonly number[]) => rows.filter((row) => store.isRoom(row))
    return {
      ids,
      stateOf: (row) => (ids.size === 0 ? 'none' : stateOfRooms(store.roomsOf(row))),
      stateOfAll: (rows) => stateOfRooms(roomsAmong(rows)),
      toggle(row, shown) {
        const end = store.rows[row]?.end ?? row
        const below = roomsAmong(shown).filter((one) => one >= row && one < end)
        // What is below a closed unit is meant, too.
        const rooms = below.length > 0 ? below : store.roomsOf(row)
        change(rooms, stateOfRooms(rooms) !== 'all')
      },
      toggleAll(rows) {
        const rooms = roomsAmong(rows)
        change(rooms, stateOfRooms(rooms) !== 'all')
      },
      add: (rows) => change(roomsAmong(rows), true),
      clear: () => setIds(new Set()),
    }
  }, [ids, store, structure])
}
