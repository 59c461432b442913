/** The settings of a service. Each has a default. */
export interface Settings {
  /** Address to listen on. */
  host: string
  /** Port to listen on; 0 takes a free one. */
  port: number
  /** Folder for all data; `:memory:` stores nothing. */
  data: string
  /** PostgreSQL database that replaces the folder; many nodes may share it. */
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
  /** Addresses and networks of proxies whose `X-Forwarded-For` is trusted, separated by commas. */
  trustedProxies?: string
  /** More host names that a service on a loopback address accepts, separated by commas. */
  hostNames?: string
  /** Origins whose pages may use the API from a browser, separated by commas. */
  corsOrigin?: string
  /** Whether to serve the web console; without it, a service on a loopback address does. */
  console?: 'on' | 'off'
  /** Items that one batch may have. */
  batchItemsMax: number
  /** Largest request body, in bytes. */
  bodyLimitBytes: number
  /** Requests that may run at once. */
  requestsMax: number
  /** Connections that may be open at once. */
  connectionsMax: number
  /** Whether to serve HTTPS instead of HTTP. */
  tls: boolean
  /** More names for the certificates of the service's own authority, separated by commas. */
  tlsName?: string
  /** File with the certificate, instead of certificates of its own authority. */
  tlsCert?: string
  /** File with the private key of that certificate. */
  tlsKey?: string
  /** Whether an organization is served only at the host of its region. */
  regions: boolean
  /** How long the operations log is kept, in days. */
  operationsKeptDays: number
  /** Token information endpoint that verifies access tokens, instead of tokens of this service. */
  tokenInfoUrl?: string
  /** OpenID issuer whose access tokens are accepted, instead of tokens of this service. */
  oidcIssuer?: string
  /** Audience that tokens of the OpenID issuer must name. */
  oidcAudience?: string
  /** Least severe log lines to write. */
  logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  /** How log lines are written. */
  logFormat: 'auto' | 'json' | 'pretty'
  /** How long running requests may take to finish when the service stops, in milliseconds. */
  drainTimeoutMs: number
  drainGraceMs: number
  /** Token for the operator's API under `/_skillkeeper/`; several as `NAME:TOKEN`, separated by commas. */
  operatorToken?: string
  /** Keys that secrets at rest are sealed with, 32 bytes as base64 each, separated by commas; the first one seals. */
  sealingKey?: string
  /** Whether tests can control the service: worlds, clock, faults, journal. For tests only. */
  testControls: boolean
  /** Whether the test controls may be used from other machines. */
  testControlsOpen: boolean
}
