/**
 * One connection to a PostgreSQL server that takes writes. It is made when it is first used, thrown away with all that
 * is under way on it when it breaks or does not answer in time, and made anew at the next use.
 */

import { StorageOpenError } from '../engine/storage-open-error.ts'
import { type DatabaseAddress, readAddress } from './address.ts'
import { dial, noteForgotten, type Pooling } from './dial.ts'
import { asLost, connectionError, endsConnection, isForgotten, isStale } from './failure.ts'
import type { Line } from './line.ts'
import type { Session } from './session.ts'

export interface Connection {
  /**
   * Does the work; several may be under way. Rejects when it takes longer than `limitMs` (that of the connection unless
   * given), and so does whatever else is under way then: nobody knows how far it came.
   */
  use<T>(work: (session: Session) => Promise<T>, limitMs?: number): Promise<T>
  /** Throws away what is there; the next use makes it anew. */
  discard(): void
  /** Lets finish what is under way, for five seconds at most. */
  close(): Promise<void>
}

const closeSeconds = 5

/** A connection that is being made, or is made. */
interface Call {
  readonly ready: Promise<Line>
  /** The newest one that was tried. */
  line: Line | undefined
  isMade: boolean
  isThrownAway: boolean
  /** Said in the place of the error that comes of throwing it away. */
  reason: Error | undefined
  /** Rejects when it is thrown away: postgres.js leaves some of those waiting whose statements were not yet sent. */
  readonly end: PromiseWithResolvers<never>
}

/** Throws a `StorageOpenError` that shows nothing of an address which cannot be used. */
export function databaseAddress(url: string): DatabaseAddress {
  const read = readAddress(url)
  if ('address' in read) return read.address
  throw new StorageOpenError(`The address of the database cannot be used. ${read.problem}`)
}

/** Connects when it is first used. What is learnt of a pooler is shared with the other connections to the address. */
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

  /** Throws it away when the time is over. Gives what calls that off. */
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
        // Whoever else has sent something on it may do so again: a connection writes for one at a time.
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
      // Before it is made there is nothing to finish.
      if (call?.isMade) await call.line?.end(closeSeconds)
      if (call !== undefined) discard(call)
    },
  }
}

/** Gives a transaction what a session has from its start, since a pooler gives the session to others. */
export function beginWith(parameters: DatabaseAddress['parameters'], begin = 'begin'): string {
  const set = Object.entries(parameters).map(
    ([name, value]) => `pg_catalog.set_config(${quoted(name)}, ${quoted(value)}, true)`,
  )
  return `${begin}; select ${set.join(', ')}`
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
