/**
 * Answers what never became a request: no HTTP, too large a head, too slow to arrive. Node hands over the bare socket;
 * the answer has the form of any other, request ID included.
 */
import type { Socket } from 'node:net'
import type { Refusal } from '../../model/refusal.ts'
import type { Connections } from './connections.ts'
import { type ErrorReply, errorReply } from './error-reply.ts'
import { exchangeKey, noteRefusal, type TrackedResponse } from './exchange.ts'

/** Not by an import, which reads every name of the module and so loads Node's whole HTTP client at start. */
const { STATUS_CODES } = process.getBuiltinModule('node:http')

/** Node keeps the response that is due next on the socket, and its own handler looks there, too. */
type ServerSocket = Socket & { _httpMessage?: TrackedResponse | null }

/** The client has gone away, in the middle of a request or not. */
const goneCodes: ReadonlySet<string | undefined> = new Set(['ECONNRESET', 'EPIPE', 'HPE_INVALID_EOF_STATE'])

export interface ClientErrorParts {
  newId(): string
  readonly connections: Connections
  /** Called for what is refused and belongs to no exchange. */
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
      // The trouble comes after a request that is still at work: an answer now would be taken for the answer to that.
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
