import type { Controls } from './controls.ts'
import { TestControlError, type Verdict, VerificationError } from './errors.ts'
import type { JournalEntry, JournalFilter, JournalMatch } from './journal-entry.ts'

/** The last requests to a world (1,000 or 16 MiB) with their responses. */
export interface Journal {
  /** The entries that fit, the oldest first. */
  entries(filter?: JournalFilter): Promise<readonly JournalEntry[]>
  /**
   * Resolves to the first entry that fits, and waits for it up to `timeoutMs` (5,000) of real time, in whole seconds. Rejects with a
   * `TestControlError` if none comes.
   */
  waitFor(filter: JournalFilter, options?: { readonly timeoutMs?: number }): Promise<JournalEntry>
  /** Expects requests. Rejects with a `TestControlError` for a match that no request can fit. */
  expect(match: JournalMatch): Expectation
  /** Expects a request for each match, in this order. Other requests may come between them. */
  expectInOrder(...matches: readonly JournalMatch[]): Promise<void>
  /** Rejects with a `VerificationError` if there are requests that no expectation of this world has met. */
  expectNothingElse(): Promise<void>
}

/**
 * How many requests have to fit. Each rejects with a `VerificationError` that shows the nearest requests and what differs.
 * It also rejects when the journal has dropped entries that would decide.
 */
export interface Expectation {
  times(count: number): Promise<void>
  atLeast(count: number): Promise<void>
  never(): Promise<void>
}

interface JournalPage {
  readonly items: readonly JournalEntry[]
}

const waitMs = 5000
/** The longest time, in seconds, that one request waits. */
const waitSecondsMax = 60

export function createJournal(controls: Controls): Journal {
  /** The entries that an expectation has met. */
  const met = new Set<number>()

  function read(filter: JournalFilter, wait?: number): Promise<JournalPage> {
    const query = new URLSearchParams()
    for (const [name, value] of Object.entries({ ...filter, wait }))
      if (value !== undefined) query.set(name, String(value))
    return controls.call('GET', `/journal?${query}`)
  }

  async function verify(what: object): Promise<void> {
    const verdict = await controls.call<Verdict>('POST', '/journal/verify', what)
    if (verdict.pass !== true) throw new VerificationError(verdict)
    for (const seq of verdict.seqs) met.add(seq)
  }

  return {
    entries: async (filter = {}) => (await read(filter)).items,
    async waitFor(filter, { timeoutMs = waitMs } = {}) {
      for (let left = Math.ceil(timeoutMs / 1000); left >= 0; left -= waitSecondsMax) {
        const [entry] = (await read(filter, Math.min(left, waitSecondsMax))).items
        if (entry !== undefined) return entry
      }
      throw new TestControlError(
        `No request came within ${timeoutMs} ms that fits ${JSON.stringify(filter)}.`,
      )
    },
    expect: (match) => ({
      times: (exactly) => verify({ match, count: { exactly } }),
      atLeast: (atLeast) => verify({ match, count: { atLeast } }),
      never: () => verify({ match, count: { exactly: 0 } }),
    }),
    expectInOrder: (...inOrder) => verify({ inOrder }),
    async expectNothingElse() {
      const verdict = await controls.call<Verdict>('POST', '/journal/verify/none-other', { except: [...met] })
      if (verdict.pass !== true) throw new VerificationError(verdict)
    },
  }
}
