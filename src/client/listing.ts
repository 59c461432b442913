/** A list that is a page to whoever awaits it, and everything to whoever iterates. */
import type { Page } from './enablement.ts'
import { EndlessListError, type Operation } from './errors.ts'

/** The first page as a promise; `for await` gives what is on all pages, each fetched when it is needed. */
export interface PagedList<P extends Page, Item> extends Promise<P>, AsyncIterable<Item> {
  /** The pages from the first on. */
  pages(): AsyncIterable<P>
}

/** Pages in a row without anything on them, before a list is given up: it may have a new token for ever. */
const emptyPagesMax = 10_000

/** `page` gets the page that begins at the token, `itemsOf` says what is on it. */
export function createList<P extends Page, Item>(
  operation: Operation,
  firstToken: string | undefined,
  page: (nextToken: string | undefined) => Promise<P>,
  itemsOf: (page: P) => readonly Item[],
): PagedList<P, Item> {
  const first = page(firstToken)
  // Who only iterates is told of a failure there, which may be later.
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
          ? 'a page names one as the next that was there before'
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
