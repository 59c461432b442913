/** HTTPS: opens the certificates of the settings, presents them, and renews them while the service runs. */
import { X509Certificate } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { type TlsServers, tlsServers } from '../http/engine/tls-server.ts'
import type { Context, Log } from '../model/ports/context.ts'
import { hostOfRegion, regions } from '../model/region.ts'
import { writeWholeFile } from '../storage/sqlite/whole-file.ts'
import { type KeyPair, makeAuthority, namesBeyond } from '../tls/authority.ts'
import { type Certificates, givenCertificates, issuedCertificates } from '../tls/certificates.ts'
import { createOwnFetch } from '../tls/own-fetch.ts'
import { fileFault } from './file-fault.ts'
import { memoryFolder } from './secrets/data-folder.ts'
import { secretFile } from './secrets/secret-file.ts'
import type { Settings } from './settings/settings.ts'
import { cannotStart } from './start-error.ts'

/** The parts that only a service with HTTPS has. */
export interface Tls {
  readonly servers: TlsServers
  /** The certificate of the service's own authority, as PEM; `undefined` if the certificates come from the settings. */
  readonly authority: string | undefined
  /** Whether the current certificate is valid for a host name or an address. */
  holdsFor(name: string): boolean
  /** Calls the service itself. */
  readonly ownFetch: typeof fetch
  /** Renews the certificates until the signal aborts. */
  keepFresh(signal: AbortSignal): Promise<void>
}

type Effects = Pick<Context, 'now' | 'sleepUntil' | 'log'>

/** The hosts of the token endpoint and the authorize page of Login with Amazon, in all of its regions. */
const loginHosts = [
  'api.amazon.com',
  'www.amazon.com',
  'api.amazon.co.uk',
  'eu.account.amazon.com',
  'api.amazon.co.jp',
  'apac.account.amazon.com',
]
/** The names in every certificate of the service's own authority: this machine, and the hosts of Amazon's service. */
const ownNames = ['localhost', '127.0.0.1', '::1', ...regions.map(hostOfRegion), ...loginHosts]

/**
 * Reads the certificates of the settings, or opens the service's own authority; a missing one is created. The data folder
 * must be locked. Throws a `StartError`.
 */
export function openTls(settings: Settings, effects: Effects): Tls {
  const { tlsCert, tlsKey } = settings
  const isGiven = tlsCert !== undefined && tlsKey !== undefined
  const authority = isGiven ? undefined : openAuthority(settings, effects)
  const certificates =
    authority === undefined
      ? openGiven(tlsCert ?? '', tlsKey ?? '')
      : openIssued(authority, settings, effects.now())
  const servers = tlsServers(certificates.current)
  return {
    servers,
    authority: authority && certificateIn(authority.certificate),
    holdsFor: (name) => holdsFor(certificates.current.certificate, name),
    ownFetch: createOwnFetch(() => certificates.current.certificate),
    keepFresh: (signal) => keepFresh(certificates, servers, effects, signal),
  }
}

function holdsFor(certificate: string, name: string): boolean {
  const shown = new X509Certificate(certificate)
  return (isIP(name) === 0 ? shown.checkHost(name) : shown.checkIP(name)) !== undefined
}

/** One file has the certificate and the key; a second file has only the certificate, for clients. */
function openAuthority(settings: Settings, { now, log }: Effects): KeyPair {
  const { data } = settings
  const make = () => Object.values(makeAuthority(now(), namesOf(settings))).join('')
  if (data === memoryFolder) return readAuthority(make())
  const file = join(data, 'tls-authority')
  const publicFile = join(data, 'tls-ca.pem')
  const authority = readAuthority(secretFile(file, make, log), file)
  publish(publicFile, certificateIn(authority.certificate), log)
  return authority
}

function readAuthority(text: string, file = ''): KeyPair {
  try {
    new X509Certificate(text)
    return { certificate: text, key: text }
  } catch (error) {
    const what =
      'contains no certificate authority. Remove it, and the service creates a new one, which clients must then trust.'
    throw cannotStart('failure', `The file ${file} ${what}`, error)
  }
}

function publish(file: string, certificate: string, log: Log): void {
  try {
    if (!existsSync(file) || readFileSync(file, 'utf8') !== certificate)
      writeWholeFile(file, certificate, 0o644)
    log.info({ file }, `Clients that trust the certificate in ${file} trust this service`)
  } catch (error) {
    throw cannotStart('storage', `The file ${file} cannot be read or created: ${fileFault(error)}.`, error)
  }
}

function certificateIn(text: string): string {
  return new X509Certificate(text).toString()
}

function openIssued(authority: KeyPair, settings: Settings, now: number): Certificates {
  const names = namesOf(settings)
  const how = `Remove tls-authority and tls-ca.pem in ${settings.data}, and the service creates a new one, which clients must then trust.`
  const beyond = namesBeyond(authority, names)
  if (beyond.length > 0) {
    const which = beyond.join(', ')
    throw cannotStart('failure', `The certificate authority is not valid for the names ${which}. ${how}`)
  }
  try {
    return issuedCertificates(authority, names, now)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw cannotStart('failure', `${reason} ${how}`, error)
  }
}

/** Returns the names for the certificates. */
function namesOf({ tlsName }: Settings): string[] {
  const names = tlsName === undefined ? [] : tlsName.split(',').map((name) => name.trim().toLowerCase())
  return [...new Set([...ownNames, ...names])]
}

function openGiven(certificate: string, key: string): Certificates {
  try {
    return givenCertificates(() => ({
      certificate: readFileSync(certificate, 'utf8'),
      key: readFileSync(key, 'utf8'),
    }))
  } catch (error) {
    const files = `${certificate} (tls-cert) and ${key} (tls-key)`
    throw cannotStart('usage', `The files ${files} cannot be used: ${fileFault(error)}.`, error)
  }
}

async function keepFresh(
  certificates: Certificates,
  servers: TlsServers,
  { now, sleepUntil, log }: Effects,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    await sleepUntil(certificates.nextLookAt(now()), signal)
    if (signal.aborted) return
    try {
      if (!certificates.refresh(now())) continue
      servers.use(certificates.current)
      log.info({}, 'The server uses a new certificate')
    } catch (error) {
      log.error({ err: error }, 'The certificate could not be renewed; the old one stays in use')
    }
  }
}
