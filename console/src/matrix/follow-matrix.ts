/**
 * Loads the matrix of a unit page by page and keeps it true: entries of the log change cells at once, and what an entry does not say
 * for sure is read again.
 */

import { mayRecover } from '../api/call.ts'
import { type FollowState, follow } from '../api/events.ts'
import { readMatrixPage } from '../api/rooms.ts'
import type { LogEntryView, MatrixPage } from '../api/wire.ts'
import { MatrixStore } from './matrix-store.ts'

const rowsOfPage = 1000
/** More pages than that are 100,000 units, which is the limit of this screen. */
const pagesMax = 100
/** Pages that several entries ask to read again within this time are read once. */
const gatherMs = 250
/** More entries than the service sends again. */
const heardMax = 20_000
/** While something is becoming ENABLED, its page is read again after so long, and then less often. */
const becomingMs = [1000, 2000, 4000, 8000, 15_000, 30_000]
/** After a reset all is read again after so long, and after each further one later. */
const resetMs = [1000, 2000, 4000, 8000, 15_000, 30_000]
/** After so long without a reset the next one counts as the first. */
const calmMs = 60_000

export interface MatrixState {
  readonly isComplete: boolean
  readonly problem: unknown
  readonly follow: FollowState
  readonly hasMoreSkills: boolean
}

const structural = new Set(['create_unit', 'rename_unit', 'delete_unit', 'catalog'])
const switching = new Set([
  'change',
  'session',
  'enable',
  'disable',
  'batch_enable',
  'batch_disable',
  'activate',
])

export class FollowedMatrix {
  /** The shown rows and cells. They stay whole while all is read again. */
  readonly store = new MatrixStore()
  /** The target of the pages: the shown store, or the one that replaces it when it is complete. */
  #next = this.store
  state: MatrixState = { isComplete: false, problem: undefined, follow: 'connecting', hasMoreSkills: false }
  readonly #unitId: string
  readonly #skillIds: readonly string[]
  readonly #listeners = new Set<() => void>()
  /** Where each loaded page begins, and its first row. */
  #pages: { readonly after: string | undefined; readonly firstRow: number }[] = []
  readonly #stale = new Set<number>()
  /** The last entries. A stream sends those of its first seconds again, and each may start a new reading once. */
  readonly #heard = new Set<string>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #becoming: ReturnType<typeof setTimeout> | undefined
  #becomingStep = 0
  #reset: ReturnType<typeof setTimeout> | undefined
  #resetStep = 0
  #resetAt = Number.NEGATIVE_INFINITY
  #loaded: Promise<void> = Promise.resolve()
  #run = new AbortController()

  constructor(unitId: string, skillIds: readonly string[]) {
    this.#unitId = unitId
    this.#skillIds = skillIds
  }

  listen = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  start(): void {
    this.stop()
    this.#timer = undefined
    this.#stale.clear()
    this.#run = new AbortController()
    this.#loaded = this.#load(this.#run.signal)
  }

  stop(): void {
    this.#run.abort()
    clearTimeout(this.#timer)
    clearTimeout(this.#becoming)
    clearTimeout(this.#reset)
  }

  /** Reads all again after a pause: what is being read may be complete before, and a service that resets each stream is not flooded. */
  async #startLater(signal: AbortSignal): Promise<void> {
    this.#become({ follow: 'connecting' })
    await this.#loaded
    if (signal.aborted) return
    const now = performance.now()
    this.#resetStep = now - this.#resetAt > calmMs ? 0 : Math.min(this.#resetStep + 1, resetMs.length - 1)
    this.#resetAt = now
    this.#reset = setTimeout(() => this.start(), resetMs[this.#resetStep])
  }

  async #load(signal: AbortSignal): Promise<void> {
    try {
      const first = await this.#readPage(undefined, signal)
      this.#next = this.store.rows.length === 0 ? this.store : new MatrixStore()
      this.#next.begin(first.skills)
      this.#next.take(first)
      this.#pages = [{ after: undefined, firstRow: 0 }]
      this.#become({ problem: undefined, hasMoreSkills: first.hasMoreSkills ?? false })
      this.#heard.add(first.position)
      void this.#follow(first.position, signal)
      let after = first.paginationContext.after
      while (after !== undefined && this.#pages.length < pagesMax) {
        this.#pages.push({ after, firstRow: this.#next.rows.length })
        const page: MatrixPage = await this.#readPage(after, signal)
        this.#next.take(page)
        after = page.paginationContext.after
      }
      if (this.#next !== this.store) this.store.replaceBy(this.#next)
      this.#next = this.store
      this.#become({ isComplete: true })
      this.#watchBecoming()
    } catch (error) {
      if (signal.aborted) return
      this.#become({ problem: error })
      if (mayRecover(error)) this.#timer = setTimeout(() => this.start(), 3000)
    }
  }

  async #readPage(after: string | undefined, signal: AbortSignal): Promise<MatrixPage> {
    const skillId = this.#skillIds.length > 0 ? { skillId: this.#skillIds } : {}
    return await readMatrixPage(
      this.#unitId,
      { maxResults: rowsOfPage, ...(after && { after }), ...skillId },
      signal,
    )
  }

  async #follow(from: string, signal: AbortSignal): Promise<void> {
    await follow({
      unitId: this.#unitId,
      from,
      signal,
      onEntry: (entry) => this.#hear(entry),
      onReset: () => void this.#startLater(signal),
      onState: (state, problem) => this.#become({ follow: state, problem }),
    })
  }

  #hear(entry: LogEntryView): void {
    if (this.#heard.has(entry.id)) return
    this.#heard.add(entry.id)
    const [oldest] = this.#heard
    if (this.#heard.size > heardMax && oldest !== undefined) this.#heard.delete(oldest)
    if (structural.has(entry.operation)) {
      clearTimeout(this.#timer)
      this.#timer = setTimeout(() => this.start(), gatherMs)
      return
    }
    const row = entry.unitId === undefined ? undefined : this.#next.rowOf(entry.unitId)
    if (entry.unitId !== undefined) for (const store of this.#stores()) store.touch(entry.unitId, entry.at)
    if (entry.outcome === 'failed') return
    if (row === undefined) {
      // A link of the organization, or a unit that this page does not have yet.
      if (!switching.has(entry.operation)) this.#readAgain(this.#pages.map((_, index) => index))
      return
    }
    const code = codeAfter(entry)
    if (code && entry.unitId && entry.skillId)
      for (const store of this.#stores()) store.set(entry.unitId, entry.skillId, code)
    this.#readAgain([this.#pages.findLastIndex(({ firstRow }) => firstRow <= row)])
  }

  /** Returns the shown store and the one that will replace it. */
  #stores(): ReadonlySet<MatrixStore> {
    return new Set([this.store, this.#next])
  }

  #readAgain(pages: readonly number[]): void {
    for (const page of pages) this.#stale.add(page)
    this.#becomingStep = 0
    this.#timer ??= setTimeout(() => void this.#readStale(), gatherMs)
  }

  async #readStale(): Promise<void> {
    const { signal } = this.#run
    const pages = [...this.#stale]
    this.#stale.clear()
    try {
      for (const index of pages) {
        const page = this.#pages[index]
        if (!page) continue
        const read = await this.#readPage(page.after, signal)
        this.#next.take(read)
      }
    } catch {
      if (!signal.aborted) for (const index of pages) this.#stale.add(index)
    }
    if (signal.aborted) return
    this.#timer = undefined
    if (this.#stale.size > 0) this.#timer = setTimeout(() => void this.#readStale(), 2000)
    this.#watchBecoming()
  }

  /** Nothing is logged when an enablement becomes ENABLED: time alone does that. */
  #watchBecoming(): void {
    clearTimeout(this.#becoming)
    const pages = this.#pages.flatMap(({ firstRow }, index) => {
      const end = this.#pages[index + 1]?.firstRow ?? this.#next.rows.length
      for (let row = firstRow; row < end; row += 1)
        for (let column = 0; column < this.#next.skills.length; column += 1)
          if (['e', 'w'].includes(this.#next.code(row, column))) return [index]
      return []
    })
    if (pages.length === 0) return
    const delay = becomingMs[Math.min(this.#becomingStep, becomingMs.length - 1)]
    this.#becoming = setTimeout(() => {
      const step = this.#becomingStep + 1
      this.#readAgain(pages)
      this.#becomingStep = step
    }, delay)
  }

  #become(change: Partial<MatrixState>): void {
    this.state = { ...this.state, ...change }
    for (const listener of this.#listeners) listener()
  }
}

/** The state of the cell as far as the entry says it; reading it again says the rest. */
function codeAfter(entry: LogEntryView): 'e' | '.' | 'w' | undefined {
  if (/disable$/.test(entry.operation)) return '.'
  if (!/enable$/.test(entry.operation)) return undefined
  return entry.outcome === 'accepted' && entry.effectiveAt === undefined ? 'w' : 'e'
}
