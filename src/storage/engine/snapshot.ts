/** The content of a storage at one moment, read beside a service that may be running on it. */
import type { Row } from './driver.ts'

/** One read transaction. It writes nothing and blocks no write. */
export interface Snapshot {
  /** The rows of the query, some at a time. */
  stream(sql: string): AsyncIterable<readonly Row[]>
  close(): Promise<void>
}

/** The place of a storage: the database, or the folder if there is no database. */
export interface StoragePlace {
  readonly data: string
  readonly databaseUrl: string | undefined
}
