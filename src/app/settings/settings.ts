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
    doc: 'Address to listen on. 0.0.0.0 takes connections from everywhere.',
  },
  port: {
    type: 'integer',
    placeholder: 'PORT',
    default: 5337,
    minimum: 0,
    maximum: 65_535,
    doc: 'Port to listen on. 0 takes a free one.',
  },
  data: {
    type: 'string',
    placeholder: 'DIR',
    default: './skillkeeper-data',
    form: folder,
    doc: 'Folder that keeps everything; made when it is missing. `:memory:` keeps nothing.',
  },
  databaseUrl: {
    type: 'string',
    placeholder: 'URL',
    unset: 'the embedded storage in the data folder',
    form: databaseAddress,
    doc: 'PostgreSQL database that keeps everything, `postgres://USER@HOST/NAME`, with parameters such as `?sslmode=verify-full` or `?prepared_statements=false`; `--data` is not used then. Give a password by the environment or the file, since everybody on the machine can read the flags of a process.',
  },
  pollMs: {
    type: 'integer',
    placeholder: 'MS',
    default: 1000,
    minimum: 50,
    maximum: 600_000,
    doc: 'How soon a node finds work that another one left behind in the database, in milliseconds; of no use with `--data`.',
  },
  catalog: {
    type: 'string',
    placeholder: 'FILE',
    unset: 'the demo catalog',
    doc: 'Catalog file to load at each start: it adds or updates by ID and never deletes.',
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
    doc: 'Requests a second that one client may make; more are answered 429. 0 is no limit.',
  },
  wrongSecretsMax: {
    type: 'integer',
    placeholder: 'N',
    default: 30,
    minimum: 0,
    maximum: 6000,
    doc: 'Wrong secrets a minute (of a client, its refresh tokens, or the operator) that may be shown of one client from one address, and ten times as many of all; more are answered 429. 0 is no limit.',
  },
  trustedProxies: {
    type: 'string',
    placeholder: 'LIST',
    unset: 'none',
    form: networks,
    doc: 'Proxies whose `X-Forwarded-For` tells the address that wrong secrets are counted by.',
  },
  hostNames: {
    type: 'string',
    placeholder: 'NAMES',
    unset: 'none',
    form: hostNames,
    doc: 'More host names that a service on a loopback address answers to, beside loopback names and those that its certificate holds for; others are answered 421.',
  },
  corsOrigin: {
    type: 'string',
    placeholder: 'LIST',
    unset: 'none',
    form: origins,
    doc: "Origins whose pages may use the API from a browser; never the operator's API.",
  },
  batchItemsMax: {
    type: 'integer',
    placeholder: 'N',
    default: 100,
    minimum: 1,
    maximum: 1000,
    doc: 'Items that one batch may have; more are answered 400.',
  },
  bodyLimitBytes: {
    type: 'integer',
    placeholder: 'BYTES',
    default: 1_048_576,
    minimum: 1024,
    maximum: 67_108_864,
    doc: 'Largest request body, in bytes; a larger one is answered 413.',
  },
  requestsMax: {
    type: 'integer',
    placeholder: 'N',
    default: 1000,
    minimum: 1,
    maximum: 100_000,
    doc: 'Requests that may be at work at once, half of them without a valid token; more are answered 503.',
  },
  connectionsMax: {
    type: 'integer',
    placeholder: 'N',
    default: 10_000,
    minimum: 1,
    maximum: 1_000_000,
    doc: 'Connections that may be open at once. One more takes the place of the oldest that has shown no valid token, or is closed.',
  },
  tls: {
    type: 'flag',
    default: false,
    doc: 'Serve HTTPS, by HTTP/2 and HTTP/1.1, with certificates of an authority that is made in the data folder; see docs/tls.md.',
  },
  tlsName: {
    type: 'string',
    placeholder: 'NAMES',
    unset: 'none',
    form: hostNames,
    doc: 'More names that the certificates hold for, beside localhost, the loopback addresses and the hosts of the real service.',
  },
  tlsCert: {
    type: 'string',
    placeholder: 'FILE',
    unset: 'certificates of its own',
    doc: 'Serve HTTPS with this certificate (PEM, with those that lead up to its authority). Read again within a minute of a change.',
  },
  tlsKey: {
    type: 'string',
    placeholder: 'FILE',
    unset: 'a key of its own',
    doc: 'Private key (PEM) of the certificate.',
  },
  regions: {
    type: 'flag',
    default: false,
    doc: 'Serve an organization at the host of its region only: a call at another of the three regional hosts is answered 403.',
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
    doc: 'Token information endpoint that access tokens are checked with; none are issued here then.',
  },
  oidcIssuer: {
    type: 'string',
    placeholder: 'URL',
    unset: 'tokens are issued here',
    form: webAddress,
    doc: 'OpenID issuer whose access tokens are taken, checked with its keys; none are issued here then.',
  },
  oidcAudience: {
    type: 'string',
    placeholder: 'NAME',
    unset: 'not looked at',
    doc: 'Audience that the tokens of the OpenID issuer must name.',
  },
  logLevel: {
    type: 'string',
    placeholder: 'LEVEL',
    default: 'info',
    values: ['debug', 'info', 'warn', 'error', 'silent'],
    doc: 'Least severe log lines to write to standard error. The access log is written up to `info`.',
  },
  logFormat: {
    type: 'string',
    placeholder: 'FORMAT',
    default: 'auto',
    values: ['auto', 'json', 'pretty'],
    doc: 'How log lines are written: `json` for programs, `pretty` in short for people. `auto` is `pretty` at a terminal, else `json`.',
  },
  drainTimeoutMs: {
    type: 'integer',
    placeholder: 'MS',
    default: 10_000,
    minimum: 0,
    maximum: 600_000,
    doc: 'How long requests under way may take to finish when the service is stopped, in milliseconds.',
  },
  drainGraceMs: {
    type: 'integer',
    placeholder: 'MS',
    default: 1000,
    minimum: 0,
    maximum: 60_000,
    doc: 'How long the service goes on answering when it is stopped, in milliseconds, so that clients learn that their connections end; not ready meanwhile. It takes no longer than the last connection.',
  },
  operatorToken: {
    type: 'string',
    placeholder: 'TOKENS',
    secret: true,
    unset: 'the file `operator-token` in the data folder',
    form: operatorTokens,
    doc: "Token for the operator's API under `/_skillkeeper/`, or one for each operator with the name that the log has.",
  },
  sealingKey: {
    type: 'string',
    placeholder: 'KEYS',
    secret: true,
    unset: 'the file `sealing-key` in the data folder',
    form: keyList,
    doc: 'Keys that secrets at rest are sealed with. The first one seals, all of them open.',
  },
}

/** The setting that names the configuration file. It is not a key of that file. */
export const configSetting: TextSetting = {
  type: 'string',
  placeholder: 'FILE',
  unset: 'none',
  doc: 'Configuration file (JSON) with any of these settings, by the names of the flags.',
}

/** The settings in the order of the table. */
export const settingKeys: readonly SettingKey[] = Object.keys(settingTable).filter(isSettingKey)

function isSettingKey(key: string): key is SettingKey {
  return Object.hasOwn(settingTable, key)
}
