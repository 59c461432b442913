import type { Row } from '../engine/driver.ts'
import type { Snapshot } from '../engine/snapshot.ts'
import { StorageOpenError } from '../engine/storage-open-error.ts'
import { beginWith, databaseAddress, openConnection } from './connection.ts'
import { pooling } from './dial.ts'

const rowsAtOnce = 500
/** A slow reader of rows is fine: only connecting has a limit. */
const unlimited = { statement_timeout: '0', lock_timeout: '0', idle_in_transaction_session_timeout: '0' }

/** One connection with a read transaction. */
export async function openPostgresSnapshot(url: string): Promise<Snapshot> {
  const given = databaseAddress(url)
  const parameters = { ...given.parameters, ...unlimited }
  const address = { ...given, applicationName: given.applicationName ?? 'skillkeeper export', parameters }
  const connection = openConnection(address, pooling(address))
  try {
    const client = await connection.use(async (session) => {
      await session.client.unsafe(beginWith(parameters, 'begin isolation level repeatable read read only'))
      return session.client
    })
    return {
      stream: (query) => rowsOf(client.unsafe<Row[]>(query).cursor(rowsAtOnce)),
      close: () => connection.close(),
    }
  } catch (error) {
    await connection.close()
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
