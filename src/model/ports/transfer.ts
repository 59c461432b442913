/**
 * A storage as a whole, to be moved to another one: its records as the rows that they are, in an order in which they
 * can be added. What stands in a row is storage's affair.
 */
export interface StoredRecord {
  readonly table: string
  readonly row: Readonly<Record<string, string | number | null>>
}

/** Everything that was stored at one moment, whatever is written meanwhile. */
export interface ExportSource {
  readonly schemaVersion: number
  /** The count of records of each table. */
  readonly counts: Readonly<Record<string, number>>
  /** All of them, some at a time, always in the same order; what a record refers to comes before it. */
  records(): AsyncIterable<readonly StoredRecord[]>
  close(): Promise<void>
}

/** The progress of an import: the count of records, and the digest of the header and their text. */
export interface ImportProgress {
  readonly records: number
  readonly digest: string
}

/** A storage that was empty, and that no service opens until `finish`. */
export interface ImportTarget {
  /**
   * Notes that an import begins, and gives where it stands: at `start`, or further if it was begun before and is not to
   * start over. Refuses with INVALID_PARAM a storage that is not empty, or a schema that it cannot have. What an import
   * that has not come to its end has brought is thrown away to start over, and nothing else ever is.
   */
  begin(schemaVersion: number, start: ImportProgress, startOver: boolean): Promise<ImportProgress>
  /** Adds the records and notes the progress, in one step. Refuses when another process has come further meanwhile. */
  add(records: readonly StoredRecord[], before: ImportProgress, after: ImportProgress): Promise<void>
  /** Brings the schema up to date and lets services in. */
  finish(): Promise<void>
  close(): Promise<void>
}
