/** Stands between a program and PostgreSQL and notes the text of every statement that passes. */
import { once } from 'node:events'
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net'
import type { TestContext } from 'node:test'

export interface StatementRecorder {
  /** What the program connects to. */
  readonly url: string
  /** The texts since the last call, each once. */
  take(): string[]
}

/** Ends with the test. */
export async function recordStatements(t: TestContext, databaseUrl: string): Promise<StatementRecorder> {
  const database = new URL(databaseUrl)
  const sockets = new Set<Socket>()
  let texts = new Set<string>()
  const server = createServer((client) => {
    const behind = createConnection(Number(database.port), database.hostname)
    for (const socket of [client, behind]) {
      sockets.add(socket)
      socket
        .on('error', () => {})
        .on('close', () => {
          client.destroy()
          behind.destroy()
        })
    }
    const read = messageReader(noteOf((text) => texts.add(text)))
    client.on('data', read).pipe(behind)
    behind.pipe(client)
  })
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const url = new URL(databaseUrl)
  url.port = String((server.address() as AddressInfo).port)
  return {
    url: url.href,
    take() {
      const taken = [...texts]
      texts = new Set()
      return taken
    },
  }
}

/** Cuts a stream into messages: the first has a length alone, the others a type before it. */
function messageReader(onMessage: (type: string, body: Buffer) => void): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0)
  let isStarted = false
  return (chunk) => {
    rest = Buffer.concat([rest, chunk])
    for (;;) {
      const at = isStarted ? 1 : 0
      if (rest.length < at + 4) return
      const end = at + rest.readUInt32BE(at)
      if (rest.length < end) return
      if (isStarted) onMessage(rest.toString('latin1', 0, 1), rest.subarray(5, end))
      isStarted = true
      rest = rest.subarray(end)
    }
  }
}

/** A statement gets its name by the message Parse and is run, perhaps much later, by Bind; or has neither, in a Query. */
function noteOf(note: (text: string) => void): (type: string, body: Buffer) => void {
  const texts = new Map<string, string>()
  return (type, body) => {
    const [first = '', second = ''] = body.toString('utf8').split('\0')
    if (type === 'P') texts.set(first, second)
    if (type === 'B') note(texts.get(second) ?? '')
    if (type === 'Q') note(first)
  }
}
