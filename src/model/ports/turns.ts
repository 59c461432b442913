/** Limits how much long work one caller may ask for at the same time. */
export interface Turns {
  /** Takes a turn of the caller, until the returned function is called. Refuses with TOO_MANY_REQUESTS if the caller has all turns. */
  take(actor: string): () => void
}
