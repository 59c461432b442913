/** The settings of a service. All of them have a default, so that none is needed to start. */
export interface Settings {
  /** Address to listen on. */
  host: string
  /** Port to listen on; 0 takes a free one. */
  port: number
  /** Folder that keeps everything; `:memory:` keeps nothing. */
  data: string
  /** PostgreSQL database that keeps everything instead of the folder; many nodes may share it. */
  databaseUrl?: string
  /** How soon a node finds work that another one left behind in the database, in milliseconds. */
  pollMs: number
  /** Catalog file to load at each start; the demo catalog without it. */
  catalog?: string
  /** How long an enablement stays `ENABLING`, in milliseconds. */
  activationDelayMs: number
  /** Requests a second that one client may make; 0 is no limit. */
  rateLimit: number
  /** Wrong secrets a minute that may be shown of one client from one address; 0 is no limit. */
  wrongSecretsMax: number
  /** Addresses and networks of proxies whose `X-Forwarded-For` is believed, with commas between. */
  trustedProxies?: string
  /** More names that a service on a loopback address answers to, with commas between. */
  hostNames?: string
  /** Origins whose pages may use the API from a browser, with commas between. */
  corsOrigin?: string
  /** Items that one batch may have. */
  batchItemsMax: number
  /** Largest request body, in bytes. */
  bodyLimitBytes: number
  /** Requests that may be under way at once. */
  requestsMax: number
  /** Connections that may be open at once. */
  connectionsMax: number
  /** Whether to serve HTTPS instead of HTTP. */
  tls: boolean
  /** More names for the certificates of the service's own authority, with commas between. */
  tlsName?: string
  /** File with a certificate to show, instead of those of an authority of its own. */
  tlsCert?: string
  /** File with the private key of that certificate. */
  tlsKey?: string
  /** Whether an organization is served only at the host of its region. */
  regions: boolean
  /** How long the operations log is kept, in days. */
  operationsKeptDays: number
  /** Token information endpoint that access tokens are checked with, instead of being issued here. */
  tokenInfoUrl?: string
  /** OpenID issuer whose access tokens are taken, instead of being issued here. */
  oidcIssuer?: string
  /** Audience that tokens of the OpenID issuer must name. */
  oidcAudience?: string
  /** Least severe log lines to write. */
  logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  /** How log lines are written. */
  logFormat: 'auto' | 'json' | 'pretty'
  /** How long requests under way may take to finish when the service is stopped, in milliseconds. */
  drainTimeoutMs: number
  drainGraceMs: number
  /** Token for the operator's API under `/_skillkeeper/`; several as `NAME:TOKEN`, with commas between. */
  operatorToken?: string
  /** Keys that secrets at rest are sealed with, 32 bytes as base64 each, separated by commas; the first one seals. */
  sealingKey?: string
}
