import type { Operator, OperatorPage } from './operator.ts'

/** The filters of a list by their query names. `undefined` and empty ones are left out. */
export type ListFilter = Readonly<Record<string, string | number | undefined>>

export const pageMax = 100

/** Returns the newest `count` entries of a list of the operator's API, the oldest of them first. */
export async function newestEntries<Entry>(
  operator: Operator,
  path: string,
  filter: ListFilter,
  count: number,
): Promise<Entry[]> {
  const entries: Entry[] = []
  let after: string | undefined
  do {
    const maxResults = Math.min(pageMax, count - entries.length)
    const { items, paginationContext } = await readPage<Entry>(operator, path, {
      ...filter,
      after,
      maxResults,
    })
    entries.push(...items)
    after = paginationContext.after
  } while (after !== undefined && entries.length < count)
  return entries.reverse()
}

export function readPage<Entry>(
  operator: Operator,
  path: string,
  filter: ListFilter,
): Promise<OperatorPage<Entry>> {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(filter)) {
    if (value !== undefined && value !== '') query.set(name, String(value))
  }
  return operator.call('GET', `${path}?${query}`)
}
