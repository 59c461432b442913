/**
 * Makes a connection to PostgreSQL, in one way after the other: with TLS or without, where the address leaves that open,
 * and without the parameters of the session where a pooler does not take them.
 */
import type { DatabaseAddress, TlsUse } from './address.ts'
import { codeOf, notConnected, refusesAccess, refusesParameters } from './failure.ts'
import { type Line, openLine } from './line.ts'

/** What was learnt of a pooler in between, such as PgBouncer. It holds for all connections to the address. */
export interface Pooling {
  /** Two transactions may be at two sessions of the server, which are others' before and after. */
  isPooled: boolean
  /** Whether statements are prepared for the next time. */
  prepares: boolean
}

export function pooling({ prepares }: DatabaseAddress): Pooling {
  return { isPooled: false, prepares: prepares ?? true }
}

export interface DialOptions {
  readonly address: DatabaseAddress
  readonly pooling: Pooling
  /** Told of each line that is tried; the last one is the one that is given. */
  tried(line: Line): void
  /** That one is of no use any more. */
  lost(reason?: Error): void
}

/** Rejects with a `ConnectionLost`. `uses`: what is left to be tried. */
export async function dial(options: DialOptions, uses = options.address.tls.uses): Promise<Line> {
  const [tls = 'never', ...others] = uses
  try {
    return await dialWith(tls, options)
  } catch (error) {
    if (others.length > 0 && mayDoOtherwise(error)) return await dial(options, others)
    throw notConnected(error)
  }
}

/** A failure of TLS, or a server that lets nobody in who comes with it, or without. */
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

/** Only the newest of them can follow prepared statements, and it does not say so. */
function notePooler({ address, pooling }: DialOptions): void {
  if (pooling.isPooled) return
  pooling.isPooled = true
  pooling.prepares = address.prepares ?? false
}

/** A pooler that has not shown itself has sent a statement to another session than the one that has it prepared. */
export function noteForgotten(pooling: Pooling): void {
  pooling.isPooled = true
  pooling.prepares = false
}
