/**
 * One connection to a PostgreSQL server that takes writes. It is made when it is first used, thrown away with all that
 * is under way on it when it breaks or does not answer in time, and made anew at the next use. postgres.js by itself
 * waits for ever for an answer, and tries without a pause a server that hangs up before it is ready: so each of its
 * clients gets one socket here, and both go together.
 */
import { createConnection, type Socket } from 'node:net'
import postgres from 'postgres'
import { Refusal } from '../model/refusal.ts'

/** Takes statements one behind the other, without waiting for the answers. */
export type Client = postgres.Sql

export interface Connection {
  /**
   * Does the work; several may be under way. Rejects when it takes longer than `limitMs` (that of the connection unless
   * given), and so does whatever else is under way then: nobody knows how far it came.
   */
  use<T>(work: (client: Client) => Promise<T>, limitMs?: number): Promise<T>
  /** Throws away what is there; the next use makes it anew. */
  discard(): void
  /** Lets finish what is under way, for five seconds at most. */
  close(): Promise<void>
}

/** How long the server lets a statement run, and wait for a lock, unless the address says another `statement_timeout`. */
const statementTimeoutMs = 8000
/** How soon the system looks whether there is still anybody at the other end of a silent connection. */
const keepAliveSeconds = 30
const closeSeconds = 5

/** The lists that are sent, by the numbers of their types: of texts, of integers, of bigints. None comes back. */
const lists = { texts: listType(1009), integers: listType(1007), bigints: listType(1016) }

interface Line {
  readonly client: Client
  /** None before it is connected. */
  socket: Socket | undefined
  isThrownAway: boolean
  /** Said in the place of the error that comes of throwing it away. */
  reason: Error | undefined
  /** Rejects when it is thrown away: postgres.js leaves some of those waiting whose statements were not yet sent. */
  readonly end: PromiseWithResolvers<never>
}

/** Connects when it is first used. Throws postgres.js's error for an address that is none. */
export function openConnection(url: string): Connection {
  const timeoutMs = Number(new URL(url).searchParams.get('statement_timeout')) || statementTimeoutMs
  let current: Line | undefined
  let isClosed = false

  function discard(line: Line, reason?: Error): void {
    if (line.isThrownAway) return
    line.isThrownAway = true
    line.reason = reason
    if (line === current) current = undefined
    line.socket?.destroy()
    void line.client.end({ timeout: 0 })
    line.end.reject(reason ?? connectionError('CONNECTION_CLOSED', 'the server hung up'))
  }

  return {
    async use(work, limitMs = 1.25 * timeoutMs) {
      if (isClosed) throw connectionError('CONNECTION_ENDED', 'the storage is closed')
      current ??= openLine(url, timeoutMs, discard)
      const line = current
      const tooLate = () =>
        discard(line, connectionError('CONNECT_TIMEOUT', `no answer within ${limitMs} ms`))
      const timer = setTimeout(tooLate, limitMs)
      try {
        const result = await Promise.race([work(line.client), line.end.promise])
        if (line.reason !== undefined) throw line.reason
        return result
      } catch (error) {
        if (isEndOfConnection(error)) discard(line, standbyError(line))
        throw line.reason ?? error
      } finally {
        clearTimeout(timer)
      }
    },
    discard: () => current && discard(current),
    async close() {
      isClosed = true
      const line = current
      await line?.client.end({ timeout: closeSeconds })
      line?.socket?.destroy()
    },
  }
}

function openLine(url: string, timeoutMs: number, discard: (line: Line, reason?: Error) => void): Line {
  const { hostname } = new URL(url)
  const client = postgres(url, {
    max: 1,
    max_lifetime: null,
    keep_alive: keepAliveSeconds,
    // The limit of the first use holds for connecting too.
    connect_timeout: 0,
    // postgres.js would ask for the types behind everybody's back, and let the process die of a failure in between.
    fetch_types: false,
    // A standby is no place to read at: what is decided by a read is written at the primary.
    target_session_attrs: 'primary',
    types: { bigint: { to: 20, from: [20], parse: Number, serialize: String }, ...lists },
    connection: {
      application_name: 'skillkeeper',
      statement_timeout: timeoutMs,
      lock_timeout: timeoutMs / 2,
      idle_in_transaction_session_timeout: timeoutMs,
    },
    ...(hostname.startsWith('[') && { host: hostname.slice(1, -1) }),
    onclose: () => discard(line),
    onnotice: (notice) => {
      // The commit will be reported as done, and may be lost if the primary is.
      if (notice['routine'] === 'SyncRepWaitForLSN')
        discard(line, connectionError('08007', 'the standby did not confirm the commit'))
    },
    // @ts-expect-error The types do not know it.
    socket: ({ host, port, path }: Place) => {
      if (line.socket || line.isThrownAway) throw connectionError('CONNECTION_CLOSED', 'the server hung up')
      line.socket = path ? createConnection(path) : createConnection(port[0] ?? 0, host[0])
      // Before it is ready postgres.js would tell the first who waits, and nobody behind.
      line.socket.once('close', () => discard(line))
      return connected(line.socket)
    },
  })
  const end = Promise.withResolvers<never>()
  end.promise.catch(() => undefined)
  const line: Line = { client, socket: undefined, isThrownAway: false, reason: undefined, end }
  return line
}

interface Place {
  readonly host: readonly string[]
  readonly port: readonly number[]
  readonly path: string | false
}

function connected(socket: Socket): Promise<Socket> {
  return new Promise((resolve, reject) => {
    socket.once('connect', () => resolve(socket))
    socket.on('error', reject)
    socket.once('close', () => reject(connectionError('CONNECTION_CLOSED', 'the server hung up')))
  })
}

/** All but a refusal, and an error that the server told of one statement: after those the next one may go well. */
function isEndOfConnection(error: unknown): boolean {
  if (error instanceof postgres.PostgresError) return error.severity !== 'ERROR'
  return !(error instanceof Refusal)
}

/** What postgres.js does not say when it turns away from a server. */
function standbyError({ client }: Line): Error | undefined {
  return client.parameters['in_hot_standby'] === 'on'
    ? connectionError('25006', 'the server is a standby')
    : undefined
}

function connectionError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code })
}

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
