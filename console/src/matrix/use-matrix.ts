import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { FollowedMatrix, type MatrixState } from './follow-matrix.ts'
import type { MatrixStore } from './matrix-store.ts'
import { type MatrixFilters, needsCells, visibleRows } from './visible-rows.ts'

/** A room that no longer fits the filters is shown for so long, so that nobody loses what they look at. */
const leavingMs = 3000

export interface Matrix {
  readonly store: MatrixStore
  readonly version: number
  readonly structure: number
  readonly state: MatrixState
  readonly restart: () => void
}

/** Loads the matrix of a unit and follows it while the screen is there. */
export function useMatrix(unitId: string, skills: string): Matrix {
  const followed = useMemo(
    () => new FollowedMatrix(unitId, skills === '' ? [] : skills.split(',')),
    [unitId, skills],
  )
  useEffect(() => {
    followed.start()
    return () => followed.stop()
  }, [followed])
  const version = useSyncExternalStore(followed.store.listen, () => followed.store.version)
  const state = useSyncExternalStore(followed.listen, () => followed.state)
  return {
    store: followed.store,
    version,
    structure: followed.store.structure,
    state,
    restart: () => followed.start(),
  }
}

interface Shown {
  readonly rows: readonly number[]
  /** Those that fit no more. */
  readonly leaving: ReadonlySet<number>
}

/** The rows that the filters show, and for some seconds those that have left. */
export function useShownRows(
  { store, version, structure }: Matrix,
  filters: MatrixFilters,
  columns: readonly number[],
  closed: ReadonlySet<string>,
): Shown {
  const followsCells = needsCells(filters)
  const key = `${structure} ${followsCells ? version : ''}`
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for what the store has
  const fitting = useMemo(
    () => visibleRows(store, filters, columns, closed),
    [store, key, filters, columns, closed],
  )
  const before = useRef({ filters, closed, structure, rows: fitting })
  const [left, setLeft] = useState<ReadonlySet<number>>(new Set())

  useEffect(() => {
    const last = before.current
    before.current = { filters, closed, structure, rows: fitting }
    if (!followsCells || last.filters !== filters || last.closed !== closed || last.structure !== structure) {
      setLeft((present) => (present.size === 0 ? present : new Set()))
      return
    }
    const present = new Set(fitting)
    const gone = last.rows.filter((row) => !present.has(row))
    if (gone.length === 0) return
    setLeft((others) => new Set([...others, ...gone]))
    setTimeout(
      () => setLeft((others) => new Set([...others].filter((row) => !gone.includes(row)))),
      leavingMs,
    )
  }, [fitting, filters, closed, structure, followsCells])

  return useMemo(() => {
    if (left.size === 0) return { rows: fitting, leaving: left }
    const wanted = new Set([...fitting, ...left])
    const rows = store.order.filter((row) => wanted.has(row))
    return { rows, leaving: new Set([...left].filter((row) => !fitting.includes(row))) }
  }, [store, fitting, left])
}
