import type { IncomingMessage } from 'node:http'
import type { Guesses } from '../../model/ports/guesses.ts'

/** The sender of a request, judged by the connection and the head of the request. */
export interface Caller extends Guesses {
  /** The host that the request is for, see `hostOf`. */
  readonly host: string | undefined
  /**
   * The request comes from this machine: both ends of the connection have a loopback address, no proxy headers are present,
   * and the service knows the host. The clients of the demo catalog, whose secret is public, work only then.
   */
  readonly isHere: boolean
  /** A browser sent the request for a page of another origin. */
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

/** Proxies on this machine also connect from it, but add headers about the real client. */
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
