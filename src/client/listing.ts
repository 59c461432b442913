/** A list: awaited, it is one page; iterated, it is all items. */
import type { Page } from './enablement.ts'
import { EndlessListError, type Operation } from './errors.ts'

/** A promise of the first page. `for await` iterates over the items of all pages and fetches each page when it is needed. */
export interface PagedList<P extends Page, Item> extends Promise<P>, AsyncIterable<Item> {
  /** All pages, beginning with the first. */
  pages(): AsyncIterable<P>
}

/** After this many empty pages in a row the list counts as endless: the service may send new tokens for ever. */
const emptyPagesMax = 10_000

/** `page` fetches the page that begins at the token. */
export function createList<P extends Page, Item>(
  operation: Operation,
  firstToken: string | undefined,
  page: (nextToken: string | undefined) => Promise<P>,
  itemsOf: (page: P) => readonly Item[],
): PagedList<P, Item> {
  const first = page(firstToken)
  // A caller that only iterates gets the failure from the iteration, which may start later.
  first.catch(() => {})
  async function* pages(): AsyncGenerator<P> {
    const tokens = new Set([firstToken])
    let emptyPages = 0
    for (let current = await first; ; current = await page(current.nextToken)) {
      yield current
      const { nextToken, requestId } = current
      if (nextToken === undefined) return
      emptyPages = itemsOf(current).length === 0 ? emptyPages + 1 : 0
      if (tokens.has(nextToken) || emptyPages > emptyPagesMax) {
        const reason = tokens.has(nextToken)
          ? 'a page has the token of an earlier page'
          : `${emptyPagesMax} pages in a row are empty`
        throw new EndlessListError(`The list has no end: ${reason}.`, { operation, requestId })
      }
      tokens.add(nextToken)
    }
  }
  async function* items(): AsyncGenerator<Item> {
    for await (const current of pages()) yield* itemsOf(current)
  }
  return Object.assign(first, { pages, [Symbol.asyncIterator]: items })
}
