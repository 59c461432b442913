/** The measures of the grid, as grid.module.css has them, and what its parts share. */
import type { MatrixStore } from './matrix-store.ts'
import type { Selection } from './selection.ts'

export const nameWidth = 300
export const columnWidth = 116
export const lineHeight = 34
export const headHeight = 56

/** Stands in the place of the column of a skill for the time of the last change. */
export const timeColumn = -1

/** A cell by its line and column among those that are shown; -1 is the head and the name. */
export interface GridPlace {
  readonly line: number
  readonly column: number
}

export interface GridProps {
  readonly store: MatrixStore
  /** The version of the store: it moves when something has to be drawn again. */
  readonly version: number
  readonly rows: readonly number[]
  readonly columns: readonly number[]
  readonly closed: ReadonlySet<string>
  readonly leaving: ReadonlySet<number>
  readonly selection: Selection
  readonly onFold: (unitId: string) => void
  readonly onOpen: (unitId: string, skillId?: string) => void
  readonly onSkill: (skillId: string) => void
}
