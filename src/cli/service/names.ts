/** Finds the names that stand beside shortened IDs in a table. */

import { isFitted } from '../terminal/output.ts'
import type { Column, Names } from '../terminal/table.ts'
import { isSkillId, isUnitId, openCatalogSearch } from './catalog-search.ts'
import { type CallOptions, findConnection } from './connection.ts'

/** How many names are looked up for one table: by the operator's API, and by what counts against the limit of a client. */
const namesMax = 500
const clientNamesMax = 20
const atOnce = 16

/** For the IDs in the columns. Empty where the table is in full; without the names that cannot be had. */
export async function namesFor<Item>(
  options: CallOptions,
  columns: readonly Column<Item>[],
  items: readonly Item[],
  known: Names = new Map(),
): Promise<Names> {
  if (!isFitted(options.output)) return known
  const { region } = findConnection(options, process.env)
  const search = openCatalogSearch(options)
  const places = columns.filter(({ isId }) => isId)
  const ids = new Set(items.flatMap((item) => places.map(({ value }) => String(value(item) ?? ''))))
  const unknown = [...ids].filter((id) => !known.has(id) && (isUnitId(id) || isSkillId(id)))
  const most = (await search.isOperator()) ? namesMax : region === undefined ? clientNamesMax : 0
  const names = new Map(known)
  const wanted = unknown.slice(0, most)
  while (wanted.length > 0) {
    const found = wanted
      .splice(0, atOnce)
      .map((id) => (isUnitId(id) ? search.findUnit(id) : search.findSkill(id)))
    for (const one of await Promise.all(found)) if (one !== undefined) names.set(one.id, one.name)
  }
  return names
}
