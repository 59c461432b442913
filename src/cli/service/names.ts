/** Finds the names that a table shows with shortened IDs. */

import { isFitted } from '../terminal/output.ts'
import type { Column, Names } from '../terminal/table.ts'
import { isSkillId, isUnitId, openCatalogSearch } from './catalog-search.ts'
import { type CallOptions, findConnection } from './connection.ts'

/** The number of names to look up for one table: by the operator's API, and as a client, whose requests are limited. */
const namesMax = 500
const clientNamesMax = 20
const atOnce = 16

/** Returns the names of the IDs in the columns, as far as they can be found. It looks nothing up for a table with complete values. */
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
