/**
 * Stands between the service and a skill's token server: remembers what passes, holds it back for as long as the test
 * says, and may be gone for a while. What is behind it stays a real server.
 */
import { type IncomingMessage, type ServerResponse, request as sendRequest } from 'node:http'
import { type Listening, listen } from './listen.ts'

/** A request as it came, and the answer that passed back. */
export interface Passage {
  readonly path: string
  readonly authorization: string | undefined
  readonly form: URLSearchParams
  /** `undefined` until it is answered. */
  answer: Readonly<Record<string, unknown>> | undefined
}

export interface Gate {
  readonly url: string
  readonly passages: Passage[]
  /** Those to the path, in the order in which they came. */
  to(path: string): Passage[]
  /** From now on requests wait behind the gate. */
  close(): void
  /** Lets through what waits, and whatever comes. */
  open(): void
  /** Lets through the one that came last; the others go on waiting. */
  openForLast(): void
  /** From now on connections break, those that wait too, until it is repaired. */
  breakDown(): void
  repair(): void
  /** Resolves when so many requests have come in all, broken ones not counted. */
  arrival(count: number): Promise<void>
  /** Resolves when so many connections broke in all. */
  breakage(count: number): Promise<void>
  stop(): Promise<void>
}

export async function startGate(target: string): Promise<Gate> {
  const passages: Passage[] = []
  const waiting = new Set<() => void>()
  const arrivals = createTally()
  const breakages = createTally()
  let isClosed = false
  let isBroken = false

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (isBroken) {
      request.socket.destroy()
      breakages.add()
      return
    }
    const body = await readAll(request)
    const { authorization } = request.headers
    const path = request.url ?? ''
    const passage: Passage = { path, authorization, form: new URLSearchParams(body), answer: undefined }
    passages.push(passage)
    arrivals.add()
    if (isClosed) await new Promise<void>((resolve) => waiting.add(resolve))
    if (isBroken) {
      request.socket.destroy()
      breakages.add()
      return
    }
    // A server that is gone shows as a broken connection.
    await passOn(target, request, body, response, passage).catch(() => request.socket.destroy())
  }

  function letThrough(): void {
    isClosed = false
    for (const pass of waiting) pass()
    waiting.clear()
  }

  const listening: Listening = await listen(() => (request, response) => void handle(request, response))
  return {
    url: listening.url,
    passages,
    to: (path) => passages.filter((passage) => passage.path === path),
    close() {
      isClosed = true
    },
    open: letThrough,
    openForLast() {
      const last = [...waiting].at(-1)
      if (last === undefined) return
      waiting.delete(last)
      last()
    },
    breakDown() {
      isBroken = true
      letThrough()
    },
    repair() {
      isBroken = false
    },
    arrival: arrivals.reach,
    breakage: breakages.reach,
    async stop() {
      letThrough()
      await listening.stop()
    },
  }
}

async function readAll(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

async function passOn(
  target: string,
  { method, url, headers }: IncomingMessage,
  body: string,
  response: ServerResponse,
  passage: Passage,
): Promise<void> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const { host: _, ...others } = headers
    sendRequest(`${target}${url}`, { method, headers: others }, resolve).on('error', reject).end(body)
  })
  const text = await readAll(answer)
  passage.answer = text.startsWith('{') ? JSON.parse(text) : {}
  response.writeHead(answer.statusCode ?? 500, answer.headers).end(text)
}

function createTally(): { add(): void; reach(count: number): Promise<void> } {
  let total = 0
  const reached = new Map<number, PromiseWithResolvers<void>>()
  return {
    add() {
      total += 1
      reached.get(total)?.resolve()
    },
    reach(count) {
      if (total >= count) return Promise.resolve()
      const wish = reached.get(count) ?? Promise.withResolvers<void>()
      reached.set(count, wish)
      return wish.promise
    },
  }
}
