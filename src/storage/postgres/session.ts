/** Sends statements on an open connection. */
import type { Row, Value } from '../engine/driver.ts'
import type { WaitingWrite } from '../engine/write-queue.ts'
import { endsConnection, StaleStatement } from './failure.ts'
import { commitGroup } from './group.ts'
import type { Client } from './line.ts'
import type { SentValues } from './lists.ts'

export interface Session {
  readonly client: Client
  /** The statement that begins a transaction. */
  readonly begin: string
  readonly isPooled: boolean
  readonly prepares: boolean
  /** Drops the connection with all pending work. */
  giveUp(reason: Error): void
}

/** Runs the writes in one transaction, and returns functions that resolve them after the commit. */
export async function inTransaction(
  session: Session,
  group: readonly WaitingWrite[],
): Promise<(() => void)[]> {
  try {
    return await commitGroup((sql, values) => execute(session, sql, values), group, session.begin)
  } catch (error) {
    if (!endsConnection(error)) await session.client.unsafe('rollback')
    throw error
  }
}

/** Uses a transaction behind a pooler, to set the limits of the address; still sent in one go. */
export async function read(session: Session, sql: string, values: SentValues): Promise<Row[]> {
  if (!session.isPooled) return execute(session, sql, values)
  const [, rows] = await Promise.all([
    execute(session, session.begin, []),
    execute(session, sql, values),
    execute(session, 'commit', []),
  ])
  return rows
}

export async function execute(session: Session, sql: string, values: SentValues): Promise<Row[]> {
  const { client, prepares } = session
  const query = client.unsafe<Row[]>(sql, [...values] as (Value | Value[])[], { prepare: prepares })
  try {
    return await Object.defineProperty(query, 'retried', neverRetried)
  } catch (error) {
    // postgres.js is out of step now, and never settles later statements.
    if (error instanceof StaleStatement) session.giveUp(error)
    throw error
  }
}

/**
 * postgres.js repeats a prepared statement that the server no longer knows, but after the end of its transaction and
 * between the messages of another statement, whose rows it then mistakes for its own.
 */
const neverRetried: PropertyDescriptor = {
  get: () => undefined,
  set(error) {
    throw new StaleStatement(error)
  },
}
