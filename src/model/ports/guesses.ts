/** Counts wrong secrets of a caller, since a caller may be guessing. */
export interface Guesses {
  /**
   * Records that a secret was presented, and whether it was right. Refuses with TOO_MANY_REQUESTS if the caller has
   * presented too many wrong ones, whether this one is right or wrong. `secret` names the kind of secret and its owner.
   * Call it in the same turn of the event loop that decides the outcome, or simultaneous guesses all pass.
   */
  judgeGuess(secret: string, isRight: boolean): void
  /** Refuses whom `judgeGuess` would refuse now, and records nothing. For before a check that costs work. */
  refuseGuesser(secret: string): void
}

/** Limits the wrong secrets that callers present. */
export interface GuessLimit {
  /** As `Guesses.judgeGuess`, for a caller at this address. */
  judge(address: string, secret: string, isRight: boolean): void
  /** As `Guesses.refuseGuesser`, for a caller at this address. */
  refuse(address: string, secret: string): void
  /** The count of addresses and secrets with recent wrong attempts. */
  counted(): number
}
