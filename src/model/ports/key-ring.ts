/** The keys of a running service, for the operations that replace them. */
export interface KeyRing {
  /**
   * Creates a sealing key that seals from now on, and returns its ID once it is on disk. Refuses with INVALID_PARAM if
   * a setting provides the sealing keys, or if there are too many.
   */
  addSealingKey(): string
  /**
   * Removes a sealing key under which nothing is sealed, but never the first. Refuses with INVALID_PARAM within a
   * minute of the last change, or if a setting provides the sealing keys.
   */
  dropSealingKey(keyId: string): void
  /** Returns the signing keys, oldest first. */
  listSigningKeys(): Promise<SigningKeyTimes[]>
  /**
   * Creates a signing key before it is due and returns its ID. The key signs when every node has had time to read it.
   * Refuses with INVALID_PARAM while the last key does not sign yet.
   */
  addSigningKey(): Promise<string>
}

/** In milliseconds since the epoch. */
export interface SigningKeyTimes {
  readonly id: string
  readonly createdAt: number
  readonly signsFrom: number
  /** `undefined` while it has no successor. */
  readonly verifiesUntil: number | undefined
}
