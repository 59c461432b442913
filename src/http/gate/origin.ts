/**
 * Detects requests that a browser sent for a page of another origin, and allows listed origins.
 * Reasons and the headers of browsers: docs/decisions/0103-hosts-and-origins.md.
 */
import type { IncomingHttpHeaders } from 'node:http'

/**
 * Whether the request comes from a page of another origin. A browser reports it in `Sec-Fetch-Site`, which no page can
 * set. An old browser, or one at an address that is neither loopback nor HTTPS, sends the page's origin in `Origin`. Other
 * clients send neither.
 */
export function isForeign(headers: IncomingHttpHeaders, authority: string | undefined): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  return headers.origin !== undefined && !isOriginOf(headers.origin, authority)
}

/** Whether the request comes from a page of this service or from a client that is no browser, and not from an address that was typed. */
export function isOfOwnPage(headers: IncomingHttpHeaders, authority: string | undefined): boolean {
  return headers['sec-fetch-site'] !== 'none' && !isForeign(headers, authority)
}

/** Whether the browser opens the address as a page, after a link or a redirect. No other page can read the response. */
export function isNavigation(method: string | undefined, headers: IncomingHttpHeaders): boolean {
  const isRead = method === 'GET' || method === 'HEAD'
  return (
    isRead &&
    headers['sec-fetch-mode'] === 'navigate' &&
    (headers['sec-fetch-dest'] ?? 'document') === 'document'
  )
}

/** Reads the list of the setting, separated by commas. */
export function readOrigins(list: string | undefined): ReadonlySet<string> {
  return new Set((list ?? '').split(',').flatMap((text) => canonicalOrigin(text.trim()) ?? []))
}

/** Returns the origin as a browser writes it; `undefined` for an invalid origin. Apps have others, too: `capacitor://localhost`. */
export function canonicalOrigin(text: string): string | undefined {
  if (!/^[a-z][a-z\d+.-]*:\/\/[^\s/?#@,*\\]+$/i.test(text) || !URL.canParse(text)) return undefined
  const { origin } = new URL(text)
  return origin === 'null' ? text.toLowerCase() : origin
}

/** Returns an address of this service without its origin, and any other text unchanged. */
export function ownPath(address: string, authority: string | undefined): string {
  if (!/^https?:/i.test(address) || !isOriginOf(address, authority)) return address
  const { pathname, search, hash } = new URL(address)
  return pathname + search + hash
}

/** Ignores the scheme: a proxy may have ended TLS, and two schemes never share a port. */
function isOriginOf(origin: string, authority: string | undefined): boolean {
  if (authority === undefined || !URL.canParse(origin)) return false
  const { protocol, host } = new URL(origin)
  const own = `${protocol}//${authority}`
  return host !== '' && URL.canParse(own) && new URL(own).host === host
}
