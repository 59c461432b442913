/** Provides the certificate of a server and its renewals. Gets time and files from the caller. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { issueServerCertificate, type KeyPair } from './authority.ts'

export interface Certificates {
  /** The one to show now. */
  readonly current: KeyPair
  /**
   * Looks for a new one, or makes it when its time has come; true when `current` is another one then. Throws a plain
   * error when the new one is of no use: `current` stays.
   */
  refresh(now: number): boolean
  /** When it is worth looking again. */
  nextLookAt(now: number): number
}

const dayMs = 24 * 3_600_000
/** Long before it lapses, so that a service that cannot make a new one has time to say so. */
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
    // Under an authority that lapses soon, a new certificate lasts no longer than the old one.
    nextLookAt: (at) => Math.max(lapsesAt(current) - renewBeforeMs, at + dayMs),
  }
}

/** Given from outside: `read` is called once a minute, and what it gives is taken when it has changed. */
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
  if (lapsesAt(authority) <= now + dayMs) throw new Error('The certificate authority has lapsed.')
  return now
}

/** Refuses what the server could not show: no PEM, or a key of another certificate. */
function requireUsable(pair: KeyPair): KeyPair {
  // An empty file, such as one that is just being written, would pass for no certificate below.
  new X509Certificate(pair.certificate)
  createPrivateKey(pair.key)
  createSecureContext({ cert: pair.certificate, key: pair.key })
  return pair
}
