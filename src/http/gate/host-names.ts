/**
 * Which host a request is for, and whether the service knows that host as one of its own. A page whose name is made to
 * lead to a loopback address sends its own name as the host: docs/decisions/0103-hosts-and-origins.md.
 */
import type { IncomingMessage } from 'node:http'
import { hostOfRegion, regions } from '../../model/region.ts'

export interface HostNameOptions {
  /** Where the service listens: an address, or a name of one. */
  readonly host?: string
  /** More names, with commas between; `*.example.com` stands for each name directly below. */
  readonly hostNames?: string
  /** Whether the service stands for the regional hosts of the real one. */
  readonly regions?: boolean
}

export interface RequestedHost {
  /** As `hostOf` gives it. */
  readonly host: string | undefined
  /** It is one of the service, or none is named: then it is no browser that asks. */
  readonly isKnown: boolean
}

/** Looks at the `HOST` or `HOST:PORT` that a request is for. */
export type HostNames = (authority: string | undefined) => RequestedHost

/** Hosts that are remembered as known, so that not every request is looked at anew. */
const rememberedMax = 100
const noHost: RequestedHost = { host: undefined, isKnown: true }

/** `holdsFor`: whether the certificate of the service is good for a host. */
export function createHostNames(options: HostNameOptions, holdsFor?: (name: string) => boolean): HostNames {
  const listed = (options.hostNames ?? '').split(',').map((name) => name.trim())
  const ofRegions = options.regions ? regions.map(hostOfRegion) : []
  const names = new Set([options.host ?? '', ...listed, ...ofRegions].map(canonicalName))
  const remembered = new Map<string, RequestedHost>()

  const isKnown = (host: string): boolean =>
    isLoopbackName(host) ||
    names.has(host) ||
    names.has(host.replace(/^[^.]+/, '*')) ||
    (holdsFor?.(host.replace(/^\[|\]$/g, '')) ?? false)

  return (authority) => {
    if (authority === undefined) return noHost
    const seen = remembered.get(authority)
    if (seen !== undefined) return seen
    const host = hostOf(authority)
    if (host === undefined || !isKnown(host)) return { host, isKnown: false }
    const known = { host, isKnown: true }
    if (remembered.size < rememberedMax) remembered.set(authority, known)
    return known
  }
}

/**
 * The host and port that the request is for: those of its target where that is a whole address, which goes before the
 * `Host` line (RFC 9112, section 3.2.2). `undefined` where it names none.
 */
export function authorityOf({ url = '', headers }: IncomingMessage): string | undefined {
  if (!url.startsWith('/')) {
    const inTarget = /^https?:\/\/([^/?#]*)/i.exec(url)?.[1]
    if (inTarget !== undefined) return inTarget
  }
  return headers[':authority']?.toString() ?? headers.host
}

/**
 * The host in `HOST` or `HOST:PORT`, in the one spelling that a browser would use: lower case, no dot at the end, an
 * address of IPv6 in brackets. `undefined` for what is no host.
 */
export function hostOf(authority: string): string | undefined {
  const host = /^(\[[\da-f:.]+\]|[^\s:/?#@\\[\]]+)(?::\d*)?$/i.exec(authority)?.[1]
  if (host === undefined || !URL.canParse(`http://${host}`)) return undefined
  return new URL(`http://${host}`).hostname.replace(/\.$/, '')
}

/** Whether the host is `localhost`, a name below it, or a loopback address. Nobody else can be reached by any of them. */
export function isLoopbackName(host: string): boolean {
  return /^(?:(?:.+\.)?localhost|127(?:\.\d+){3}|\[::1\]|\[::ffff:7f[\da-f]{2}:[\da-f]{1,4}\])$/.test(host)
}

function canonicalName(name: string): string {
  if (name.startsWith('*.')) return `*.${hostOf(name.slice(2)) ?? ''}`
  return hostOf(name.includes(':') ? `[${name}]` : name) ?? ''
}
