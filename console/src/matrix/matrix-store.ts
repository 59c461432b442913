/**
 * The rooms and skills of a property in the memory of the page: a byte for each cell, a version for each row. A row is drawn again
 * when its version has moved, and listeners hear of changes once a frame.
 */
import type { CellCode, MatrixPage, MatrixRow, MatrixSkill } from '../api/wire.ts'
import { nameKey } from '../names/name-key.ts'
import { treeOrder } from './tree-order.ts'

export interface StoredRow {
  readonly id: string
  readonly name: string
  /** Where the name stands among others. */
  readonly key: string
  readonly level: number
  /** The row of the unit above; -1 for the first. */
  readonly parent: number
  /** The row after the last one below this unit. */
  end: number
}

export const codes: readonly CellCode[] = ['.', 'E', 'e', '!', 'w']
const byteOf = new Map(codes.map((code, index) => [code as string, index]))

/** How many cells of one column have each code. */
export type Counts = readonly number[]

export class MatrixStore {
  skills: readonly MatrixSkill[] = []
  rows: StoredRow[] = []
  /** Moves when rows or skills are others. */
  structure = 0
  /** Moves with every change. */
  version = 0
  #cells = new Uint8Array(0)
  /** When each row has changed, in milliseconds since the epoch; 0 if nobody knows. */
  #times = new Float64Array(0)
  #versions = new Uint32Array(0)
  #rowOf = new Map<string, number>()
  #columnOf = new Map<string, number>()
  #counts: number[][] = []
  #order: readonly number[] | undefined
  #isTold = true
  readonly #listeners = new Set<() => void>()

  listen = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Begins with the skills of the first page, without rows. */
  begin(skills: readonly MatrixSkill[]): void {
    this.skills = skills
    this.rows = []
    this.#cells = new Uint8Array(0)
    this.#times = new Float64Array(0)
    this.#versions = new Uint32Array(0)
    this.#rowOf = new Map()
    this.#columnOf = new Map(skills.map(({ id }, index) => [id, index]))
    this.#counts = skills.map(() => codes.map(() => 0))
    this.#changed(true)
  }

  /** Adds the rows of a page, or takes their cells if they are there already. */
  take(page: MatrixPage): void {
    this.#reserve(this.rows.length + page.rows.length)
    let isNew = false
    for (const row of page.rows) {
      if (!this.#rowOf.has(row.id)) {
        this.#add(row)
        isNew = true
      }
      const at = this.#rowOf.get(row.id) ?? 0
      for (let column = 0; column < row.cells.length; column += 1)
        this.#put(at, column, row.cells[column] ?? '.')
      this.#touch(at, row.changedAt)
    }
    // Rows of one page have become parents of others: what counts as a room is known only now.
    if (isNew) this.#countAgain()
    this.#changed(isNew)
  }

  /** Takes over what the other store has, at once. The other one must not be used any more. */
  replaceBy(other: MatrixStore): void {
    // A version that a row has had must not come back with other cells.
    for (let row = 0; row < other.#versions.length; row += 1)
      other.#versions[row] = (other.#versions[row] ?? 0) + this.versionOf(row) + 1
    this.skills = other.skills
    this.rows = other.rows
    this.#cells = other.#cells
    this.#times = other.#times
    this.#versions = other.#versions
    this.#rowOf = other.#rowOf
    this.#columnOf = other.#columnOf
    this.#counts = other.#counts
    this.#changed(true)
  }

  /** Sets one cell, if both are known here. */
  set(unitId: string, skillId: string, code: CellCode): void {
    const row = this.#rowOf.get(unitId)
    const column = this.#columnOf.get(skillId)
    if (row === undefined || column === undefined) return
    this.#put(row, column, code)
    this.#changed(false)
  }

  /** Notes when something has happened to a unit, unless something later is known. */
  touch(unitId: string, at: string): void {
    const row = this.#rowOf.get(unitId)
    if (row === undefined) return
    this.#touch(row, at)
    this.#changed(false)
  }

  /** When something has last happened to a room, or to one below a unit; 0 if nobody knows. */
  changedAt(row: number): number {
    const end = this.rows[row]?.end ?? row
    let newest = 0
    for (let at = row; at < end; at += 1) newest = Math.max(newest, this.#times[at] ?? 0)
    return newest
  }

  rowOf(unitId: string): number | undefined {
    return this.#rowOf.get(unitId)
  }

  columnOf(skillId: string): number | undefined {
    return this.#columnOf.get(skillId)
  }

  /** The rows in the order in which they are shown. */
  get order(): readonly number[] {
    this.#order ??= treeOrder(this.rows)
    return this.#order
  }

  byte(row: number, column: number): number {
    return this.#cells[row * this.skills.length + column] ?? 0
  }

  code(row: number, column: number): CellCode {
    return codes[this.byte(row, column)] ?? '.'
  }

  versionOf(row: number): number {
    return this.#versions[row] ?? 0
  }

  /** Whether nothing is below: a room, as people say. */
  isRoom(row: number): boolean {
    return (this.rows[row]?.end ?? 0) === row + 1
  }

  /** The rows of the rooms below a row, or the row itself if it is a room. */
  roomsOf(row: number): number[] {
    const end = this.rows[row]?.end ?? row
    const rooms: number[] = []
    for (let at = row; at < end; at += 1) if (this.isRoom(at)) rooms.push(at)
    return rooms
  }

  /** How many rooms of the whole have each code in a column. */
  countsOf(column: number): Counts {
    return this.#counts[column] ?? []
  }

  /** How many rooms below a row have the skill on, and how many there are. */
  onBelow(row: number, column: number): { on: number; rooms: number } {
    let on = 0
    let rooms = 0
    const end = this.rows[row]?.end ?? row
    for (let at = row + 1; at < end; at += 1) {
      if (!this.isRoom(at)) continue
      rooms += 1
      if (this.byte(at, column) !== 0) on += 1
    }
    return { on, rooms }
  }

  #reserve(rows: number): void {
    const width = this.skills.length
    if (rows <= this.#versions.length) return
    const capacity = Math.max(rows, this.#versions.length * 2)
    const cells = new Uint8Array(capacity * width)
    cells.set(this.#cells)
    this.#cells = cells
    const times = new Float64Array(capacity)
    times.set(this.#times)
    this.#times = times
    const versions = new Uint32Array(capacity)
    versions.set(this.#versions)
    this.#versions = versions
  }

  #add({ id, name, level, parentId }: MatrixRow): void {
    const at = this.rows.length
    const parent = parentId === undefined ? -1 : (this.#rowOf.get(parentId) ?? -1)
    this.rows.push({ id, name, key: nameKey(name), level, parent, end: at + 1 })
    this.#rowOf.set(id, at)
    for (let above = parent; above >= 0; above = this.rows[above]?.parent ?? -1) {
      const row = this.rows[above]
      if (row) row.end = at + 1
    }
  }

  #put(row: number, column: number, code: string): void {
    const place = row * this.skills.length + column
    const byte = byteOf.get(code) ?? 0
    const before = this.#cells[place] ?? 0
    if (before === byte) return
    this.#cells[place] = byte
    const counts = this.#counts[column]
    if (counts && this.isRoom(row)) {
      counts[before] = (counts[before] ?? 0) - 1
      counts[byte] = (counts[byte] ?? 0) + 1
    }
    this.#move(row)
  }

  #touch(row: number, at: string | undefined): void {
    const time = at === undefined ? 0 : Date.parse(at)
    if (time <= (this.#times[row] ?? 0)) return
    this.#times[row] = time
    this.#move(row)
  }

  /** The row and those above it are drawn again. */
  #move(row: number): void {
    for (let at = row; at >= 0; at = this.rows[at]?.parent ?? -1)
      this.#versions[at] = (this.#versions[at] ?? 0) + 1
  }

  #countAgain(): void {
    for (const counts of this.#counts) counts.fill(0)
    for (let row = 0; row < this.rows.length; row += 1) {
      if (!this.isRoom(row)) continue
      for (let column = 0; column < this.skills.length; column += 1) {
        const counts = this.#counts[column]
        const byte = this.byte(row, column)
        if (counts) counts[byte] = (counts[byte] ?? 0) + 1
      }
    }
  }

  #changed(isOther: boolean): void {
    if (isOther) {
      this.structure += 1
      this.#order = undefined
    }
    this.version += 1
    if (!this.#isTold) return
    this.#isTold = false
    requestAnimationFrame(() => {
      this.#isTold = true
      for (const listener of this.#listeners) listener()
    })
  }
}
