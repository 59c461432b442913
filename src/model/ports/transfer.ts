/**
 * A whole storage, to be moved to another one: its rows as records, in an order in which they can be added. Only
 * storage knows the content of a row.
 */
export interface StoredRecord {
  readonly table: string
  readonly row: Readonly<Record<string, string | number | null>>
}

/** Everything that was stored at one moment; later writes do not change it. */
export interface ExportSource {
  readonly schemaVersion: number
  /** The count of records of each table. */
  readonly counts: Readonly<Record<string, number>>
  /** Returns all records in parts and in a fixed order; a record comes after those that it refers to. */
  records(): AsyncIterable<readonly StoredRecord[]>
  close(): Promise<void>
}

/** The progress of an import: the count of records, and the digest of the header and their text. */
export interface ImportProgress {
  readonly records: number
  readonly digest: string
}

/** An empty storage, which no service opens before `finish`. */
export interface ImportTarget {
  /**
   * Begins an import, or continues one, and returns its progress: `start`, or further. With `startOver`, deletes the
   * records of an unfinished import, and nothing else. Refuses with INVALID_PARAM a storage that is not empty, and an
   * unsupported schema version.
   */
  begin(schemaVersion: number, start: ImportProgress, startOver: boolean): Promise<ImportProgress>
  /**
   * Adds the records and saves the progress in one step. Refuses if another process has continued the import meanwhile.
   */
  add(records: readonly StoredRecord[], before: ImportProgress, after: ImportProgress): Promise<void>
  /** Updates the schema and opens the storage to services. */
  finish(): Promise<void>
  close(): Promise<void>
}
