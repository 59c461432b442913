/**
 * Whether a browser sent a request for the page of another origin, and which such pages may use the API all the same.
 * Why, and what each browser says: docs/decisions/0103-hosts-and-origins.md.
 */
import type { IncomingHttpHeaders } from 'node:http'

/**
 * Whether the request comes from a page of another origin. A browser says so by `Sec-Fetch-Site`, which no page can
 * set; one that does not (it is old, or the address is neither loopback nor HTTPS) names the page's own origin by
 * `Origin`. What is no browser says neither.
 */
export function isForeign(headers: IncomingHttpHeaders, authority: string | undefined): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  return headers.origin !== undefined && !isOriginOf(headers.origin, authority)
}

/** Whether the browser opens the address for a person, who has followed a link or was sent on. It shows no other page the answer. */
export function isNavigation(method: string | undefined, headers: IncomingHttpHeaders): boolean {
  const isRead = method === 'GET' || method === 'HEAD'
  return (
    isRead &&
    headers['sec-fetch-mode'] === 'navigate' &&
    (headers['sec-fetch-dest'] ?? 'document') === 'document'
  )
}

/** Reads the list of the setting, with commas between. */
export function readOrigins(list: string | undefined): ReadonlySet<string> {
  return new Set((list ?? '').split(',').flatMap((text) => canonicalOrigin(text.trim()) ?? []))
}

/** The origin as a browser writes it; `undefined` for what is no origin. Not all are of the web: `capacitor://localhost`. */
export function canonicalOrigin(text: string): string | undefined {
  if (!/^[a-z][a-z\d+.-]*:\/\/[^\s/?#@,*\\]+$/i.test(text) || !URL.canParse(text)) return undefined
  const { origin } = new URL(text)
  return origin === 'null' ? text.toLowerCase() : origin
}

/** Whatever the scheme: a proxy may have ended TLS, and two schemes never share a port. */
function isOriginOf(origin: string, authority: string | undefined): boolean {
  if (authority === undefined || !URL.canParse(origin)) return false
  const { protocol, host } = new URL(origin)
  const own = `${protocol}//${authority}`
  return host !== '' && URL.canParse(own) && new URL(own).host === host
}
