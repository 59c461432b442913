/**
 * The first check of every request, the same on every route: valid HTTP, a host of this service, and an allowed origin.
 */
import type { IncomingMessage } from 'node:http'
import { refuse } from '../../model/refusal.ts'
import type { Guards } from '../engine/engine.ts'
import { Misdirected } from '../engine/error-reply.ts'
import { worldOf } from '../engine/exchange.ts'
import { type Caller, isLoopbackAddress, isOnThisMachine } from './caller.ts'
import type { ClientAddress } from './client-address.ts'
import { isOpenToPages, shareWith } from './cors.ts'
import { authorityOf, createHostNames, type HostNameOptions, isLoopbackName } from './host-names.ts'
import { isForeign, isNavigation, isOfOwnPage, readOrigins } from './origin.ts'

export interface GateOptions extends HostNameOptions {
  /** Origins whose pages may use the API, with commas between. */
  readonly corsOrigin?: string
}

export interface GateParts {
  /** Returns the address by which wrong secrets are counted. */
  readonly addressOf: ClientAddress
  /** Whether the certificate of the service is valid for a host. */
  readonly holdsFor?: (name: string) => boolean
}

/** The gate also sets the caller of each request. */
export function createGate(options: GateOptions, { addressOf, holdsFor }: GateParts): Guards['gate'] {
  const lookUpHost = createHostNames(options, holdsFor)
  const origins = readOrigins(options.corsOrigin)
  const isOnLoopback = listensOnLoopback(options.host)

  return (request, reply, config) => {
    const { raw } = request
    const authority = authorityOf(raw)
    const { host, isKnown } = lookUpHost(authority)
    const caller: Caller = {
      host,
      isHere: isKnown && isOnThisMachine(raw),
      isForeign: isForeign(raw.headers, authority),
      judgeGuess: (secret, isRight) => worldOf(request).guesses.judge(addressOf(raw), secret, isRight),
      refuseGuesser: (secret) => worldOf(request).guesses.refuse(addressOf(raw), secret),
    }
    request.caller = caller
    const fault = faultOf(raw)
    if (fault !== undefined) return fault
    if (!isKnown && (isOnLoopback(raw) || config?.isForOwnPages)) return new Misdirected(unknownHostMessage)
    if (origins.size > 0) reply.header('vary', 'origin')
    const { origin } = raw.headers
    if (origin !== undefined && origins.has(origin) && config && isOpenToPages(config)) {
      shareWith(reply, origin)
      return undefined
    }
    if (config?.hasCookie) return faultWithCookie(raw)
    // The page for a person checks origins itself.
    if (!caller.isForeign || config?.isPage || isNavigation(raw.method, raw.headers)) return undefined
    return refuse('FORBIDDEN', foreignMessage, { reason: 'origin' })
  }
}

/** Returns why a page of another origin could send the request, if one could. */
function faultWithCookie(raw: IncomingMessage): Error | undefined {
  if (!isOfOwnPage(raw.headers, authorityOf(raw)))
    return refuse('FORBIDDEN', foreignMessage, { reason: 'origin' })
  // Without a question before, pages of other origins send POST only with the types of forms, and no DELETE at all.
  if (raw.method === 'POST' && !/^application\/json\s*(?:;|$)/i.test(raw.headers['content-type'] ?? ''))
    return refuse('INVALID_PARAM', 'The content type of the request is not application/json.')
  return undefined
}

const unknownHostMessage =
  'The host of the request is not a name of this service. The setting host-names adds names.'
const foreignMessage =
  'The request comes from a page of another origin. The setting cors-origin allows origins.'

/** Returns the fault of the request, if it has one. */
function faultOf(raw: IncomingMessage): Error | undefined {
  const isHttp2 = 'stream' in raw
  if (!isHttp2 && raw.httpVersion !== '1.1' && raw.httpVersion !== '1.0')
    return refuse('INVALID_PARAM', `This connection uses HTTP/1.1, not HTTP/${raw.httpVersion}.`)
  const { host, ':authority': authority } = raw.headers
  // Node's own check is off, because it responds without a body.
  if (host === undefined && raw.httpVersion === '1.1')
    return refuse('INVALID_PARAM', 'The request has no Host header.', { reason: 'host' })
  // RFC 9112, section 3.2; RFC 9113, section 8.3.1.
  if (countHosts(raw.rawHeaders) > 1 || (authority !== undefined && host !== undefined && host !== authority))
    return refuse('INVALID_PARAM', 'The request has several hosts.', { reason: 'host' })
  if (raw.url?.includes('//') && /^[^?#]*\/\//.test(pathOf(raw)))
    return refuse('NOT_FOUND', 'There is nothing at this path.', { reason: 'path' })
  return undefined
}

function countHosts(rawHeaders: readonly string[]): number {
  let count = 0
  for (let index = 0; index < rawHeaders.length; index += 2)
    if (rawHeaders[index]?.length === 4 && rawHeaders[index]?.toLowerCase() === 'host') count += 1
  return count
}

function pathOf({ url = '' }: IncomingMessage): string {
  return url.replace(/^https?:\/\//i, '')
}

/**
 * Whether a connection arrived at a listener on loopback only. Clients of other listeners may know the service by any
 * name.
 */
function listensOnLoopback(host: string | undefined): (raw: IncomingMessage) => boolean {
  if (host === undefined) return () => false
  if (isLoopbackName(host.includes(':') ? `[${host}]` : host)) return () => true
  const isAddress = /^[\d.]+$|:/.test(host)
  return isAddress ? () => false : ({ socket }) => isLoopbackAddress(socket.localAddress)
}
