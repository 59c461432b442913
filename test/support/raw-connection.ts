/** A connection on which a test writes the bytes itself, for what no HTTP client would send. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export interface RawAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

export interface RawConnection {
  readonly socket: Socket
  write(text: string): void
  /** The next answer; rejects if the connection ends before one is complete. Needs a content length or no body. */
  answer(): Promise<RawAnswer>
  /** Resolves when the server has closed the connection. */
  readonly closed: Promise<void>
}

export async function openConnection(url: string): Promise<RawConnection> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  let received = ''
  let wake = Promise.withResolvers<void>()
  const tell = () => {
    wake.resolve()
    wake = Promise.withResolvers<void>()
  }
  socket.setEncoding('latin1')
  socket.on('data', (text: string) => {
    received += text
    tell()
  })
  // A server that cuts the connection may do it the hard way.
  socket.on('error', () => {})
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => {
      tell()
      resolve()
    })
  })
  await once(socket, 'connect')
  return {
    socket,
    closed,
    write: (text) => void socket.write(text),
    async answer() {
      for (;;) {
        const taken = takeAnswer(received)
        if (taken) {
          received = taken.rest
          return taken.answer
        }
        if (socket.destroyed) throw new Error(`The connection ended after: ${JSON.stringify(received)}`)
        await wake.promise
      }
    },
  }
}

function takeAnswer(received: string): { answer: RawAnswer; rest: string } | undefined {
  const headEnd = received.indexOf('\r\n\r\n')
  if (headEnd < 0) return undefined
  const [statusLine = '', ...lines] = received.slice(0, headEnd).split('\r\n')
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
    }),
  )
  const end = headEnd + 4 + Number(headers['content-length'] ?? 0)
  if (received.length < end) return undefined
  const text = Buffer.from(received.slice(headEnd + 4, end), 'latin1').toString()
  return {
    answer: { status: Number(statusLine.split(' ')[1]), headers, text },
    rest: received.slice(end),
  }
}
