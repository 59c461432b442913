/** Provides the certificate of a server and its renewals. Gets time and files from the caller. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { issueServerCertificate, type KeyPair } from './authority.ts'

export interface Certificates {
  /** The certificate to present now. */
  readonly current: KeyPair
  /**
   * Looks for a new certificate, or issues one when it is due; returns whether `current` changed. Throws a plain error
   * if the new one is invalid, and keeps `current`.
   */
  refresh(now: number): boolean
  /** When to call `refresh` next. */
  nextLookAt(now: number): number
}

const dayMs = 24 * 3_600_000
/** Early enough that a service that cannot renew has time to report it. */
const renewBeforeMs = 30 * dayMs
const lookEveryMs = 60_000

/** Issues certificates by an authority of its own, a new one a month before expiry. Throws when the authority has expired. */
export function issuedCertificates(authority: KeyPair, names: readonly string[], now: number): Certificates {
  let current = issueServerCertificate(authority, names, requireLasting(authority, now))
  return {
    get current() {
      return current
    },
    refresh(at) {
      if (at < lapsesAt(current) - renewBeforeMs) return false
      current = issueServerCertificate(authority, names, requireLasting(authority, at))
      return true
    },
    // When the authority expires soon, a new certificate lasts no longer than the old one.
    nextLookAt: (at) => Math.max(lapsesAt(current) - renewBeforeMs, at + dayMs),
  }
}

/** Uses certificates from outside: calls `read` once a minute and takes its result when it has changed. */
export function givenCertificates(read: () => KeyPair): Certificates {
  let current = requireUsable(read())
  return {
    get current() {
      return current
    },
    refresh() {
      const given = read()
      if (given.certificate === current.certificate && given.key === current.key) return false
      current = requireUsable(given)
      return true
    },
    nextLookAt: (at) => at + lookEveryMs,
  }
}

function lapsesAt({ certificate }: KeyPair): number {
  return Date.parse(new X509Certificate(certificate).validTo)
}

function requireLasting(authority: KeyPair, now: number): number {
  if (lapsesAt(authority) <= now + dayMs) throw new Error('The certificate authority has expired.')
  return now
}

/** Refuses a pair that the server could not present: invalid PEM, or a key of another certificate. */
function requireUsable(pair: KeyPair): KeyPair {
  // An empty file, such as one that is being written, would pass the check below.
  new X509Certificate(pair.certificate)
  createPrivateKey(pair.key)
  createSecureContext({ cert: pair.certificate, key: pair.key })
  return pair
}
