/**
 * The program that makes the load, on a core of its own: raw keep-alive sockets, one request at a time on each, so that
 * it costs less than what it measures. It takes a job over IPC and answers with what came back. Any answer with another
 * status than the expected one ends the job with an error: nothing may look fast by failing.
 */
import { connect, type Socket } from 'node:net'
import type { Job, JobAnswer, JobReport } from './load.ts'
import { requestMaker } from './requests.ts'

process.on('message', (job: Job) => {
  run(job).then(
    (report) => process.send?.({ report } satisfies JobAnswer),
    (error) => process.send?.({ failure: String(error) } satisfies JobAnswer),
  )
})
process.on('disconnect', () => process.exit())
console.log('ready')

async function run(job: Job): Promise<JobReport> {
  const { hostname, port, host, pathname } = new URL(job.url)
  const sockets = await Promise.all(
    Array.from({ length: job.connections }, () => open(hostname, Number(port))),
  )
  const makeRequest = requestMaker(job.requests, host)
  // The path of the URL goes before that of the request.
  const nextRequest = pathname === '/' ? makeRequest : () => makeRequest().replace(' /', ` ${pathname}/`)
  const latenciesMs: number[] = []
  const startedAt = performance.now()
  const endsAt = startedAt + job.seconds * 1000
  let left = job.countMax ?? Number.POSITIVE_INFINITY
  let lastAt = startedAt

  const turn = () => left > 0 && performance.now() < endsAt && left-- > 0
  async function drive(socket: Socket): Promise<void> {
    const conversation = converse(socket, job.expectedStatus)
    while (turn()) {
      const sentAt = performance.now()
      await conversation.exchange(nextRequest())
      lastAt = performance.now()
      latenciesMs.push(lastAt - sentAt)
    }
    socket.destroy()
  }

  try {
    await Promise.all(sockets.map(drive))
  } finally {
    for (const socket of sockets) socket.destroy()
  }
  const sorted = Float64Array.from(latenciesMs).sort()
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return {
    requests: sorted.length,
    seconds: (lastAt - startedAt) / 1000,
    p50Ms: at(0.5),
    p90Ms: at(0.9),
    p99Ms: at(0.99),
  }
}

function open(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true }, () => resolve(socket)).once('error', reject)
  })
}

interface Conversation {
  /** Sends the request and resolves when its answer has arrived whole. */
  exchange(request: string): Promise<void>
}

const headEnd = '\r\n\r\n'
const statusStart = 'HTTP/1.1 '.length

function converse(socket: Socket, expectedStatus: number): Conversation {
  let received = ''
  let resolve: () => void = () => {}
  let reject: (error: Error) => void = () => {}
  const fail = (reason: string) => {
    socket.destroy()
    reject(new Error(reason))
  }
  socket
    .setEncoding('latin1')
    .on('error', (error) => fail(`The connection broke: ${error.message}`))
    .on('close', () => fail('The server closed the connection.'))
    .on('data', (text: string) => {
      received += text
      const bodyAt = received.indexOf(headEnd) + headEnd.length
      if (bodyAt < headEnd.length || received.length < bodyAt + bodyLength(received, bodyAt)) return
      const status = Number(received.slice(statusStart, statusStart + 3))
      if (status !== expectedStatus) return fail(`An answer was not ${expectedStatus}: ${received}`)
      received = ''
      resolve()
    })
  return {
    exchange: (request) =>
      new Promise<void>((onAnswer, onError) => {
        resolve = onAnswer
        reject = onError
        socket.write(request, 'latin1')
      }),
  }
}

/** All that is measured here states the length of its bodies, except where there is none (204). */
function bodyLength(text: string, bodyAt: number): number {
  const stated = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, bodyAt))?.[1]
  return stated === undefined ? 0 : Number(stated)
}
