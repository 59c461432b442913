/** Counts wrong secrets of a caller, since a caller may be guessing. */
export interface Guesses {
  /**
   * Takes note that a secret was shown, and whether it was the right one. Refuses with TOO_MANY_REQUESTS when the caller
   * has shown too many wrong ones, be this one right or wrong. `secret` says what was shown, and of whom; it must be
   * called in the same turn in which the refusal or success is decided, or guesses that come at once all pass.
   */
  judgeGuess(secret: string, isRight: boolean): void
}
