import { openConnection, type RawAnswer } from './raw-connection.ts'

/** A request that the service has let in, and whose body is not there yet. */
export interface HeldRequest {
  /** Sends the rest and gives the answer. */
  finish(): Promise<RawAnswer>
  /** Sends the rest and another request at once, and gives both answers. */
  finishWith(request: string): Promise<RawAnswer[]>
  /** Gives up, as a client that is switched off does. */
  abandon(): void
  /** Resolves when the server has closed the connection. */
  readonly closed: Promise<void>
}

/** Sends all of a POST but its last byte, and waits until the service is at it. */
export async function holdRequest(
  service: { readonly url: string },
  path: string,
  token: string,
  body: object,
): Promise<HeldRequest> {
  const connection = await openConnection(service.url)
  const text = JSON.stringify(body)
  const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nContent-Length: ${text.length}\r\n`
  // Asked to go on, the client knows that its request is in.
  connection.write(`${head}Expect: 100-continue\r\n\r\n`)
  await connection.answer()
  connection.write(text.slice(0, -1))
  return {
    finish() {
      connection.write(text.slice(-1))
      return connection.answer()
    },
    async finishWith(request) {
      connection.write(text.slice(-1) + request)
      return [await connection.answer(), await connection.answer()]
    },
    abandon: () => void connection.socket.destroy(),
    closed: connection.closed,
  }
}
