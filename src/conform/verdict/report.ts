/** The verdict on each call, and what differed: each difference once, with the first call that has it. */
import { readFileSync, writeFileSync } from 'node:fs'
import * as Type from 'typebox'
import { problemFinder } from '../../protocol/problem.ts'
import type { Exchange } from '../exchange.ts'
import { Difference, identityOf } from './difference.ts'
import { rowOf } from './ledger.ts'

/** Differences that are kept; more are only counted. */
const differencesMax = 1000

/**
 * - `same`
 * - `different`: at least one difference that is not known
 * - `known`: only known differences
 * - `notComparable`: time or capacity decided, or something is not in the recording
 */
export type Verdict = 'same' | 'different' | 'known' | 'notComparable'

export interface FoundDifference extends Difference {
  /** The row of the ledger, or `null`: then the ledger has none yet. */
  readonly row: string | null
  readonly isKnown: boolean
  /** The method of the first call that has the difference, and its path. */
  readonly method: string
  readonly path: string
  exchanges: number
}

export interface ReportContent {
  /** They add up to `exchanges`. */
  readonly totals: Readonly<Record<Verdict | 'exchanges', number>>
  readonly differences: readonly FoundDifference[]
  /** How many differences are not listed, since there are too many. */
  readonly unlisted: number
  readonly notComparable: readonly { readonly reason: string; readonly exchanges: number }[]
}

/** A file of known differences that cannot be used. */
export class KnownFault extends Error {
  override readonly name = 'KnownFault'
}

/** The verdict on one call, which may still lose its ground. */
export interface Judged {
  /** Makes a call that looked the same not comparable. */
  giveUp(reason: string): void
  /** Adds differences that a later call shows. */
  add(differences: readonly Difference[]): void
}

export class Report {
  readonly #known: ReadonlySet<string>
  readonly #found = new Map<string, FoundDifference>()
  readonly #reasons = new Map<string, number>()
  readonly #totals = { exchanges: 0, same: 0, different: 0, known: 0, notComparable: 0 }
  #unlisted = 0

  constructor(known: readonly Difference[] = []) {
    this.#known = new Set(known.map(identityOf))
  }

  /** Adds a call. Without differences it is the same, or not comparable if there is a reason. */
  add(exchange: Exchange, differences: readonly Difference[], reason?: string): Judged {
    this.#totals.exchanges += 1
    let verdict: Verdict | undefined
    const judge = (next: Verdict) => {
      if (verdict !== undefined) this.#totals[verdict] -= 1
      this.#totals[next] += 1
      verdict = next
    }
    const judged: Judged = {
      add: (more) => {
        const isNew = more.map((one) => this.#count(one, exchange)).some(Boolean)
        if (isNew) judge('different')
        else if (more.length > 0 && verdict !== 'different') judge('known')
      },
      giveUp: (why) => {
        if (verdict !== undefined && verdict !== 'same') return
        judge('notComparable')
        this.#reasons.set(why, (this.#reasons.get(why) ?? 0) + 1)
      },
    }
    judged.add(differences)
    if (verdict === undefined && reason !== undefined) judged.giveUp(reason)
    if (verdict === undefined) judge('same')
    return judged
  }

  content(): ReportContent {
    const differences = [...this.#found.values()].sort(
      (one, other) => Number(one.isKnown) - Number(other.isKnown),
    )
    const reasons = Array.from(this.#reasons, ([reason, exchanges]) => ({ reason, exchanges }))
    return {
      totals: { ...this.#totals },
      differences,
      unlisted: this.#unlisted,
      notComparable: reasons.sort((one, other) => other.exchanges - one.exchanges),
    }
  }

  /** Whether the difference is new. */
  #count(difference: Difference, { request }: Exchange): boolean {
    const identity = identityOf(difference)
    const isKnown = this.#known.has(identity)
    const found = this.#found.get(identity)
    if (found !== undefined) found.exchanges += 1
    else if (this.#found.size >= differencesMax) this.#unlisted += 1
    else
      this.#found.set(identity, {
        ...difference,
        row: rowOf(difference) ?? null,
        isKnown,
        method: request.method,
        path: request.path,
        exchanges: 1,
      })
    return !isKnown
  }
}

const findProblem = problemFinder(Type.Array(Difference), 'The file')

/** Reads known differences. Throws a `KnownFault`, and what the operating system reports. */
export function readKnown(file: string): readonly Difference[] {
  let known: unknown
  try {
    known = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new KnownFault(`${file} is not JSON: ${error.message}.`, { cause: error })
    throw error
  }
  const problem = findProblem(known)
  if (problem !== undefined) throw new KnownFault(`${file} has no known differences: ${problem}`)
  return known as Difference[]
}

/** Writes all differences of a report, and those that were known before. */
export function writeKnown(
  file: string,
  before: readonly Difference[],
  { differences }: ReportContent,
): void {
  const found = differences.map(({ isKnown: _known, exchanges: _exchanges, ...rest }) => rest)
  const identities = new Set(found.map(identityOf))
  const all = [...before.filter((one) => !identities.has(identityOf(one))), ...found]
  writeFileSync(file, `${JSON.stringify(all, null, 2)}\n`)
}
