/** The keys of a running service, as its operator replaces them. */
export interface KeyRing {
  /**
   * Makes a sealing key that seals from now on, on disk before it gives its ID. Refuses with INVALID_PARAM when the
   * sealing keys come by setting, and when there are more than enough.
   */
  addSealingKey(): string
  /**
   * Forgets a sealing key that nothing rests under, but never the first. Refuses with INVALID_PARAM within a minute of
   * the last change, and when the sealing keys come by setting.
   */
  dropSealingKey(keyId: string): void
  /** Oldest first. */
  listSigningKeys(): Promise<SigningKeyTimes[]>
  /**
   * Makes a signing key before it is due, which signs when every node has had the time to read it; gives its ID. Refuses
   * with INVALID_PARAM while the last one does not sign yet.
   */
  addSigningKey(): Promise<string>
}

/** In milliseconds since the epoch. */
export interface SigningKeyTimes {
  readonly id: string
  readonly createdAt: number
  readonly signsFrom: number
  /** `undefined` as long as it has no successor. */
  readonly verifiesUntil: number | undefined
}
