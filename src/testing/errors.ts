/** The service rejected a command of the test controls, or did not respond, or the command makes no sense. */
export class TestControlError extends Error {
  override readonly name = 'TestControlError'
  /** The HTTP status; `undefined` if there was no response. */
  readonly status: number | undefined
  /** The code of the refusal, such as `INVALID_PARAM`. */
  readonly code: string | undefined

  constructor(
    message: string,
    options: { readonly status?: number; readonly code?: string | undefined; readonly cause?: unknown } = {},
  ) {
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
  /** The `seq` of the entries that match; the first 1,000. */
  readonly seqs: readonly number[]
  /** At most three entries that do not match, those with the fewest differences. */
  readonly nearest: readonly {
    readonly seq: number
    readonly differences: readonly {
      /** Such as `body.stage`. */
      readonly at: string
      readonly expected: unknown
      /** Absent if there is nothing. */
      readonly actual?: unknown
      /** Both as text, with types and invisible characters. */
      readonly shown: string
    }[]
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
