/**
 * The pages of one list, which belong together: the page promises no order, so an element may be on another page of the other
 * side. What no page has is a difference once both sides have shown their last one.
 */
import { type Compared, compareElements, type Unpaired } from './compare.ts'
import type { Difference } from './difference.ts'

/** Lists that are under way at once; beyond it the oldest is given up. */
const listsMax = 1000

interface Walked {
  readonly expected: Map<string, unknown>
  readonly actual: Map<string, unknown>
  /** Whether a later page has taken it over. */
  goesOn: boolean
  /** Called if the list ends without its last page. */
  givenUp(): void
}

export interface Page {
  readonly compared: Compared
  readonly status: number
  /** The upstream's token of this page; `undefined` for the first one. */
  readonly token: string | undefined
  /** The upstream's token of the next page, and whether either side has one. */
  readonly next: string | undefined
  readonly isLast: boolean
  readonly unpaired: Unpaired | undefined
  givenUp(): void
}

export class Pages {
  readonly #lists = new Map<string, Walked>()

  /** Returns the differences that this page settles. */
  add(page: Page): readonly Difference[] {
    const { token, next, unpaired, givenUp } = page
    const before = token === undefined ? undefined : this.#lists.get(token)
    const list: Walked = {
      expected: new Map([...(before?.expected ?? []), ...(unpaired?.expected ?? [])]),
      actual: new Map([...(before?.actual ?? []), ...(unpaired?.actual ?? [])]),
      goesOn: false,
      givenUp,
    }
    // It stays, since a client may repeat the request.
    if (before !== undefined) before.goesOn = true
    const differences = page.isLast ? [...pairUp(page, list), ...leftOf(page, list)] : pairUp(page, list)
    if (page.isLast) return differences
    if (next !== undefined) this.#lists.set(next, list)
    else giveUp(list)
    const [oldest] = this.#lists
    if (this.#lists.size > listsMax && oldest !== undefined) {
      this.#lists.delete(oldest[0])
      giveUp(oldest[1])
    }
    return differences
  }

  /** Ends all lists, also those without their last page. */
  end(): void {
    for (const list of this.#lists.values()) giveUp(list)
    this.#lists.clear()
  }
}

/** Compares the elements that both sides have shown by now. */
function pairUp({ compared, status, unpaired }: Page, { expected, actual }: Walked): readonly Difference[] {
  if (unpaired === undefined) return []
  const both = [...expected.keys()].filter((name) => actual.has(name))
  const pair = {
    ...unpaired,
    expected: new Map(both.map((name) => [name, expected.get(name)])),
    actual: new Map(both.map((name) => [name, actual.get(name)])),
  }
  for (const name of both) {
    expected.delete(name)
    actual.delete(name)
  }
  return compareElements(compared, status, pair)
}

function leftOf({ compared, status, unpaired }: Page, { expected, actual }: Walked): readonly Difference[] {
  return unpaired === undefined ? [] : compareElements(compared, status, { ...unpaired, expected, actual })
}

function giveUp({ expected, actual, goesOn, givenUp }: Walked): void {
  if (!goesOn && expected.size + actual.size > 0) givenUp()
}
