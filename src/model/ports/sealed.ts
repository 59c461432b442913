/** The purposes of sealed values; a value sealed for one purpose cannot be opened for another. */
export type SealPurpose = 'skill-secret' | 'link-tokens' | 'link-request' | 'key'

/** A value that rests sealed in storage. The ID of its sealing key stands in front of it. */
export interface SealedValue {
  readonly purpose: SealPurpose
  /** The key of the record that holds it. */
  readonly record: readonly string[]
  readonly sealed: string
}

/** Everything that rests sealed, wherever it is. */
export interface SealedStorage {
  /** IDs of the sealing keys that something rests under. At most 100. */
  listKeyIds(): Promise<string[]>
  /** Counts the values sealed with the key, up to `max` for each purpose. */
  countUnder(keyId: string, max: number): Promise<number>
  /** At most `limit` values of each purpose that rest under the key. */
  listUnder(keyId: string, limit: number): Promise<SealedValue[]>
  /** Puts another text in the place of each, unless what is there has changed since. */
  replace(replacements: readonly { readonly value: SealedValue; readonly by: string }[]): Promise<void>
}
