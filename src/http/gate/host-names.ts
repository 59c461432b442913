/**
 * Determines the host of a request, and whether it belongs to the service. A DNS rebinding page sends its own name as the
 * host: docs/decisions/0103-hosts-and-origins.md.
 */
import type { IncomingMessage } from 'node:http'
import { hostOfRegion, regions } from '../../model/region.ts'

export interface HostNameOptions {
  /** The address or name that the service listens at. */
  readonly host?: string
  /** More names, with commas between; `*.example.com` stands for each name directly below. */
  readonly hostNames?: string
  /** Whether the service answers for Amazon's regional hosts. */
  readonly regions?: boolean
}

export interface RequestedHost {
  /** See `hostOf`. */
  readonly host: string | undefined
  /** The host belongs to the service, or none is named, which no browser does. */
  readonly isKnown: boolean
}

/** Looks up the `HOST` or `HOST:PORT` of a request. */
export type HostNames = (authority: string | undefined) => RequestedHost

/** The most known hosts that are cached. */
const rememberedMax = 100
const noHost: RequestedHost = { host: undefined, isKnown: true }

/** `holdsFor`: whether the certificate of the service is valid for a host. */
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
 * Returns the host and port of the request: those of an absolute target if there is one, else of the
 * `Host` header (RFC 9112, section 3.2.2). `undefined` if there is neither.
 */
export function authorityOf({ url = '', headers }: IncomingMessage): string | undefined {
  if (!url.startsWith('/')) {
    const inTarget = /^https?:\/\/([^/?#]*)/i.exec(url)?.[1]
    if (inTarget !== undefined) return inTarget
  }
  return headers[':authority']?.toString() ?? headers.host
}

/**
 * Returns the host in `HOST` or `HOST:PORT` as a browser spells it: lower case, no final dot, IPv6 in brackets.
 * `undefined` for an invalid host.
 */
export function hostOf(authority: string): string | undefined {
  const host = /^(\[[\da-f:.]+\]|[^\s:/?#@\\[\]]+)(?::\d*)?$/i.exec(authority)?.[1]
  if (host === undefined || !URL.canParse(`http://${host}`)) return undefined
  return new URL(`http://${host}`).hostname.replace(/\.$/, '')
}

/** Whether the host is `localhost`, a name below it, or a loopback address. These always mean this machine. */
export function isLoopbackName(host: string): boolean {
  return /^(?:(?:.+\.)?localhost|127(?:\.\d+){3}|\[::1\]|\[::ffff:7f[\da-f]{2}:[\da-f]{1,4}\])$/.test(host)
}

function canonicalName(name: string): string {
  if (name.startsWith('*.')) return `*.${hostOf(name.slice(2)) ?? ''}`
  return hostOf(name.includes(':') ? `[${name}]` : name) ?? ''
}
