/** The meaning of errors from PostgreSQL, and on the way to it. Source of the codes: PostgreSQL, "PostgreSQL Error Codes". */
import { Refusal, refuse } from '../../model/refusal.ts'
import { unitGone } from '../engine/driver.ts'
import { StorageOpenError } from '../engine/storage-open-error.ts'

/** Connecting failed, or the connection is gone with all its pending work: it is unknown how far that came. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost'
  /** The code of the server, of the socket or of the driver. */
  readonly code: string
  /** A retry does not help: a wrong password or certificate, a missing database. */
  readonly isForOperator: boolean

  constructor(cause: unknown) {
    super(messageOf(cause), { cause })
    this.code = codeOf(cause)
    this.isForOperator = !mendsItself(cause)
  }
}

/** Returns the SQLSTATE of the server, or the code of postgres.js or of the socket. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

export function connectionError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code })
}

/** Turns any failure to connect into one error. */
export function notConnected(error: unknown): ConnectionLost {
  return error instanceof ConnectionLost ? error : new ConnectionLost(error)
}

/** Whether an error ends the connection: all but a refusal and an error of the server for one statement. */
export function endsConnection(error: unknown): boolean {
  return !(error instanceof Refusal) && !isOfStatement(error)
}

/** Turns an error that means the end of a connection into a `ConnectionLost`; returns others unchanged. */
export function asLost(error: unknown): Error {
  if (error instanceof ConnectionLost || !(error instanceof Error)) return error as Error
  const isGone = /^(CONNECT|ERR_(SSL|TLS|STREAM)|E(?!RR_)[A-Z_]+$|08|57P0|25P0[34])/.test(codeOf(error))
  return isGone || isFatal(error) ? new ConnectionLost(error) : error
}

/** No listener, no answer or a hang-up; or the server or a pooler starts, stops, or has no connection, memory or disk left. */
function mendsItself(error: unknown): boolean {
  const code = codeOf(error)
  if (code === '08P01') return !ofPooler.test(messageOf(error))
  return /^(CONNECT|E(?!RR_|PROTO)[A-Z_]+$|08|25006|25P0|53|55|57|58)/.test(code)
}

/** Permanent failures that PgBouncer reports under a general code. */
const ofPooler =
  /does not exist|no such|authentication failed|login rejected|startup parameter|not allowed|SSL required/i

/** The server rejects the start parameters, as a pooler does that does not know them. */
export function refusesParameters(error: unknown): boolean {
  return (
    ['08P01', '0A000'].includes(codeOf(error)) &&
    /startup parameter|_timeout|search_path/.test(messageOf(error))
  )
}

/** The server rejects connections without TLS, or with it. */
export function refusesAccess(error: unknown): boolean {
  return codeOf(error) === '28000'
}

/**
 * The server no longer accepts a prepared statement: the schema has changed, or a pooler has chosen another
 * session. Nothing was executed, and the connection is no longer usable.
 */
export class StaleStatement extends Error {
  override readonly name = 'StaleStatement'
  readonly code: string

  constructor(cause: unknown) {
    super(messageOf(cause), { cause })
    this.code = codeOf(cause)
  }
}

export function isStale(error: unknown): boolean {
  return error instanceof StaleStatement || isForgotten(error)
}

/** The session that answers has not prepared the statement. */
export function isForgotten(error: unknown): boolean {
  return ['26000', '42P05'].includes(codeOf(error))
}

function isOfStatement(error: unknown): boolean {
  return severityOf(error) === 'ERROR'
}

/** An older pooler reports this without a code of the protocol. */
function isFatal(error: unknown): boolean {
  return error instanceof Error && error.name === 'PostgresError' && !isOfStatement(error)
}

function severityOf(error: unknown): unknown {
  return error instanceof Error && 'severity' in error ? error.severity : undefined
}

/**
 * A deadlock, a serialization failure, a record that another write has added meanwhile, or a statement prepared
 * for an older schema or in another session: the same write may succeed when it runs again.
 */
export function isPassing(error: unknown): boolean {
  return ['40001', '40P01', '23505', '0A000'].includes(codeOf(error)) || isStale(error)
}

/** Lack of resources, lock and statement time-outs, shutdown, a standby where the primary was before a fail-over. */
export function unavailable(error: unknown): unknown {
  if (error instanceof Refusal) return error
  const code = codeOf(error)
  if (code === '23503') return unitGone(error)
  const isLost = error instanceof ConnectionLost
  if (!isLost && !isPassing(error) && !/^(25006|53|55P03|57|58)/.test(code)) return error
  return refuse('SERVICE_UNAVAILABLE', 'The storage cannot take this now.', {
    detail: `PostgreSQL: ${code} ${messageOf(error)}`,
    cause: error,
    retryAfterMs: 1000,
  })
}

/** The operator must correct what a retry does not. */
export function asOpenError(error: unknown): unknown {
  const known = error instanceof ConnectionLost && error.isForOperator ? error : unavailable(error)
  if (known instanceof Refusal) return known
  return new StorageOpenError(`The database cannot be used: ${messageOf(known)} (${codeOf(known)}).`, {
    cause: known,
  })
}
