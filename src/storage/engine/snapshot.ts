/** What one moment of a storage looks like, read beside the service that may be running on it. */
import type { Row } from './driver.ts'

/** One read transaction. It writes nothing and keeps nobody from writing. */
export interface Snapshot {
  /** The rows of the query, some at a time. */
  stream(sql: string): AsyncIterable<readonly Row[]>
  close(): Promise<void>
}

/** Where a storage is: in the database, or in the folder if there is none. */
export interface StoragePlace {
  readonly data: string
  readonly databaseUrl: string | undefined
}
