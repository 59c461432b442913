/** The rooms of a change as the service takes them: by name up to 10,000, and as a filter beyond. */
import type { ChangeRequest } from '../api/wire.ts'
import type { MatrixStore } from './matrix-store.ts'

/** The service takes so many IDs in one change. */
export const namedMax = 10_000

/**
 * Returns a filter of the service that fits the rooms and nothing else: those of one level below a unit, perhaps with a text in their
 * names. `undefined` if there is none.
 */
export function filterFor(
  store: MatrixStore,
  { under, text }: { readonly under: string; readonly text: string },
  rooms: readonly number[],
): ChangeRequest['units'] | undefined {
  const top = store.rowOf(under)
  const level = store.rows[rooms[0] ?? -1]?.level
  if (top === undefined || level === undefined) return undefined
  const name = text.trim().toLowerCase()
  const end = store.rows[top]?.end ?? top
  const fitting: number[] = []
  for (let row = top; row < end; row += 1) {
    const unit = store.rows[row]
    if (unit?.level === level && unit.name.toLowerCase().includes(name)) fitting.push(row)
  }
  // The rooms are in the order of the screen.
  const chosen = new Set(rooms)
  const isSame = fitting.length === chosen.size && fitting.every((row) => chosen.has(row))
  return isSame ? { under, level, ...(name !== '' && { name }) } : undefined
}
