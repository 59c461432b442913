/**
 * Limits connections. Over HTTP/1.1 a connection runs one request at a time, and a few more may wait behind it. When there
 * are too many connections, the oldest one without a valid token is closed.
 */
import type { IncomingMessage, RequestListener, Server } from 'node:http'
import type { Http2Session } from 'node:http2'
import type { Socket } from 'node:net'

export interface Connections {
  /** The count of open connections. */
  readonly open: number
  /** Limits the connections of a server. */
  watch(server: Server): void
  /** Wraps the listener of a server so that it receives each request when its turn has come. */
  inTurn(listener: RequestListener): RequestListener
  /** Marks the connection of the request: its client has shown a valid token. */
  welcome(request: IncomingMessage): void
  /** Closes the connection after its waiting requests. */
  closeBehindRequests(socket: Socket): void
  /** Asks the clients of HTTP/2 to open no further streams (RFC 9113, section 6.8). */
  announceClose(): void
  /** Resolves when none is open, or when the signal aborts. */
  allClosed(signal: AbortSignal): Promise<void>
  closeAll(): void
}

/** The most requests that may wait on one connection; a client that sends more is disconnected. */
const waitingRequestsMax = 64
/** RFC 9113, section 6.8: no stream is refused yet. */
const lastStreamMax = 2 ** 31 - 1

/** The state of a socket, plain or inside TLS. */
interface Turns {
  isBusy: boolean
  /** Accepts no further request. */
  isLast: boolean
  readonly waiting: (() => void)[]
}

const turnsKey = Symbol('turns')
const welcomeKey = Symbol('welcome')
type HttpSocket = Socket & { [turnsKey]?: Turns; [welcomeKey]?: true }

export function createConnections(connectionsMax: number): Connections {
  const sockets = new Set<Socket>()
  /** Connections without a valid token, the oldest first, by the client's address: TLS hides the socket. */
  const strangers = new Map<string, Socket>()
  const sessions = new Set<Http2Session>()
  let closedAll: (() => void) | undefined

  function add(socket: Socket): void {
    if (sockets.size >= connectionsMax) (oldestStranger() ?? socket).destroy()
    if (socket.destroyed) return
    const address = addressOf(socket)
    sockets.add(socket)
    strangers.set(address, socket)
    socket.once('close', () => {
      sockets.delete(socket)
      if (strangers.get(address) === socket) strangers.delete(address)
      if (sockets.size === 0) closedAll?.()
    })
  }

  /** Also removes it from the count, since a destroyed socket closes only in the next turn of the event loop. */
  function oldestStranger(): Socket | undefined {
    for (const [address, socket] of strangers) {
      strangers.delete(address)
      sockets.delete(socket)
      return socket
    }
    return undefined
  }

  return {
    get open() {
      return sockets.size
    },
    watch(server) {
      server.on('connection', add)
      server.on('session', (session: Http2Session) => {
        sessions.add(session)
        session.once('close', () => sessions.delete(session))
      })
    },
    inTurn,
    welcome({ socket }) {
      const held: HttpSocket = socket
      if (held[welcomeKey]) return
      held[welcomeKey] = true
      strangers.delete(addressOf(socket))
    },
    closeBehindRequests(socket) {
      const turns = turnsOf(socket)
      turns.isLast = true
      if (!turns.isBusy) socket.destroy()
    },
    announceClose() {
      for (const session of sessions) if (!session.destroyed) session.goaway(0, lastStreamMax)
    },
    async allClosed(signal) {
      if (sockets.size === 0 || signal.aborted) return
      await new Promise<void>((resolve) => {
        closedAll = resolve
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
    },
    closeAll() {
      for (const socket of sockets) socket.destroy()
    },
  }
}

function addressOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}

/** Without turns, one packet of pipelined requests could start any number of operations. */
function inTurn(listener: RequestListener): RequestListener {
  return (request, response) => {
    // Streams of HTTP/2 have separate limits.
    if (request.httpVersionMajor > 1) return listener(request, response)
    const { socket } = request
    const turns = turnsOf(socket)
    const begin = () => {
      turns.isBusy = true
      response.once('close', () => {
        turns.isBusy = false
        if (socket.destroyed) return
        const next = turns.waiting.shift()
        if (next !== undefined) next()
        else if (turns.isLast) socket.destroy()
      })
      listener(request, response)
    }
    if (!turns.isBusy) begin()
    else if (turns.waiting.push(begin) > waitingRequestsMax) socket.destroy()
  }
}

function turnsOf(socket: HttpSocket): Turns {
  socket[turnsKey] ??= { isBusy: false, isLast: false, waiting: [] }
  return socket[turnsKey]
}
