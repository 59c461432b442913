import type { IncomingMessage } from 'node:http'
import type { Guesses } from '../../model/ports/guesses.ts'

/** Who sends a request, as far as the connection and the head of the request tell. */
export interface Caller extends Guesses {
  /** The host that the request is for, see `hostOf`. */
  readonly host: string | undefined
  /**
   * On this machine: both ends of the connection have a loopback address, no proxy says that it passes the request on,
   * and the host is one that the service knows. The clients of the demo catalog, whose secret everybody knows, work only
   * then.
   */
  readonly isHere: boolean
  /** A browser sends it for a page of another origin. */
  readonly isForeign: boolean
}

declare module 'fastify' {
  interface FastifyRequest {
    /** `null` before the gate. */
    caller: Caller | null
  }
}

export function callerOf({ caller }: { readonly caller: Caller | null }): Caller {
  if (caller === null) throw new Error('The request has not passed the gate.')
  return caller
}

/** Proxies on this machine connect from it, too, but they say that they speak for somebody else. */
const forwardingHeaders = ['forwarded', 'x-forwarded-for', 'x-real-ip'] as const

export function isOnThisMachine({ socket, headers }: IncomingMessage): boolean {
  return (
    isLoopbackAddress(socket.remoteAddress) &&
    isLoopbackAddress(socket.localAddress) &&
    forwardingHeaders.every((name) => headers[name] === undefined)
  )
}

export function isLoopbackAddress(address: string | undefined): boolean {
  return address !== undefined && /^(?:::ffff:)?127\.|^::1$/.test(address)
}
