import type { JournalEntry } from './types.ts'

/** The service rejected a command of the test controls, or could not be reached. */
export class TestControlError extends Error {
  override readonly name = 'TestControlError'
  /** The HTTP status; `undefined` if there was no response. */
  readonly status: number | undefined
  /** The code of the refusal, such as `INVALID_PARAM`. */
  readonly code: string | undefined

  constructor(message: string, options: { status?: number; code?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.status = options.status
    this.code = options.code
  }
}

/** The outcome of a verification, as the service reports it. */
export interface Verdict {
  /** `null`: unknown, since the journal no longer has entries that would decide it. */
  readonly pass: boolean | null
  readonly matched: number
  readonly message: string
  /** The entries that match. */
  readonly seqs: readonly number[]
  /** The entries that come nearest, and where they differ. */
  readonly nearest: readonly {
    readonly seq: JournalEntry['seq']
    readonly differences: readonly { readonly at: string; readonly shown: string }[]
  }[]
}

/** The journal does not have what was expected. The message shows the nearest entries and what differs. */
export class VerificationError extends Error {
  override readonly name = 'VerificationError'
  readonly verdict: Verdict

  constructor(verdict: Verdict) {
    const nearest = verdict.nearest.map(({ seq, differences }) =>
      [`Nearest: #${seq}`, ...differences.map(({ at, shown }) => `  ${at}: ${shown}`)].join('\n'),
    )
    super([verdict.message, ...nearest].join('\n'))
    this.verdict = verdict
  }
}
