/** A list that is a page to whoever awaits it, and all enablements to whoever iterates. */
import type { Enablement, EnablementPage } from './enablement.ts'
import { AnswerError } from './errors.ts'

/** The first page as a promise; `for await` gives the enablements of all pages, each fetched when it is needed. */
export interface EnablementList extends Promise<EnablementPage>, AsyncIterable<Enablement> {
  /** The pages from the first on. */
  pages(): AsyncIterable<EnablementPage>
}

/** `nextPage` gives the page that begins at the token. */
export function createList(
  firstPage: Promise<EnablementPage>,
  nextPage: (nextToken: string) => Promise<EnablementPage>,
): EnablementList {
  async function* pages(): AsyncGenerator<EnablementPage> {
    let page = await firstPage
    yield page
    while (page.nextToken !== undefined) {
      const following = await nextPage(page.nextToken)
      if (following.nextToken === page.nextToken) {
        const { requestId } = following
        throw new AnswerError('The list does not go on: a page names itself as the next one.', {
          operation: 'list',
          requestId,
        })
      }
      page = following
      yield page
    }
  }
  async function* enablements(): AsyncGenerator<Enablement> {
    for await (const page of pages()) yield* page.items
  }
  return Object.assign(firstPage, { pages, [Symbol.asyncIterator]: enablements })
}
