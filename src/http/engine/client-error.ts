/**
 * Responds to input that never becomes a request: invalid HTTP, a too large head, a too slow arrival. Node passes the bare
 * socket; the response has the usual form, with a request ID.
 */
import type { Socket } from 'node:net'
import type { Refusal } from '../../model/refusal.ts'
import type { Connections } from './connections.ts'
import { type ErrorReply, errorReply } from './error-reply.ts'
import { exchangeKey, noteRefusal, type TrackedResponse } from './exchange.ts'

/** An import would read every export and so load Node's HTTP client at start. */
const { STATUS_CODES } = process.getBuiltinModule('node:http')

/** Node keeps the next response on the socket; its own error handler uses this, too. */
type ServerSocket = Socket & { _httpMessage?: TrackedResponse | null }

/** Codes for a client that has disconnected. */
const goneCodes: ReadonlySet<string | undefined> = new Set(['ECONNRESET', 'EPIPE', 'HPE_INVALID_EOF_STATE'])

export interface ClientErrorParts {
  newId(): string
  readonly connections: Connections
  /** Called for a refusal that belongs to no exchange. */
  onRefuse(requestId: string, refusal: Refusal, status: number): void
}

export function createClientErrorHandler({
  newId,
  connections,
  onRefuse,
}: ClientErrorParts): (error: Error & { code?: string }, socket: ServerSocket) => void {
  return (error, socket) => {
    const response = socket._httpMessage
    if (goneCodes.has(error.code) || !socket.writable || response?.headersSent) {
      socket.destroy()
      return
    }
    if (response?.req.complete) {
      // A request before the invalid input still runs: a response now would look like its response.
      connections.closeBehindRequests(socket)
      return
    }
    const exchange = response?.[exchangeKey]
    const requestId = exchange?.request.id ?? newId()
    const reply = errorReply(error, exchange?.route.config.shape ?? 'single', requestId)
    if (response && exchange) {
      noteRefusal(exchange, reply.refusal)
      response.statusCode = reply.status
    } else {
      onRefuse(requestId, reply.refusal, reply.status)
    }
    socket.write(responseText(reply, requestId))
    socket.destroySoon()
  }
}

function responseText({ status, body }: ErrorReply, requestId: string): string {
  const text = JSON.stringify(body)
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `X-Amzn-RequestId: ${requestId}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(text)}`,
    'Connection: close',
    '',
    text,
  ].join('\r\n')
}
