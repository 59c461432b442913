import type { MaybePromise } from '../../model/maybe-promise.ts'
import type { Page } from '../../protocol/operator-pages.ts'

/** The default number of results on a page. */
const pageSize = 100

/**
 * Returns one page of a list by ID. `read` returns at most the given number of records; one more than the page shows
 * whether another page follows.
 */
export async function pageOf<Stored extends { readonly id: string }, Item>(
  query: { readonly maxResults?: number },
  read: (limit: number) => Promise<readonly Stored[]>,
  show: (stored: Stored) => MaybePromise<Item>,
): Promise<Page<Item>> {
  const limit = query.maxResults ?? pageSize
  const found = await read(limit + 1)
  const shown = found.slice(0, limit)
  const last = found.length > limit ? shown.at(-1) : undefined
  return {
    items: await Promise.all(shown.map(show)),
    paginationContext: last === undefined ? {} : { after: last.id },
  }
}
