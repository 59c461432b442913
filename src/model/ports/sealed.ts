/** The purposes of sealed values; a value sealed for one purpose cannot be opened for another. */
export type SealPurpose = 'skill-secret' | 'link-tokens' | 'link-request' | 'key'

/** A sealed value in storage. It begins with the ID of its sealing key. */
export interface SealedValue {
  readonly purpose: SealPurpose
  /** The key of its record. */
  readonly record: readonly string[]
  readonly sealed: string
}

/** All sealed values of the storage. */
export interface SealedStorage {
  /** Returns the IDs of the sealing keys in use. At most 100. */
  listKeyIds(): Promise<string[]>
  /** Counts the values sealed with the key, up to `max` for each purpose. */
  countUnder(keyId: string, max: number): Promise<number>
  /** Returns at most `limit` values of each purpose that the key seals. */
  listUnder(keyId: string, limit: number): Promise<SealedValue[]>
  /** Replaces the text of each value, unless it has changed since. */
  replace(replacements: readonly { readonly value: SealedValue; readonly by: string }[]): Promise<void>
}
