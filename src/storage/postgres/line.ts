/**
 * One client of postgres.js on one socket; both end together. postgres.js alone retries without a pause when a server
 * hangs up early, and waits forever for a response.
 */
import type { Socket } from 'node:net'
import postgres from 'postgres'
import type { DatabaseAddress, TlsUse } from './address.ts'
import { connectionError } from './failure.ts'
import { openSocket } from './socket.ts'

/** Sends statements in order without waiting for the responses. */
export type Client = postgres.Sql

export interface Line {
  readonly client: Client
  /** Resolves when a server that takes writes answers; the value says whether there is a pooler. */
  readonly ready: Promise<boolean>
  /** Drops the socket with all pending work. Safe to call twice. */
  cut(): void
  /** Waits for pending work. */
  end(timeoutSeconds: number): Promise<void>
}

export interface LineOptions {
  readonly address: DatabaseAddress
  readonly tls: TlsUse
  /** Parameters of the server for the whole session. */
  readonly parameters: Readonly<Record<string, string>>
  /** The socket has closed, perhaps with a last message of the server. */
  onClose(reason: Error | undefined): void
  /** The line is no longer usable, for this reason. */
  onDoubt?(reason: Error): void
}

/** The array types that are sent, by OID. No array is received. */
const lists = {
  texts: listType(1009),
  integers: listType(1007),
  bigints: listType(1016),
  uuids: listType(2951),
}

export function openLine(options: LineOptions): Line {
  const { address, onClose, onDoubt } = options
  const layers: Socket[] = []
  let isCut = false
  let lastWords: Error | undefined
  const close = () => onClose(lastWords)

  function hold(layer: Socket): void {
    layers.unshift(layer)
    if (isCut) layer.destroy()
  }

  async function openOnce(): Promise<Socket> {
    if (isCut || layers.length > 0) throw connectionError('CONNECTION_CLOSED', 'the server hung up')
    const socket = await openSocket(address, options.tls, hold)
    // Before it is ready, postgres.js would reject only the first waiting statement.
    socket.once('close', close)
    socket.on('data', (bytes: Buffer) => {
      lastWords ??= fatalError(bytes)
    })
    if (socket.destroyed) throw connectionError('CONNECTION_CLOSED', 'the server hung up')
    return socket
  }

  const client = postgres({
    ...credentials(address),
    max: 1,
    max_lifetime: null,
    // The socket has both limits, and each use of the line has one.
    keep_alive: 0,
    connect_timeout: 0,
    ssl: false,
    // postgres.js would query types by itself, and a failure of that would end the process.
    fetch_types: false,
    types: { bigint: { to: 20, from: [20], parse: Number, serialize: String }, ...lists },
    connection: {
      application_name: address.applicationName ?? 'skillkeeper',
      ...options.parameters,
    },
    onclose: close,
    onnotice: (notice) => {
      // The commit is reported as done, but is lost if the primary is lost.
      if (notice['routine'] === 'SyncRepWaitForLSN')
        onDoubt?.(connectionError('08007', 'the standby did not confirm the commit'))
    },
    // The types lack this option.
    ...{ socket: openOnce },
  })
  return {
    client,
    ready: askServer(client).catch((error) => Promise.reject(lastWords ?? error)),
    cut() {
      isCut = true
      // The outermost layer first, so that pending output is discarded without an error.
      for (const layer of layers) layer.destroy()
      void client.end({ timeout: 0 })
    },
    async end(timeoutSeconds) {
      await client.end({ timeout: timeoutSeconds })
      for (const layer of layers) layer.destroy()
    },
  }
}

function credentials({ name, user, password, database }: DatabaseAddress) {
  return {
    // Used only for error messages.
    path: name,
    ...(user !== undefined && { user }),
    ...(password !== undefined && { password }),
    ...(database !== undefined && { database }),
  }
}

async function askServer(client: Client): Promise<boolean> {
  const rows = await client.unsafe(
    'select pg_catalog.pg_is_in_recovery() as standby, pg_catalog.pg_backend_pid() as process',
  )
  // Do not read from a standby: a decision by a read is written at the primary.
  if (rows[0]?.['standby'] !== false) throw connectionError('25006', 'the server is a standby')
  // A pooler passes on cancellations, and so has its own process ID for each client.
  return rows[0]?.['process'] !== rows.state.pid
}

/**
 * Reads the message of a server that hangs up; postgres.js does not report it while a statement is pending. (Source:
 * PostgreSQL, "ErrorResponse" in "Message Formats".)
 */
function fatalError(bytes: Buffer): Error | undefined {
  if (bytes[0] !== errorResponse) return undefined
  const fields = bytes.toString('utf8', 5).split('\0')
  const fieldOf = (kind: string) => fields.find((field) => field.startsWith(kind))?.slice(1)
  const [severity, code = '', message = ''] = [fieldOf('V') ?? fieldOf('S'), fieldOf('C'), fieldOf('M')]
  return severity === 'FATAL' || severity === 'PANIC' ? connectionError(code, message) : undefined
}

const errorResponse = 'E'.charCodeAt(0)

function listType(to: number): postgres.PostgresType<readonly (string | number | null)[]> {
  return {
    to,
    from: [],
    parse: () => [],
    serialize: (list: readonly (string | number | null)[]) => `{${list.map(listed).join()}}`,
  }
}

function listed(item: string | number | null): string {
  return typeof item === 'string' ? `"${item.replace(/["\\]/g, '\\$&')}"` : String(item ?? 'NULL')
}
