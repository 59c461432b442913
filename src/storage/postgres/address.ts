/**
 * Reads the address of a PostgreSQL database, in the form of libpq. It may contain a password, so messages show only names of
 * parameters: any unreadable part may belong to a password that is not percent-encoded.
 */
import { isIP } from 'node:net'
import {
  knownParameters,
  millisecondsOf,
  readServerOptions,
  refusedParameters,
  requiredButNot,
  serverParameters,
} from './parameters.ts'

export interface DatabaseAddress {
  /** For messages: without user, password and parameters. */
  readonly name: string
  /** The certificate of the server must name this host. */
  readonly host: string
  /** The place to connect to: a network address, or the path of a socket. */
  readonly place: { readonly host: string; readonly port: number } | { readonly path: string }
  /** Missing parts come from PGUSER or the system, PGPASSWORD, and PGDATABASE or the name of the user. */
  readonly user?: string
  readonly password?: string
  readonly database?: string
  readonly applicationName?: string
  readonly tls: DatabaseTls
  readonly connectTimeoutMs?: number
  /** How long a connection may be silent, in milliseconds; `undefined`: forever. */
  readonly keepAliveMs: number | undefined
  /** Parameters of the server, including time limits. */
  readonly parameters: Readonly<Record<string, string>>
  readonly statementTimeoutMs: number
  /** Whether the server keeps prepared statements; `undefined`: unless there is a pooler. */
  readonly prepares: boolean | undefined
}

/** When a connection is encrypted. */
export type TlsUse = 'never' | 'offered' | 'always'

export interface DatabaseTls {
  /** The ways to try, in order. */
  readonly uses: readonly TlsUse[]
  /** The checks of the certificate. */
  readonly verifies: 'nothing' | 'authority' | 'host'
  /** Starts TLS without asking the server first. */
  readonly isDirect: boolean
  readonly sendsName: boolean
  /** Files. The authority `system` stands for those that the system trusts; without one, Node.js decides. */
  readonly authority?: string
  readonly certificate?: string
  readonly key?: string
  readonly passphrase?: string
  readonly minVersion?: TlsVersion
  readonly maxVersion?: TlsVersion
}

type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'

const defaultPort = 5432
/** How long a statement may run or wait for a lock, in milliseconds, unless the address sets `statement_timeout`. */
const statementTimeoutMs = 8000
/** After so long a silence, in milliseconds, the system checks that the peer of a connection is still there. */
const keepAliveSeconds = 30

const encoding =
  'In a user name, a password and a parameter these characters are percent-encoded: / as %2F, ? as %3F, # as %23, @ as %40, : as %3A, % as %25, & as %26'

class AddressProblem extends Error {}

/** Reads the address, or returns its faults as sentences. */
export function readAddress(
  text: string,
): { readonly address: DatabaseAddress } | { readonly problem: string } {
  try {
    return { address: addressOf(text.trim()) }
  } catch (error) {
    if (error instanceof AddressProblem) return { problem: `${error.message}.` }
    throw error
  }
}

function addressOf(text: string): DatabaseAddress {
  const { userInfo, hostAndPort, database, query } = partsOf(text)
  const authority = readHostAndPort(hostAndPort)
  readPort(authority.port)
  // Without a user and a database, the apparent port may be the start of a password.
  const given = parametersOf(query, userInfo !== undefined || authority.port === '' || database !== '')
  const host = given.get('host') ?? (authority.host || 'localhost')
  if (given.has('host') && authority.host !== '') refuseAddress('It names the host twice')
  const port = readPort(given.get('port') ?? authority.port)
  const [user, password] = userInfo === undefined ? [] : splitAt(userInfo, ':')
  const isSocket = host.startsWith('/')
  if (!isSocket && !isHost(host)) refuseAddress(`Its host is none: it names one. ${encoding}`)
  const address = given.get('hostaddr') ?? host
  if (given.has('hostaddr') && isIP(address) === 0) refuseAddress('hostaddr takes an IP address')
  const databaseName = given.get('dbname') ?? decoded(database)
  const shownHost = isIP(host) === 6 ? `[${host}]` : host
  return {
    name: `postgres://${isSocket ? '' : `${shownHost}:${port}`}/${databaseName}${isSocket ? `?host=${host}` : ''}`,
    host,
    place: isSocket ? { path: `${host}/.s.PGSQL.${port}` } : { host: address, port },
    ...textsOf({
      user: given.get('user') ?? decoded(user),
      password: given.get('password') ?? decoded(password),
      database: databaseName,
      applicationName: given.get('application_name') ?? given.get('fallback_application_name'),
    }),
    tls: tlsOf(given, isSocket),
    ...(given.has('connect_timeout') && { connectTimeoutMs: 1000 * Number(given.get('connect_timeout')) }),
    keepAliveMs:
      given.get('keepalives') === '0'
        ? undefined
        : 1000 * Number(given.get('keepalives_idle') ?? keepAliveSeconds),
    ...limitsOf(given),
    prepares: given.has('prepared_statements') ? given.get('prepared_statements') === 'true' : undefined,
  }
}

/** Leaves out absent and empty values. */
function textsOf<Texts extends Readonly<Record<string, string | undefined>>>(
  texts: Texts,
): { [Key in keyof Texts]?: NonNullable<Texts[Key]> } {
  const found: { [Key in keyof Texts]?: NonNullable<Texts[Key]> } = {}
  for (const key in texts) if (texts[key]) found[key] = texts[key]
  return found
}

function partsOf(text: string) {
  if (/^jdbc:/i.test(text))
    refuseAddress('Leave out jdbc: in front; user and password stand before the host, USER:PASSWORD@HOST')
  const found = /^postgres(?:ql)?:\/\/([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/is.exec(text)
  if (found === null) refuseAddress('It does not begin with postgres:// or postgresql://')
  const [, authority = '', database = '', query = ''] = found
  // An @ behind the host, or a # anywhere, means that the host is not where it seems to be.
  if (text.includes('#') || /[/@]/.test(database) || query.includes('@'))
    refuseAddress(`Its parts cannot be told from each other. ${encoding}`)
  const [hostAndPort = '', userInfo] = splitAtLast(authority, '@')
  return { userInfo, hostAndPort, database, query }
}

function readHostAndPort(text: string): { host: string; port: string } {
  if (text.includes(',')) refuseAddress('It names several hosts, and one is taken')
  const found = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::([^:]*))?$/.exec(text)
  if (found === null) refuseAddress(`Its host and port cannot be told from each other. ${encoding}`)
  if (found[1] !== undefined && isIP(found[1]) !== 6) refuseAddress('What stands in [ ] is no IPv6 address')
  return { host: decoded(found[1] ?? found[2]), port: decoded(found[3]) }
}

function readPort(text: string): number {
  if (text === '') return defaultPort
  if (!/^\d{1,5}$/.test(text) || Number(text) < 1 || Number(text) > 65_535)
    refuseAddress(`Its port is no number from 1 to 65535. ${encoding}`)
  return Number(text)
}

function isHost(text: string): boolean {
  if (text.includes(',')) refuseAddress('It names several hosts, and one is taken')
  return isIP(text) !== 0 || /^[^\s/?#@:[\]\\%]+$/.test(text)
}

function parametersOf(query: string, isQuery: boolean): Map<string, string> {
  const found = new Map<string, string>()
  // Text after a password in a query may be part of the password.
  const mayShow = isQuery && !/(?:^|&)(?:ssl)?password=/i.test(query)
  for (const part of query.split('&').filter((part) => part !== '')) {
    const [name = '', value] = splitAt(part, '=').map(decoded)
    const shown = mayShow && /^\w{1,40}$/.test(name) ? name : 'One of its parameters'
    const refused = Object.hasOwn(refusedParameters, name) ? refusedParameters[name] : undefined
    if (refused !== undefined) refuseAddress(`${shown} is not taken: ${refused}`)
    const form = Object.hasOwn(knownParameters, name) ? knownParameters[name] : undefined
    if (form === undefined)
      refuseAddress(
        `${shown} is no parameter of an address. One of the server is written as options=-c%20NAME%3DVALUE`,
      )
    if (found.has(name)) refuseAddress(`${name} stands there twice`)
    if (value === undefined || !form.fits(value)) {
      const why = requiredButNot[name] === undefined ? '' : `: ${requiredButNot[name]}`
      refuseAddress(`${name} takes ${form.takes}${why}`)
    }
    found.set(name, value)
  }
  return found
}

function limitsOf(given: ReadonlyMap<string, string>) {
  const ofOptions = readServerOptions(given.get('options') ?? '')
  if (ofOptions === undefined)
    refuseAddress('options takes parameters of the server, -c%20NAME%3DVALUE, separated by %20')
  const named = serverParameters.flatMap((name): [string, string][] => {
    const value = given.get(name)
    return value === undefined ? [] : [[name, value]]
  })
  const own = { ...ofOptions, ...Object.fromEntries(named) }
  const timeoutMs = millisecondsOf(own.statement_timeout ?? '') ?? statementTimeoutMs
  const parameters = {
    statement_timeout: String(timeoutMs),
    lock_timeout: String(Math.ceil(timeoutMs / 2)),
    idle_in_transaction_session_timeout: String(timeoutMs),
    ...own,
  }
  return { parameters, statementTimeoutMs: timeoutMs }
}

function tlsOf(given: ReadonlyMap<string, string>, isSocket: boolean): DatabaseTls {
  const authority = given.get('sslrootcert')
  const mode = sslModeOf(given)
  if (authority === 'system' && mode !== 'verify-full')
    refuseAddress(
      'sslrootcert=system needs sslmode=verify-full: anybody has a certificate that the system trusts',
    )
  if (given.has('sslcert') !== given.has('sslkey')) refuseAddress('sslcert and sslkey need each other')
  const encrypted = ['sslrootcert', 'sslcert', 'sslpassword', 'sslnegotiation'].find((name) =>
    given.has(name),
  )
  if (mode === 'disable' && encrypted !== undefined)
    refuseAddress(`${encrypted} needs sslmode: without it nothing is encrypted`)
  const isDirect = given.get('sslnegotiation') === 'direct'
  if (isDirect && tlsUses[mode].length > 1)
    refuseAddress('sslnegotiation=direct needs sslmode=require, verify-ca or verify-full')
  return {
    // PostgreSQL does not encrypt local sockets, and nobody can listen in there.
    uses: isSocket ? ['never'] : tlsUses[mode],
    // As libpq does: a named authority is checked.
    verifies: mode === 'verify-full' ? 'host' : mode === 'verify-ca' || authority ? 'authority' : 'nothing',
    isDirect,
    sendsName: given.get('sslsni') !== '0',
    ...textsOf({
      authority,
      certificate: given.get('sslcert'),
      key: given.get('sslkey'),
      passphrase: given.get('sslpassword'),
      minVersion: given.get('ssl_min_protocol_version') as TlsVersion | undefined,
      maxVersion: given.get('ssl_max_protocol_version') as TlsVersion | undefined,
    }),
  }
}

const tlsUses = {
  disable: ['never'],
  allow: ['never', 'always'],
  prefer: ['offered', 'never'],
  require: ['always'],
  'verify-ca': ['always'],
  'verify-full': ['always'],
} as const satisfies Record<string, readonly TlsUse[]>

function sslModeOf(given: ReadonlyMap<string, string>): keyof typeof tlsUses {
  if (given.has('ssl') && given.has('sslmode')) refuseAddress('ssl and sslmode exclude each other')
  if (given.get('ssl') === 'true') return 'require'
  if (given.get('sslrootcert') === 'system' && !given.has('sslmode') && !given.has('ssl'))
    return 'verify-full'
  return (given.get('sslmode') ?? 'disable') as keyof typeof tlsUses
}

function splitAt(text: string, mark: string): string[] {
  const at = text.indexOf(mark)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}

/** Splits at the last mark: the part behind it, then the part before it. */
function splitAtLast(text: string, mark: string): string[] {
  const at = text.lastIndexOf(mark)
  return at < 0 ? [text] : [text.slice(at + 1), text.slice(0, at)]
}

function decoded(text = ''): string {
  let plain = ''
  try {
    plain = decodeURIComponent(text)
  } catch (cause) {
    throw new AddressProblem(`A % in it begins no percent-encoded character. ${encoding}`, { cause })
  }
  if (plain.includes('\0')) refuseAddress('It has a %00, which no part of it may hold')
  return plain
}

function refuseAddress(problem: string): never {
  throw new AddressProblem(problem)
}
