import postgres from 'postgres'
import type { Row } from './driver.ts'
import type { Snapshot } from './snapshot.ts'
import { StorageOpenError } from './storage-open-error.ts'

const rowsAtOnce = 500
const connectTimeoutSeconds = 10
/** postgres.js waits for so long for a connection that is gone. */
const closeSeconds = 1

/** One connection with a read transaction. It may wait long for whoever takes the rows, so it has no time limits. */
export async function openPostgresSnapshot(url: string): Promise<Snapshot> {
  const sql = postgres(url, {
    max: 1,
    connect_timeout: connectTimeoutSeconds,
    onnotice: () => undefined,
    types: { bigint: { to: 20, from: [20], parse: Number, serialize: String } },
    connection: {
      application_name: 'skillkeeper export',
      statement_timeout: 0,
      idle_in_transaction_session_timeout: 0,
    },
  })
  try {
    const connection = await sql.reserve()
    await connection.unsafe('begin isolation level repeatable read read only')
    return {
      stream: (query) => rowsOf(connection.unsafe<Row[]>(query).cursor(rowsAtOnce)),
      async close() {
        connection.release()
        await sql.end({ timeout: closeSeconds })
      },
    }
  } catch (error) {
    await sql.end({ timeout: closeSeconds })
    throw storageError('opened', error)
  }
}

async function* rowsOf(rows: AsyncIterable<Row[]>): AsyncGenerator<Row[]> {
  try {
    yield* rows
  } catch (error) {
    throw storageError('read', error)
  }
}

function storageError(doing: string, error: unknown): StorageOpenError {
  const reason = error instanceof Error ? error.message : String(error)
  return new StorageOpenError(`The database cannot be ${doing}: ${reason}.`, { cause: error })
}
