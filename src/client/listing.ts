/** A list that is a page to whoever awaits it, and everything to whoever iterates. */
import type { Page } from './enablement.ts'
import { AnswerError, type Operation } from './errors.ts'

/** The first page as a promise; `for await` gives what is on all pages, each fetched when it is needed. */
export interface PagedList<P extends Page, Item> extends Promise<P>, AsyncIterable<Item> {
  /** The pages from the first on. */
  pages(): AsyncIterable<P>
}

/** `page` gets the page that begins at the token, `itemsOf` says what is on it. */
export function createList<P extends Page, Item>(
  operation: Operation,
  firstToken: string | undefined,
  page: (nextToken: string | undefined) => Promise<P>,
  itemsOf: (page: P) => readonly Item[],
): PagedList<P, Item> {
  const first = page(firstToken)
  async function* pages(): AsyncGenerator<P> {
    let current = await first
    yield current
    while (current.nextToken !== undefined) {
      const following = await page(current.nextToken)
      if (following.nextToken === current.nextToken) {
        const { requestId } = following
        throw new AnswerError('The list does not go on: a page names itself as the next one.', {
          operation,
          requestId,
        })
      }
      current = following
      yield current
    }
  }
  async function* items(): AsyncGenerator<Item> {
    for await (const current of pages()) yield* itemsOf(current)
  }
  return Object.assign(first, { pages, [Symbol.asyncIterator]: items })
}
