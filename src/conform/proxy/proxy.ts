/** The proxy between a client and the upstream: what may pass, what is answered instead, what is handed on to be compared. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isAboutTokens, isBatch, isRead } from '../call.ts'
import type { RawExchange } from '../exchange.ts'
import { answerBytesMax, type Forwarded, forward } from './forward.ts'

/** Not by an import, which would load Node's whole HTTP client. */
const { createServer } = process.getBuiltinModule('node:http')

/** The largest body of a request that is passed on, in bytes: as large as the service itself takes. */
const requestBytesMax = 1024 * 1024
const connectionsMax = 1000

export interface ProxyOptions {
  /** Without a slash at its end. */
  readonly upstream: string
  readonly host: string
  /** 0 for any free port. */
  readonly port: number
  readonly allowsWrites: boolean
  /** How long the upstream may take for one answer. */
  readonly timeoutMs: number
  /** Milliseconds since the epoch. */
  now(): number
  /** Takes each call; the client gets its answer when the promise resolves. If it rejects, the proxy stops. */
  take(exchange: RawExchange): Promise<void>
  /** Takes a call that is about tokens instead. */
  takeSecret(exchange: RawExchange): void
}

/** How many calls came in, by what became of them. */
export interface ProxyTotals {
  passed: number
  failed: number
  tokens: number
  refused: number
  tooLarge: number
  /** The client went away, or the request could not be understood. */
  broken: number
}

export interface PassingProxy {
  readonly url: string
  readonly totals: Readonly<ProxyTotals>
  /** Rejects with what `take` rejected with. Never resolves. */
  readonly fault: Promise<never>
  /** Takes no more calls, and resolves when those under way are answered. */
  stop(): Promise<void>
}

/** Listens. Rejects with the error of the operating system if it cannot. */
export async function startProxy(options: ProxyOptions): Promise<PassingProxy> {
  const totals: ProxyTotals = { passed: 0, failed: 0, tokens: 0, refused: 0, tooLarge: 0, broken: 0 }
  const { promise: fault, reject } = Promise.withResolvers<never>()
  fault.catch(() => {})
  const take = async (exchange: RawExchange) => {
    try {
      await options.take(exchange)
    } catch (error) {
      reject(error)
      throw error
    }
  }
  const server = createServer((request, response) => {
    response.on('error', () => {})
    // Once it stops, a connection ends with its answer.
    response.on('close', () => server.listening || server.closeIdleConnections())
    handle({ ...options, take }, totals, request, response).catch(() => response.destroy())
  })
  server.maxConnections = connectionsMax
  await new Promise<void>((resolve, fail) => {
    server.once('error', fail)
    server.listen(options.port, options.host, () => resolve())
  })
  const { port } = server.address() as AddressInfo
  const host = options.host.includes(':') ? `[${options.host}]` : options.host
  return { url: `http://${host}:${port}`, totals, fault, stop: () => stop(server) }
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeIdleConnections()
  })
}

async function handle(
  options: ProxyOptions,
  totals: ProxyTotals,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const at = options.now()
  const { method = '', url = '' } = request
  const answer = (status: number, type: string, message: string) => {
    const body = isBatch(url)
      ? { errors: [{ status, errorCode: type, errorDescription: message }] }
      : { type, message }
    send(response, method, { status, headers: ownHeaders, body: Buffer.from(JSON.stringify(body)) })
  }
  const address = addressOf(options.upstream, url)
  const path = address && address.pathname.slice(basePath(options.upstream).length) + address.search
  if (address === undefined || !path?.startsWith('/')) {
    totals.broken += 1
    return answer(400, 'INVALID_PARAM', 'skillkeeper conform: the request has no path of the upstream.')
  }
  const headers = headersOf(request)
  const isAboutToken = isAboutTokens(path)
  const names = headers.map(([name]) => name)
  if (!options.allowsWrites && !isRead(method, path, names)) {
    totals.refused += 1
    request.resume()
    return answer(403, 'FORBIDDEN', writesMessage)
  }
  const body = await readBody(request)
  if (body === undefined) {
    totals.broken += 1
    return void response.destroy()
  }
  if (body === 'too large') {
    totals.tooLarge += 1
    response.setHeader('connection', 'close')
    return answer(
      413,
      'INVALID_PARAM',
      `skillkeeper conform: the request is larger than ${requestBytesMax} bytes.`,
    )
  }
  const { timeoutMs } = options
  const answered = await forward({ url: address, method, headers, body, timeoutMs })
  const isFailed = typeof answered === 'string'
  const exchange: RawExchange = {
    at,
    request: { method, path, headers, body },
    ...(isFailed ? { failure: answered } : { response: answered }),
  }
  if (isAboutToken) {
    totals.tokens += 1
    options.takeSecret(exchange)
  } else {
    totals[isFailed ? 'failed' : 'passed'] += 1
    await options.take(exchange)
  }
  if (isFailed) return answer(502, 'SERVICE_UNAVAILABLE', `skillkeeper conform: the upstream: ${answered}.`)
  if (answered.body === 'too large')
    return answer(
      502,
      'SERVICE_UNAVAILABLE',
      `skillkeeper conform: the answer of the upstream is larger than ${answerBytesMax} bytes.`,
    )
  send(response, method, answered)
}

/** An answer with it is the proxy's own. */
const ownHeaders = [
  ['content-type', 'application/json'],
  ['x-skillkeeper-conform', 'not from upstream'],
] as const

const writesMessage =
  'skillkeeper conform passes on only calls that read. Start it with --allow-writes to pass on this one as well: every write switches a skill on or off in a real room.'

/** `undefined` unless the target is a path. It never leaves the host of the upstream. */
function addressOf(upstream: string, target: string): URL | undefined {
  if (!target.startsWith('/') || !URL.canParse(upstream + target)) return undefined
  const address = new URL(upstream + target)
  const isWithin =
    address.origin === new URL(upstream).origin && address.pathname.startsWith(basePath(upstream))
  return isWithin ? address : undefined
}

function basePath(upstream: string): string {
  return new URL(upstream).pathname.replace(/\/$/, '')
}

/** Each header as it came: names in lower case, one entry for each line. */
function headersOf({ rawHeaders }: IncomingMessage): [name: string, value: string][] {
  const headers: [string, string][] = []
  for (let index = 0; index < rawHeaders.length; index += 2)
    headers.push([rawHeaders[index]?.toLowerCase() ?? '', rawHeaders[index + 1] ?? ''])
  return headers
}

/** `undefined` if the client goes away before the end. */
async function readBody(request: IncomingMessage): Promise<Buffer | 'too large' | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of request) {
      bytes += chunk.length
      // The rest is read and discarded, so that the client reads the answer.
      if (bytes <= requestBytesMax) chunks.push(chunk)
      if (bytes > 16 * requestBytesMax) break
    }
  } catch {
    return undefined
  }
  return bytes > requestBytesMax ? 'too large' : Buffer.concat(chunks)
}

function send(response: ServerResponse, method: string, { status, headers, body }: Forwarded): void {
  response.sendDate = false
  const bytes = body === 'too large' ? Buffer.alloc(0) : body
  for (const [name, value] of headers) response.appendHeader(name, value)
  response.writeHead(status)
  response.end(method === 'HEAD' || status === 204 || status === 304 ? undefined : bytes)
}
