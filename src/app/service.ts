/** A service as a value, for programs that use the library. */
import type { Clock } from './clock.ts'
import type { LogOutput } from './log/log-output.ts'
import type { Settings } from './settings/settings.ts'

/** The settings, all optional, and options that only a program can set. */
export interface StartOptions extends Partial<Omit<Settings, 'catalog'>> {
  /** The path of a catalog file, or a catalog itself; default: the demo catalog. */
  catalog?: string | object
  /** Moves everything: token expiry, due times, leases, throttle windows. Default: the machine's clock. */
  clock?: Clock
  /**
   * Receives the log, one line for each call: JSON unless `logFormat` is `pretty`. Without it the lines go to standard
   * error if `logLevel` or `logFormat` is set, otherwise nowhere.
   */
  log?: LogOutput
  /** Cancels the start, for example one that waits for its database. The start then rejects with the reason. */
  signal?: AbortSignal
}

/** A running service. */
export interface Service {
  /** The address that it listens on: `http://127.0.0.1:5337`. */
  readonly url: string
  /** With `tls` and its own certificates: the certificate that a client has to trust, as PEM. */
  readonly certificateAuthority?: string
  /** Whether tests can control the service. */
  readonly testControls: boolean
  /** With `testControls` in memory and without `operatorToken`: the operator's token that was made. */
  readonly testToken?: string
  /**
   * Stops accepting connections after `drainGraceMs` (default 0: a program knows when its own clients are done), lets
   * running requests finish (for `drainTimeoutMs` at most) and closes everything. Safe to call twice.
   */
  stop(): Promise<void>
}
