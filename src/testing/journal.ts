import type { Controls } from './controls.ts'
import { TestControlError, type Verdict, VerificationError } from './errors.ts'
import type { Expectation, Journal, JournalEntry, JournalFilter, JournalMatch } from './types.ts'

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

  async function verify(match: JournalMatch, count: object): Promise<void> {
    const verdict = await controls.call<Verdict>('POST', '/journal/verify', { match, count })
    if (verdict.pass !== true) throw new VerificationError(verdict)
    for (const seq of verdict.seqs) met.add(seq)
  }

  return {
    entries: async (filter = {}) => (await read(filter)).items,
    async waitFor(filter, { timeoutMs = waitMs } = {}) {
      const end = performance.now() + timeoutMs
      for (let leftMs = timeoutMs; leftMs > 0; leftMs = end - performance.now()) {
        const [entry] = (await read(filter, Math.min(leftMs / 1000, waitSecondsMax))).items
        if (entry !== undefined) return entry
      }
      throw new TestControlError(`No such request came within ${timeoutMs} ms: ${JSON.stringify(filter)}`)
    },
    expect(match): Expectation {
      return {
        times: (exactly) => verify(match, { exactly }),
        atLeast: (atLeast) => verify(match, { atLeast }),
        never: () => verify(match, { exactly: 0 }),
      }
    },
    async expectNothingElse() {
      const verdict = await controls.call<Verdict>('POST', '/journal/verify/none-other', { except: [...met] })
      if (verdict.pass !== true) throw new VerificationError(verdict)
    },
  }
}
