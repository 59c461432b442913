/**
 * Connects to PostgreSQL and tries the possible ways in order: with or without TLS, where the address leaves that open,
 * and without session parameters where a pooler rejects them.
 */
import type { DatabaseAddress, TlsUse } from './address.ts'
import { codeOf, notConnected, refusesAccess, refusesParameters } from './failure.ts'
import { type Line, openLine } from './line.ts'

/** The known facts about a pooler, such as PgBouncer, for all connections to the address. */
export interface Pooling {
  /** Each transaction may run in another session of the server, which other clients use too. */
  isPooled: boolean
  /** Whether prepared statements are kept. */
  prepares: boolean
}

export function pooling({ prepares }: DatabaseAddress): Pooling {
  return { isPooled: false, prepares: prepares ?? true }
}

export interface DialOptions {
  readonly address: DatabaseAddress
  readonly pooling: Pooling
  /** Called with each line that is tried; the last one is returned. */
  tried(line: Line): void
  /** Called when the line is no longer usable. */
  lost(reason?: Error): void
}

/** Rejects with a `ConnectionLost`. `uses`: the ways left to try. */
export async function dial(options: DialOptions, uses = options.address.tls.uses): Promise<Line> {
  const [tls = 'never', ...others] = uses
  try {
    return await dialWith(tls, options)
  } catch (error) {
    if (others.length > 0 && mayDoOtherwise(error)) return await dial(options, others)
    throw notConnected(error)
  }
}

/** A failure of TLS, or a server that rejects connections with TLS, or without. */
function mayDoOtherwise(error: unknown): boolean {
  return refusesAccess(error) || /^(ERR_SSL|ERR_TLS_(?!CERT)|EPROTO)/.test(codeOf(error))
}

async function dialWith(tls: TlsUse, options: DialOptions): Promise<Line> {
  const { address, pooling } = options
  const sendsParameters = !pooling.isPooled
  let isReady = false
  const line = openLine({
    address,
    tls,
    parameters: sendsParameters ? address.parameters : {},
    onClose: (reason) => {
      if (isReady) options.lost(reason)
    },
    onDoubt: options.lost,
  })
  options.tried(line)
  try {
    if (await line.ready) notePooler(options)
    isReady = true
    return line
  } catch (error) {
    line.cut()
    if (!sendsParameters || !refusesParameters(error)) throw error
    notePooler(options)
    return await dialWith(tls, options)
  }
}

/** Only the newest poolers support prepared statements, and they do not announce it. */
function notePooler({ address, pooling }: DialOptions): void {
  if (pooling.isPooled) return
  pooling.isPooled = true
  pooling.prepares = address.prepares ?? false
}

/** An unnoticed pooler has sent a statement to a session that has not prepared it. */
export function noteForgotten(pooling: Pooling): void {
  pooling.isPooled = true
  pooling.prepares = false
}
