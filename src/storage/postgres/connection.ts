/**
 * One connection to a PostgreSQL server that takes writes. The first use connects. When the connection breaks or does not
 * answer in time, it is dropped with all its pending work, and the next use connects again.
 */

import { StorageOpenError } from '../engine/storage-open-error.ts'
import { type DatabaseAddress, readAddress } from './address.ts'
import { dial, noteForgotten, type Pooling } from './dial.ts'
import { asLost, connectionError, endsConnection, isForgotten, isStale } from './failure.ts'
import type { Line } from './line.ts'
import type { Session } from './session.ts'

export interface Connection {
  /**
   * Runs the work; several may run at once. Rejects all pending work when one takes longer than `limitMs` (default: that of
   * the connection), because it is unknown how far each came.
   */
  use<T>(work: (session: Session) => Promise<T>, limitMs?: number): Promise<T>
  /** Drops the connection; the next use connects again. */
  discard(): void
  /** Waits for pending work, for five seconds at most, and closes. */
  close(): Promise<void>
}

const closeSeconds = 5

/** A connection that is open, or is opening. */
interface Call {
  readonly ready: Promise<Line>
  /** The last line that was tried. */
  line: Line | undefined
  isMade: boolean
  isThrownAway: boolean
  /** Replaces the error that dropping the connection causes. */
  reason: Error | undefined
  /** Rejects when the connection is dropped: postgres.js never settles some statements that it has not sent yet. */
  readonly end: PromiseWithResolvers<never>
}

/** Throws a `StorageOpenError` for an unusable address, without showing it. */
export function databaseAddress(url: string): DatabaseAddress {
  const read = readAddress(url)
  if ('address' in read) return read.address
  throw new StorageOpenError(`The address of the database cannot be used. ${read.problem}`)
}

/** Connects on first use. Shares with other connections to the address what it learns about a pooler. */
export function openConnection(address: DatabaseAddress, pooling: Pooling): Connection {
  const pooledBegin = beginWith(address.parameters)
  const usualLimitMs = 1.25 * address.statementTimeoutMs
  let current: Call | undefined
  let isClosed = false

  function discard(call: Call, reason?: Error): void {
    if (call.isThrownAway) return
    call.isThrownAway = true
    call.reason = reason && asLost(reason)
    if (call === current) current = undefined
    call.line?.cut()
    call.end.reject(call.reason ?? asLost(connectionError('CONNECTION_CLOSED', 'the server hung up')))
  }

  function makeCall(): Call {
    const ready = Promise.withResolvers<Line>()
    const end = Promise.withResolvers<never>()
    const call: Call = {
      ready: ready.promise,
      line: undefined,
      isMade: false,
      isThrownAway: false,
      reason: undefined,
      end,
    }
    const stop = limit(call, address.connectTimeoutMs ?? usualLimitMs)
    const made = dial({
      address,
      pooling,
      tried(line) {
        call.line = line
        if (call.isThrownAway) line.cut()
      },
      lost: (reason) => discard(call, reason),
    })
    ready.resolve(made.finally(stop))
    for (const promise of [end.promise, ready.promise]) promise.catch(() => undefined)
    return call
  }

  /** Drops the connection when the time is over. Returns a function that cancels this. */
  function limit(call: Call, ms: number): () => void {
    const tooLate = () => discard(call, connectionError('CONNECT_TIMEOUT', `no answer within ${ms} ms`))
    const timer = setTimeout(tooLate, ms)
    return () => clearTimeout(timer)
  }

  async function begin<T>(call: Call, work: (session: Session) => Promise<T>): Promise<T> {
    const { client } = await call.ready
    call.isMade = true
    const { isPooled, prepares } = pooling
    return await work({
      client,
      begin: isPooled ? pooledBegin : 'begin',
      isPooled,
      prepares,
      giveUp: (reason) => discard(call, reason),
    })
  }

  return {
    async use(work, limitMs = usualLimitMs) {
      if (isClosed) throw asLost(connectionError('CONNECTION_ENDED', 'the storage is closed'))
      current ??= makeCall()
      const call = current
      const stop = limit(call, limitMs)
      try {
        const result = await Promise.race([begin(call, work), call.end.promise])
        if (call.reason !== undefined) throw call.reason
        return result
      } catch (error) {
        if (isForgotten(error)) noteForgotten(pooling)
        // Other work on the connection may be sent again: a connection runs one group of writes at a time.
        if (isStale(error)) discard(call, error as Error)
        else if (endsConnection(error)) discard(call)
        throw call.reason ?? asLost(error)
      } finally {
        stop()
      }
    },
    discard: () => current && discard(current),
    async close() {
      isClosed = true
      const call = current
      // There is nothing to finish before it is open.
      if (call?.isMade) await call.line?.end(closeSeconds)
      if (call !== undefined) discard(call)
    },
  }
}

/** Sets for a transaction what a session has from its start, since a pooler shares sessions. */
export function beginWith(parameters: DatabaseAddress['parameters'], begin = 'begin'): string {
  const set = Object.entries(parameters).map(
    ([name, value]) => `pg_catalog.set_config(${quoted(name)}, ${quoted(value)}, true)`,
  )
  return `${begin}; select ${set.join(', ')}`
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
