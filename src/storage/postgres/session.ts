/** How statements are sent on a connection that is made. */
import type { Row, Value } from '../engine/driver.ts'
import type { WaitingWrite } from '../engine/write-queue.ts'
import { endsConnection, StaleStatement } from './failure.ts'
import { commitGroup } from './group.ts'
import type { Client } from './line.ts'
import type { SentValues } from './lists.ts'

export interface Session {
  readonly client: Client
  /** What begins a transaction. */
  readonly begin: string
  readonly isPooled: boolean
  readonly prepares: boolean
  /** Throws the connection away, with all that is under way on it. */
  giveUp(reason: Error): void
}

/** Runs the writes in one transaction and gives what answers them, to be called now that it is committed. */
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

/** Behind a pooler in a transaction, which has the limits of the address; sent at once all the same. */
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
    // postgres.js has lost its place: what was sent behind it is never answered.
    if (error instanceof StaleStatement) session.giveUp(error)
    throw error
  }
}

/**
 * postgres.js sends a prepared statement again that the server does not know any more: behind the end of its transaction, and
 * between the messages of another statement, whose rows it takes for its own then.
 */
const neverRetried: PropertyDescriptor = {
  get: () => undefined,
  set(error) {
    throw new StaleStatement(error)
  },
}
