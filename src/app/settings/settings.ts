/**
 * All settings of an operator. The flags, the environment variables, the keys of the configuration file, the help text
 * and the reference in docs/operating.md come from this table.
 */
import type { Settings } from './service-settings.ts'
import type { FlagSetting, IntegerSetting, TextSetting } from './setting.ts'
import {
  databaseAddress,
  folder,
  hostNames,
  keyList,
  networks,
  operatorTokens,
  origins,
  webAddress,
} from './setting-forms.ts'

export type { Settings }
export type SettingKey = keyof Settings

type Table = {
  readonly [Key in SettingKey]-?: NonNullable<Settings[Key]> extends number
    ? IntegerSetting
    : NonNullable<Settings[Key]> extends boolean
      ? FlagSetting
      : TextSetting
}

export const settingTable: Table = {
  host: {
    type: 'string',
    placeholder: 'HOST',
    default: '127.0.0.1',
    doc: 'Address to listen on. 0.0.0.0 accepts connections from everywhere.',
  },
  port: {
    type: 'integer',
    placeholder: 'PORT',
    default: 5337,
    minimum: 0,
    maximum: 65_535,
    doc: 'Port to listen on. 0 selects a free port.',
  },
  data: {
    type: 'string',
    placeholder: 'DIR',
    default: './skillkeeper-data',
    form: folder,
    doc: 'Folder for all data, created if it is missing. `:memory:` keeps nothing on disk.',
  },
  databaseUrl: {
    type: 'string',
    placeholder: 'URL',
    unset: 'the embedded storage in the data folder',
    form: databaseAddress,
    doc: 'PostgreSQL database for all data instead of `--data`: `postgres://USER@HOST/NAME`, with parameters such as `?sslmode=verify-full` or `?prepared_statements=false`. Set a password in the environment or the file: everybody on the machine can read the flags of a process.',
  },
  pollMs: {
    type: 'integer',
    placeholder: 'MS',
    default: 1000,
    minimum: 50,
    maximum: 600_000,
    doc: 'How soon a node finds work that another node left behind in the database, in milliseconds; no effect with `--data`.',
  },
  catalog: {
    type: 'string',
    placeholder: 'FILE',
    unset: 'the demo catalog',
    doc: 'Catalog file to load at each start. Loading adds and updates records by ID and never deletes any.',
  },
  activationDelayMs: {
    type: 'integer',
    placeholder: 'MS',
    default: 200,
    minimum: 0,
    maximum: 86_400_000,
    doc: 'How long an enablement stays ENABLING, in milliseconds.',
  },
  rateLimit: {
    type: 'integer',
    placeholder: 'N',
    default: 100,
    minimum: 0,
    maximum: 1_000_000,
    doc: 'Maximum requests per second of one client; more are answered with 429. 0 means no limit.',
  },
  wrongSecretsMax: {
    type: 'integer',
    placeholder: 'N',
    default: 30,
    minimum: 0,
    maximum: 6000,
    doc: 'Maximum wrong secrets per minute that one address may send for one client or for the operator; ten times as many for all of them. More are answered with 429. 0 means no limit.',
  },
  trustedProxies: {
    type: 'string',
    placeholder: 'LIST',
    unset: 'none',
    form: networks,
    doc: 'Proxies whose `X-Forwarded-For` has the address of the caller, by which wrong secrets are counted.',
  },
  hostNames: {
    type: 'string',
    placeholder: 'NAMES',
    unset: 'none',
    form: hostNames,
    doc: 'Additional host names of a service on a loopback address, besides loopback names and the names in its certificate; requests for other hosts are answered with 421.',
  },
  corsOrigin: {
    type: 'string',
    placeholder: 'LIST',
    unset: 'none',
    form: origins,
    doc: "Origins whose pages may call the API from a browser, except the operator's API.",
  },
  console: {
    type: 'string',
    placeholder: 'WHEN',
    values: ['on', 'off'],
    unset: '`on` if the service listens on a loopback address only, otherwise `off`',
    doc: 'Whether the service has the web console at `/console/`, and sessions for it.',
  },
  batchItemsMax: {
    type: 'integer',
    placeholder: 'N',
    default: 100,
    minimum: 1,
    maximum: 1000,
    doc: 'Maximum items of a batch; more are answered with 400.',
  },
  bodyLimitBytes: {
    type: 'integer',
    placeholder: 'BYTES',
    default: 1_048_576,
    minimum: 1024,
    maximum: 67_108_864,
    doc: 'Maximum size of a request body, in bytes; a larger one is answered with 413.',
  },
  requestsMax: {
    type: 'integer',
    placeholder: 'N',
    default: 1000,
    minimum: 1,
    maximum: 100_000,
    doc: 'Maximum concurrent requests, half of them without a valid token; more are answered with 503.',
  },
  connectionsMax: {
    type: 'integer',
    placeholder: 'N',
    default: 10_000,
    minimum: 1,
    maximum: 1_000_000,
    doc: 'Maximum open connections. A further one replaces the oldest that has sent no valid token; if there is no such one, the new one is closed.',
  },
  tls: {
    type: 'flag',
    default: false,
    doc: 'Serve HTTPS, with HTTP/2 and HTTP/1.1. The certificates come from an authority in the data folder; see docs/tls.md.',
  },
  tlsName: {
    type: 'string',
    placeholder: 'NAMES',
    unset: 'none',
    form: hostNames,
    doc: 'Additional names in the certificates, besides localhost, the loopback addresses and the hosts of the real service.',
  },
  tlsCert: {
    type: 'string',
    placeholder: 'FILE',
    unset: 'certificates of its own authority',
    doc: 'Serve HTTPS with this certificate (PEM, with its chain). A change takes effect within a minute.',
  },
  tlsKey: {
    type: 'string',
    placeholder: 'FILE',
    unset: 'the key of such a certificate',
    doc: 'Private key (PEM) of the certificate.',
  },
  regions: {
    type: 'flag',
    default: false,
    doc: 'Serve an organization only at the host of its region: a call at another of the three regional hosts is answered with 403.',
  },
  operationsKeptDays: {
    type: 'integer',
    placeholder: 'DAYS',
    default: 90,
    minimum: 1,
    maximum: 36_500,
    doc: 'How long the entries of the operations log are kept, in days.',
  },
  tokenInfoUrl: {
    type: 'string',
    placeholder: 'URL',
    unset: 'tokens are issued here',
    form: webAddress,
    doc: 'Token information endpoint that verifies the access tokens. The service then issues none.',
  },
  oidcIssuer: {
    type: 'string',
    placeholder: 'URL',
    unset: 'tokens are issued here',
    form: webAddress,
    doc: 'OpenID issuer whose keys verify the access tokens. The service then issues none.',
  },
  oidcAudience: {
    type: 'string',
    placeholder: 'NAME',
    unset: 'not checked',
    doc: 'Required audience of the tokens of the OpenID issuer.',
  },
  logLevel: {
    type: 'string',
    placeholder: 'LEVEL',
    default: 'info',
    values: ['debug', 'info', 'warn', 'error', 'silent'],
    doc: 'Lowest level of the log lines on standard error. The access log has the level `info`.',
  },
  logFormat: {
    type: 'string',
    placeholder: 'FORMAT',
    default: 'auto',
    values: ['auto', 'json', 'pretty'],
    doc: 'Format of the log lines: `json` for programs, the shorter `pretty` for people. `auto` is `pretty` at a terminal, otherwise `json`.',
  },
  drainTimeoutMs: {
    type: 'integer',
    placeholder: 'MS',
    default: 10_000,
    minimum: 0,
    maximum: 600_000,
    doc: 'How long running requests may take to finish when the service stops, in milliseconds.',
  },
  drainGraceMs: {
    type: 'integer',
    placeholder: 'MS',
    default: 1000,
    minimum: 0,
    maximum: 60_000,
    doc: 'How long a stopping service continues to respond, in milliseconds, so that clients learn that their connections end; it is not ready meanwhile. The time ends early with the last connection.',
  },
  testControls: {
    type: 'flag',
    default: false,
    doc: 'Let tests control the service: worlds, clock, faults, snapshots and journal under `/_skillkeeper/test/`; see docs/testing.md. Keeps nothing unless `--data` names a folder that was made with this flag, and does not limit requests unless `--rate-limit` does.',
  },
  testControlsOpen: {
    type: 'flag',
    default: false,
    doc: 'Serve the test controls on any address, such as in a container. Without it a service with test controls listens on a loopback address only.',
  },
  operatorToken: {
    type: 'string',
    placeholder: 'TOKENS',
    secret: true,
    unset: 'the file `operator-token` in the data folder',
    form: operatorTokens,
    doc: "Token for the operator's API under `/_skillkeeper/`, or one for each operator with the name for the log.",
  },
  sealingKey: {
    type: 'string',
    placeholder: 'KEYS',
    secret: true,
    unset: 'the file `sealing-key` in the data folder',
    form: keyList,
    doc: 'Keys that seal stored secrets. The first one seals, all of them open.',
  },
}

/** The setting that names the configuration file. It is not a key of that file. */
export const configSetting: TextSetting = {
  type: 'string',
  placeholder: 'FILE',
  unset: 'none',
  doc: 'Configuration file (JSON) with any of these settings, under the names of the flags.',
}

/** The settings in the order of the table. */
export const settingKeys: readonly SettingKey[] = Object.keys(settingTable).filter(isSettingKey)

function isSettingKey(key: string): key is SettingKey {
  return Object.hasOwn(settingTable, key)
}
