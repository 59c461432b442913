import type { Page } from '../../protocol/operator-pages.ts'

/** Results of a page unless the caller wants fewer. */
const pageSize = 100

/**
 * One page of a list that is ordered by ID. `read` gives at most so many records; one more than the page takes is read,
 * to know whether another page follows.
 */
export async function pageOf<Stored extends { readonly id: string }, Item>(
  query: { readonly maxResults?: number },
  read: (limit: number) => Promise<readonly Stored[]>,
  show: (stored: Stored) => Item,
): Promise<Page<Item>> {
  const limit = query.maxResults ?? pageSize
  const found = await read(limit + 1)
  const shown = found.slice(0, limit)
  const last = found.length > limit ? shown.at(-1) : undefined
  return { items: shown.map(show), paginationContext: last === undefined ? {} : { after: last.id } }
}
