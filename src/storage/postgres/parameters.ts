/** The parameters behind the `?` in the address of a PostgreSQL database, with the names of libpq. */

/** The form of a parameter, and a check of values. */
export interface ParameterForm {
  readonly takes: string
  fits(value: string): boolean
}

const text: ParameterForm = { takes: 'a text that is not empty', fits: (value) => value !== '' }
const whole: ParameterForm = {
  takes: 'a whole number from 1 to 86400',
  fits: (value) => /^\d{1,5}$/.test(value) && Number(value) >= 1 && Number(value) <= 86_400,
}
const tlsVersion = oneOf('TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3')
const time: ParameterForm = {
  takes: 'a time of at most a day, such as 8000 (milliseconds) or 8s',
  fits: (value) => millisecondsOf(value) !== undefined,
}

export const sslModes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const

/** The accepted parameters. Where only one value is accepted, it is what Skillkeeper always does. */
export const knownParameters: Readonly<Record<string, ParameterForm>> = {
  host: text,
  hostaddr: text,
  port: text,
  user: text,
  password: text,
  dbname: text,
  application_name: text,
  fallback_application_name: text,
  client_encoding: { takes: 'UTF8', fits: (value) => /^utf-?8$/i.test(value) },
  options: text,
  connect_timeout: whole,
  keepalives: oneOf('0', '1'),
  keepalives_idle: whole,
  target_session_attrs: oneOf('any', 'read-write', 'primary'),
  load_balance_hosts: oneOf('disable'),
  channel_binding: oneOf('disable', 'prefer'),
  gssencmode: oneOf('disable', 'prefer'),
  ssl: oneOf('true', 'false'),
  sslmode: oneOf(...sslModes),
  sslnegotiation: oneOf('postgres', 'direct'),
  sslrootcert: text,
  sslcert: text,
  sslkey: text,
  sslpassword: text,
  sslsni: oneOf('0', '1'),
  sslcompression: oneOf('0'),
  ssl_min_protocol_version: tlsVersion,
  ssl_max_protocol_version: tlsVersion,
  prepared_statements: oneOf('true', 'false'),
  statement_timeout: {
    takes: `${time.takes}, and above 0`,
    fits: (value) => (millisecondsOf(value) ?? 0) > 0,
  },
  lock_timeout: time,
  idle_in_transaction_session_timeout: time,
  search_path: text,
}

/** The known parameters that go to the server. Other server parameters go into `options`. */
export const serverParameters = [
  'statement_timeout',
  'lock_timeout',
  'idle_in_transaction_session_timeout',
  'search_path',
] as const

const schema = 'the schema is named by search_path'
const pooler = 'a pooler is found by itself; prepared_statements=false is for one that is not'
const system = 'Node.js gives no way to set it; the system looks ten times, a second apart'

/** Common parameters that are not accepted, with the alternative. */
export const refusedParameters: Readonly<Record<string, string>> = {
  schema,
  currentSchema: schema,
  pgbouncer: pooler,
  prepareThreshold: pooler,
  statement_cache_size: pooler,
  keepalives_interval: system,
  keepalives_count: system,
  tcp_user_timeout:
    'Node.js gives no way to set it; statement_timeout bounds how long an answer is waited for',
  connection_limit: 'a node has up to six connections',
  pool_timeout: 'a node has up to six connections, and waits for them as long as statement_timeout says',
  service: 'the address says all of it',
  passfile: 'the password stands in the address, or in PGPASSWORD',
  requiressl: 'it has gone from PostgreSQL: write sslmode=require',
  sslcrl: 'lists of revoked certificates are not read',
  sslcrldir: 'lists of revoked certificates are not read',
  sslcertmode: 'a client certificate is sent when there is one and the server asks for it',
  replication: 'Skillkeeper does not replicate',
}

export const requiredButNot: Readonly<Record<string, string>> = {
  channel_binding:
    'a channel that is bound is not supported, so it cannot be required. sslmode=verify-full keeps anybody from standing in between',
  gssencmode: 'GSSAPI is not supported, so it cannot be required',
  target_session_attrs: 'a node reads at the server that takes its writes, never at a standby',
}

function oneOf(...values: readonly string[]): ParameterForm {
  return {
    takes: values.length === 1 ? `${values[0]} alone` : values.join(', '),
    fits: (value) => values.includes(value),
  }
}

const unitMs: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** Returns the milliseconds of a time of PostgreSQL, such as `8000` or `8s`; `undefined` for another text, or more than a day. */
export function millisecondsOf(value: string): number | undefined {
  const found = /^(\d{1,12}) ?(us|ms|s|min|h|d)?$/.exec(value)
  if (found === null) return undefined
  const ms = Math.round(Number(found[1]) * (unitMs[found[2] ?? 'ms'] ?? 1))
  return ms <= 86_400_000 ? ms : undefined
}

/**
 * Reads the parameters in `options`, a command line of the server: `-c name=value` or `--name=value`, with a
 * backslash before a space within a value. Returns `undefined` for anything else.
 */
export function readServerOptions(options: string): Record<string, string> | undefined {
  const words = [...options.matchAll(/(?:\\.|[^\s\\])+/g)].map(([word]) => word.replace(/\\(.)/g, '$1'))
  const found: Record<string, string> = {}
  for (let at = 0; at < words.length; at += 1) {
    let word = words[at] ?? ''
    if (word === '-c') {
      at += 1
      word = `-c${words[at] ?? ''}`
    }
    const parameter = /^(?:-c|--)([a-z_][\w.-]*)=(.*)$/is.exec(word)
    if (parameter?.[1] === undefined || parameter[2] === undefined) return undefined
    const name = parameter[1].replaceAll('-', '_').toLowerCase()
    if (knownParameters[name]?.fits(parameter[2]) === false) return undefined
    found[name] = parameter[2]
  }
  return found
}
