/** What an error on the way to PostgreSQL, or from it, means. Source of the codes: PostgreSQL, "PostgreSQL Error Codes". */
import { Refusal, refuse } from '../../model/refusal.ts'
import { unitGone } from '../engine/driver.ts'
import { StorageOpenError } from '../engine/storage-open-error.ts'

/** The connection could not be made, or is gone with all that was under way on it: nobody knows how far it came. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost'
  /** Of the server, of the socket or of the driver. */
  readonly code: string
  /** Waiting does not mend it: a wrong password or certificate, a database that is not there. */
  readonly isForOperator: boolean

  constructor(cause: unknown) {
    super(messageOf(cause), { cause })
    this.code = codeOf(cause)
    this.isForOperator = !mendsItself(cause)
  }
}

/** SQLSTATE of the server, or the code of postgres.js or of the socket. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

export function connectionError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code })
}

/** Of whatever kept a connection from being made. */
export function notConnected(error: unknown): ConnectionLost {
  return error instanceof ConnectionLost ? error : new ConnectionLost(error)
}

/** All but a refusal, and an error that the server told of one statement: after those the next one may go well. */
export function endsConnection(error: unknown): boolean {
  return !(error instanceof Refusal) && !isOfStatement(error)
}

/** An error that tells of the end of a connection as that; another one as it is. */
export function asLost(error: unknown): Error {
  if (error instanceof ConnectionLost || !(error instanceof Error)) return error as Error
  const isGone = /^(CONNECT|ERR_(SSL|TLS|STREAM)|E(?!RR_)[A-Z_]+$|08|57P0|25P0[34])/.test(codeOf(error))
  return isGone || isFatal(error) ? new ConnectionLost(error) : error
}

/** Nobody listens, hangs up or answers; the server or a pooler has no connection, memory or disk left, or starts or stops. */
function mendsItself(error: unknown): boolean {
  const code = codeOf(error)
  if (code === '08P01') return !ofPooler.test(messageOf(error))
  return /^(CONNECT|E(?!RR_|PROTO)[A-Z_]+$|08|25006|25P0|53|55|57|58)/.test(code)
}

/** What PgBouncer says under a code that stands for anything, of what does not pass. */
const ofPooler =
  /does not exist|no such|authentication failed|login rejected|startup parameter|not allowed|SSL required/i

/** A server that refuses the parameters of the start, as a pooler does which does not know them. */
export function refusesParameters(error: unknown): boolean {
  return (
    ['08P01', '0A000'].includes(codeOf(error)) &&
    /startup parameter|_timeout|search_path/.test(messageOf(error))
  )
}

/** A server that refuses who comes without TLS, or with it. */
export function refusesAccess(error: unknown): boolean {
  return codeOf(error) === '28000'
}

/**
 * The server does not take a statement any more that was prepared: the schema has changed, or a pooler has chosen another
 * session. Nothing was carried out; the connection is of no use any more.
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

/** The session that answers is not the one that has prepared the statement. */
export function isForgotten(error: unknown): boolean {
  return ['26000', '42P05'].includes(codeOf(error))
}

function isOfStatement(error: unknown): boolean {
  return severityOf(error) === 'ERROR'
}

/** A pooler that is older than the newest of its kind tells none in the language of the protocol. */
function isFatal(error: unknown): boolean {
  return error instanceof Error && error.name === 'PostgresError' && !isOfStatement(error)
}

function severityOf(error: unknown): unknown {
  return error instanceof Error && 'severity' in error ? error.severity : undefined
}

/**
 * Deadlock, serialization failure, a record that somebody else has added since this write looked for it, or a statement
 * that was prepared for an older schema or at another session: the same write may go well the next time, by what it sees then.
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

/** What is no matter of time is for the operator to put right. */
export function asOpenError(error: unknown): unknown {
  const known = error instanceof ConnectionLost && error.isForOperator ? error : unavailable(error)
  if (known instanceof Refusal) return known
  return new StorageOpenError(`The database cannot be used: ${messageOf(known)} (${codeOf(known)}).`, {
    cause: known,
  })
}
