/** The cookie with the secret of a session. Only the routes of sessions read it. */
import type { IncomingMessage } from 'node:http'
import { authorityOf, hostOf, isLoopbackName } from '../gate/host-names.ts'

const plainName = 'skillkeeper-session'
/** Browsers take a name with this prefix only over HTTPS, and from this host alone. */
const secureName = `__Host-${plainName}`
const secretForm = /^[A-Za-z0-9_-]{1,200}$/

/** Returns the secret; `undefined` if there is none, or if there are several, of which one may come from another server. */
export function readSessionCookie(request: IncomingMessage): string | undefined {
  const name = nameFor(request)
  const values = (request.headers.cookie ?? '')
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part.startsWith(`${name}=`))
    .map((part) => part.slice(name.length + 1))
  const [secret] = values
  return values.length === 1 && secret !== undefined && secretForm.test(secret) ? secret : undefined
}

/** Returns the header that gives a browser the cookie, without an end: it lasts as long as the browser, or the session. */
export function sessionCookie(request: IncomingMessage, secret: string): string {
  return cookie(request, secret, '')
}

/** Returns the header that takes it away. */
export function noSessionCookie(request: IncomingMessage): string {
  return cookie(request, '', '; Max-Age=0')
}

/** Returns the origin of the service as a browser sees it. */
export function originOf(request: IncomingMessage): string {
  return `${isPlain(request) ? 'http' : 'https'}://${authorityOf(request) ?? 'localhost'}`
}

function cookie(request: IncomingMessage, value: string, end: string): string {
  const secure = isPlain(request) ? '' : '; Secure'
  return `${nameFor(request)}=${value}; HttpOnly${secure}; SameSite=Strict; Path=/${end}`
}

function nameFor(request: IncomingMessage): string {
  return isPlain(request) ? plainName : secureName
}

/** Whether a browser sends it without TLS, which only loopback names may. Behind a proxy that ends TLS the name is another one. */
function isPlain(request: IncomingMessage): boolean {
  if (Reflect.get(request.socket, 'encrypted') === true) return false
  return isLoopbackName(hostOf(authorityOf(request) ?? 'localhost') ?? '')
}
