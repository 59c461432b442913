/**
 * The numbers that stand for IDs inside storage. The text of an ID is in the table `ids` alone. An ID keeps its number for ever,
 * so memory is never out of date. It learns a number once it is committed, because a write may be rolled back with the numbers
 * that it gave.
 */
import { type MaybePromise, whenReady } from '../../model/maybe-promise.ts'
import {
  type Driver,
  named,
  placeholders,
  type Row,
  type Steps,
  statement,
  type Value,
} from '../engine/driver.ts'
import { integer, rowReader, text } from '../engine/row-reader.ts'
import { Recent } from './recent.ts'

/** The least number of IDs in memory; an entry with a real ID takes some 300 bytes. */
const idsInMemory = 100_000
/** The IDs of one statement; a list is filled up to it, so that there is one text to prepare. */
const idsPerStatement = 100

const readNumber = rowReader({ number: integer, id: text() }, (row) => row)

const findNumber = named(['id'], (at) => `select ${readNumber.columns} from ids where id = ${at.id}`)
const addNumber = named(
  ['id'],
  (at) =>
    `insert into ids (id) values (${at.id}) on conflict (id) do nothing returning ${readNumber.columns}`,
)
const oneOf = placeholders(1, idsPerStatement)
const selectByIds = `select ${readNumber.columns} from ids where id in (${oneOf})`
const selectByNumbers = `select ${readNumber.columns} from ids where number in (${oneOf})`

/** Returns the number of an ID; throws for an ID that was not asked for. */
export type NumberOf = (id: string) => number

/** The SQL for the number of an ID; null for an unknown one. */
export function numberIn(id: string): string {
  return `(select number from ids where id = ${id})`
}

export class Ids {
  readonly #driver: Driver
  readonly #numbers = new Recent<string, number>(idsInMemory)
  readonly #ids = new Recent<number, string>(idsInMemory)

  constructor(driver: Driver) {
    this.#driver = driver
  }

  /** Returns the number if it is in memory. */
  numberOf(id: string): number | undefined {
    return this.#numbers.get(id)
  }

  /** Keeps a number that is committed. */
  learn(id: string, number: number): void {
    if (this.#numbers.get(id) === undefined) this.#numbers.set(id, number)
    if (this.#ids.get(number) === undefined) this.#ids.set(number, id)
  }

  /** Returns what gives the IDs of these numbers, for use at once: memory holds far more of the latest IDs than a page has. */
  idsOf(numbers: readonly number[]): MaybePromise<(number: number) => string> {
    const idOf = (number: number) => {
      const id = this.#ids.get(number)
      if (id === undefined) throw new Error(`No ID has the number ${number}.`)
      return id
    }
    const missing = numbers.filter((number) => this.#ids.get(number) === undefined)
    if (missing.length === 0) return idOf
    return whenReady(this.#read(selectByNumbers, [...new Set(missing)]), () => idOf)
  }

  /** Reads the numbers that are not in memory. */
  prepare(ids: readonly string[]): MaybePromise<unknown> {
    const missing = ids.filter((id) => this.#numbers.get(id) === undefined)
    return missing.length === 0 ? undefined : this.#read(selectByIds, [...new Set(missing)])
  }

  /** Runs a write that needs the numbers of these IDs, and keeps them once they are committed. `keys`: see `Driver.write`. */
  write<T>(
    ids: Iterable<string>,
    run: (numberOf: NumberOf) => Steps<T>,
    keys: readonly string[],
  ): Promise<T> {
    let taken: NumberOf | undefined
    const take = () => this.take(ids)
    const written = this.#driver.write(
      function* () {
        taken = yield* take()
        return yield* run(taken)
      },
      ...keys,
    )
    if (this.#hasAll(ids)) return written
    return written.then((value) => {
      if (taken !== undefined) for (const id of ids) this.learn(id, taken(id))
      return value
    })
  }

  #hasAll(ids: Iterable<string>): boolean {
    for (const id of ids) if (this.#numbers.get(id) === undefined) return false
    return true
  }

  /** In a write: returns what gives the numbers of these IDs. Gives a number to each that has none, in this order. */
  *take(ids: Iterable<string | undefined>): Steps<NumberOf> {
    const found = new Map<string, number>()
    const missing = new Set<string>()
    for (const id of ids) {
      if (id === undefined) continue
      const number = this.#numbers.get(id)
      if (number === undefined) missing.add(id)
      else found.set(id, number)
    }
    const note = (rows: readonly Row[]) => {
      for (const { id, number } of rows.map(readNumber)) {
        found.set(id, number)
        missing.delete(id)
      }
    }
    if (missing.size > 0) note(yield [...missing].map((id) => findNumber({ id })))
    if (missing.size > 0) note(yield [...missing].map((id) => addNumber({ id })))
    // Another write has added the rest meanwhile.
    if (missing.size > 0) note(yield [...missing].map((id) => findNumber({ id })))
    return (id) => {
      const number = found.get(id)
      if (number === undefined) throw new Error(`The ID ${id} has no number.`)
      return number
    }
  }

  #read(sql: string, keys: readonly Value[]): MaybePromise<{ number: number; id: string }[]> {
    const groups: MaybePromise<Row[]>[] = []
    for (let start = 0; start < keys.length; start += idsPerStatement) {
      const some = keys.slice(start, start + idsPerStatement)
      while (some.length < idsPerStatement) some.push(some[0] ?? null)
      groups.push(this.#driver.read(statement(sql, ...some)))
    }
    const learn = (parts: readonly Row[][]) => {
      const rows = parts.flat().map(readNumber)
      for (const { id, number } of rows) this.learn(id, number)
      return rows
    }
    const ready = groups.flatMap((group) => (group instanceof Promise ? [] : [group]))
    return ready.length === groups.length ? learn(ready) : Promise.all(groups).then(learn)
  }
}
