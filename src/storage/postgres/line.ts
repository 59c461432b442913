/**
 * One client of postgres.js on one socket, which go together. postgres.js by itself tries without a pause a server that
 * hangs up before it is ready, and waits for ever for an answer.
 */
import type { Socket } from 'node:net'
import postgres from 'postgres'
import type { DatabaseAddress, TlsUse } from './address.ts'
import { connectionError } from './failure.ts'
import { openSocket } from './socket.ts'

/** Takes statements one behind the other, without waiting for the answers. */
export type Client = postgres.Sql

export interface Line {
  readonly client: Client
  /** Resolves when a server that takes writes answers: whether a pooler stands before it. */
  readonly ready: Promise<boolean>
  /** Throws away the socket with all that is under way on it. Safe to call twice. */
  cut(): void
  /** Lets finish what is under way. */
  end(timeoutSeconds: number): Promise<void>
}

export interface LineOptions {
  readonly address: DatabaseAddress
  readonly tls: TlsUse
  /** Of the server, for the whole session. */
  readonly parameters: Readonly<Record<string, string>>
  /** The socket has closed, perhaps with last words of the server. */
  onClose(reason: Error | undefined): void
  /** It cannot be relied on any more, for this reason. */
  onDoubt?(reason: Error): void
}

/** The lists that are sent, by the numbers of their types: of texts, of integers, of bigints. None comes back. */
const lists = { texts: listType(1009), integers: listType(1007), bigints: listType(1016) }

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
    // Before it is ready postgres.js would tell the first who waits, and nobody behind.
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
    // The socket has both, and whoever waits for the line has a limit.
    keep_alive: 0,
    connect_timeout: 0,
    ssl: false,
    // postgres.js would ask for the types behind everybody's back, and let the process die of a failure in between.
    fetch_types: false,
    types: { bigint: { to: 20, from: [20], parse: Number, serialize: String }, ...lists },
    connection: {
      application_name: address.applicationName ?? 'skillkeeper',
      ...options.parameters,
    },
    onclose: close,
    onnotice: (notice) => {
      // The commit will be reported as done, and may be lost if the primary is.
      if (notice['routine'] === 'SyncRepWaitForLSN')
        onDoubt?.(connectionError('08007', 'the standby did not confirm the commit'))
    },
    // The types do not know it.
    ...{ socket: openOnce },
  })
  return {
    client,
    ready: askServer(client).catch((error) => Promise.reject(lastWords ?? error)),
    cut() {
      isCut = true
      // The outermost one first: what is still written goes nowhere then, and nobody has to hear of it.
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
    // For the words of its errors alone.
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
  // A standby is no place to read at: what is decided by a read is written at the primary.
  if (rows[0]?.['standby'] !== false) throw connectionError('25006', 'the server is a standby')
  // Who stands in between cancels for others, and so gives each a number of its own.
  return rows[0]?.['process'] !== rows.state.pid
}

/**
 * What a server says before it hangs up, which postgres.js keeps to itself while a statement is under way. (Source:
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
