/**
 * Compares two answers to one call: the status and the documented headers, then presence and type of every field, and the
 * values of those that have to be equal (`isStable`).
 */
import { type Contract, isListed, isStable, type Schema } from '../contract.ts'
import { jsonOf, type RecordedResponse } from '../exchange.ts'
import type { IdMap } from '../id-map.ts'
import { isRecord, jsonType } from '../json.ts'
import { type Difference, shown, withoutIds } from './difference.ts'
import { isMinted, isOrdered, isPaged, isTimed, nameOf } from './fields.ts'

/** Differences of one call that are looked at. */
const differencesMax = 100

/** Elements of a page that only one side has there; another page may have them. By their names. */
export interface Unpaired {
  readonly place: string
  readonly schema: Schema | undefined
  readonly expected: ReadonlyMap<string, unknown>
  readonly actual: ReadonlyMap<string, unknown>
}

export interface Comparison {
  readonly differences: readonly Difference[]
  /** Whether a field differs only as time changes it. */
  readonly isTimed: boolean
  readonly unpaired: Unpaired | undefined
}

export interface Compared {
  readonly contract: Contract
  readonly ids: IdMap
  /** The `operationId`, or what stands for it. */
  readonly operation: string
  /** Whether other pages belong to the answer. */
  readonly isPage: boolean
  /** Whether a background step may have changed the account link meanwhile. */
  readonly isLinkTimed: boolean
}

export function compareAnswers(
  compared: Compared,
  expected: RecordedResponse,
  actual: RecordedResponse,
): Comparison {
  const { contract, operation } = compared
  const walk = new Walk(compared, expected.status)
  if (expected.status !== actual.status) {
    walk.add('status', '', String(expected.status), String(actual.status))
    return walk.result()
  }
  for (const name of new Set(['content-type', ...contract.headers(operation, expected.status)]))
    walk.header(name, expected.headers[name], actual.headers[name])
  const [theirs, own] = [jsonOf(expected), jsonOf(actual)]
  const [theirType, ownType] = [bodyType(expected), bodyType(actual)]
  if (theirType !== ownType) walk.add('type', '', theirType, ownType)
  else if (theirType !== 'none') walk.values(theirs, own, contract.answer(operation, expected.status), '')
  return walk.result()
}

/** Compares elements in their order, such as those that different pages have. */
export function compareElements(
  compared: Compared,
  status: number,
  { place, schema, expected, actual }: Unpaired,
): readonly Difference[] {
  const walk = new Walk(compared, status)
  walk.pairs(expected, actual, schema, place)
  return walk.result().differences
}

function bodyType({ body }: RecordedResponse): string {
  if (body === undefined) return 'none'
  return 'json' in body ? 'JSON' : body.omitted
}

class Walk {
  readonly #compared: Compared
  readonly #status: number
  readonly #differences: Difference[] = []
  #isTimed = false
  #unpaired: Unpaired | undefined

  constructor(compared: Compared, status: number) {
    this.#compared = compared
    this.#status = status
  }

  result(): Comparison {
    return { differences: this.#differences, isTimed: this.#isTimed, unpaired: this.#unpaired }
  }

  add(kind: Difference['kind'], place: string, expected: string, actual: string): void {
    if (this.#differences.length >= differencesMax) return
    const { operation } = this.#compared
    this.#differences.push({
      operation,
      status: this.#status,
      kind,
      place: withoutIds(place),
      expected,
      actual,
    })
  }

  /** Compares the presence of a header, and the content type without its parameters. */
  header(name: string, expected: string | undefined, actual: string | undefined): void {
    const place = `header ${name}`
    if (expected === undefined && actual === undefined) return
    if (actual === undefined) this.add('missing', place, shown(expected), 'none')
    else if (expected === undefined) this.add('extra', place, 'none', shown(actual))
    else if (name === 'content-type' && mediaType(expected) !== mediaType(actual))
      this.add('value', place, mediaType(expected), mediaType(actual))
  }

  values(expected: unknown, actual: unknown, schema: Schema | undefined, place: string): void {
    const [theirType, ownType] = [jsonType(expected), jsonType(actual)]
    if (theirType !== ownType) this.add('type', place, theirType, ownType)
    else if (Array.isArray(expected) && Array.isArray(actual)) this.#lists(expected, actual, schema, place)
    else if (isRecord(expected) && isRecord(actual)) this.#objects(expected, actual, schema, place)
    else this.#scalars(expected, actual, schema, place)
  }

  #objects(
    expected: Readonly<Record<string, unknown>>,
    actual: Readonly<Record<string, unknown>>,
    schema: Schema | undefined,
    place: string,
  ): void {
    for (const name of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
      const inner = place === '' ? name : `${place}.${name}`
      if (!Object.hasOwn(actual, name)) this.add('missing', inner, jsonType(expected[name]), 'none')
      else if (!Object.hasOwn(expected, name)) this.add('extra', inner, 'none', jsonType(actual[name]))
      else this.values(expected[name], actual[name], this.#compared.contract.property(schema, name), inner)
    }
  }

  #scalars(expected: unknown, actual: unknown, schema: Schema | undefined, place: string): void {
    const { ids, operation, isLinkTimed } = this.#compared
    if (isMinted(operation, place)) {
      if (typeof expected === 'string' && typeof actual === 'string') ids.learn(expected, actual)
      return
    }
    const own = typeof expected === 'string' ? ids.ownOf(expected) : expected
    if (own === actual || !isStable(schema)) return
    const isLink = isLinkTimed && place.endsWith('accountLink.status')
    if (isListed(schema, expected) && (isTimed(operation, place) || isLink)) this.#isTimed = true
    else this.add('value', place, shown(expected), shown(actual))
  }

  #lists(
    expected: readonly unknown[],
    actual: readonly unknown[],
    schema: Schema | undefined,
    place: string,
  ): void {
    const { contract, ids, operation, isPage } = this.#compared
    const theirs = named(expected, (name) => ids.ownOf(name))
    const own = named(actual, (name) => name)
    const items = contract.items(schema)
    for (const [name, element] of theirs)
      if (own.has(name)) this.values(element, own.get(name), items, `${place}[]`)
    const common = [...theirs.keys()].filter((name) => own.has(name))
    const ownOrder = [...own.keys()].filter((name) => theirs.has(name))
    if (isOrdered(operation, place) && common.join() !== ownOrder.join())
      this.add('order', place, shown(common), shown(ownOrder))
    const onlyTheirs = new Map([...theirs].filter(([name]) => !own.has(name)))
    const onlyOwn = new Map([...own].filter(([name]) => !theirs.has(name)))
    if (isPage && isPaged(operation, place))
      this.#unpaired = { place, schema: items, expected: onlyTheirs, actual: onlyOwn }
    else this.pairs(onlyTheirs, onlyOwn, items, place)
  }

  /** Elements without a partner are compared in their order, since what names them may be what differs. */
  pairs(
    theirs: ReadonlyMap<string, unknown>,
    own: ReadonlyMap<string, unknown>,
    schema: Schema | undefined,
    place: string,
  ): void {
    const [left, right] = [[...theirs.values()], [...own.values()]]
    const pairs = Math.min(left.length, right.length)
    for (let index = 0; index < pairs; index++) this.values(left[index], right[index], schema, `${place}[]`)
    for (const element of left.slice(pairs)) this.add('missing', `${place}[]`, jsonType(element), 'none')
    for (const element of right.slice(pairs)) this.add('extra', `${place}[]`, 'none', jsonType(element))
  }
}

/**
 * The elements by their names; the second one of a name gets a number. Those without a name are counted among themselves:
 * one side may have more of the others.
 */
function named(elements: readonly unknown[], own: (name: string) => string): Map<string, unknown> {
  const found = new Map<string, unknown>()
  for (const element of elements) {
    const name = nameOf(element)
    const base = name === undefined ? 'without a name' : own(name)
    let unique = base
    for (let copy = 2; found.has(unique); copy++) unique = `${base} (${copy})`
    found.set(unique, element)
  }
  return found
}

function mediaType(value: string): string {
  return (value.split(';')[0] ?? '').trim().toLowerCase()
}
