import type { IncomingMessage } from 'node:http'

/** Proxies on this machine connect from it, too, but they say that they speak for somebody else. */
const forwardingHeaders = ['forwarded', 'x-forwarded-for', 'x-real-ip'] as const

/**
 * Whether the caller is on this machine: both ends of the connection have a loopback address, and no proxy says that it
 * passes the request on. The clients of the demo catalog, whose secret everybody knows, work only then.
 */
export function isLoopbackRequest({ socket, headers }: IncomingMessage): boolean {
  return (
    isLoopbackAddress(socket.remoteAddress) &&
    isLoopbackAddress(socket.localAddress) &&
    forwardingHeaders.every((name) => headers[name] === undefined)
  )
}

function isLoopbackAddress(address: string | undefined): boolean {
  return address !== undefined && /^(?:::ffff:)?127\.|^::1$/.test(address)
}
