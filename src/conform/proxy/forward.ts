/** Sends one call to the upstream and reads the answer: bounded in time and size, without following a redirect. */

/** The largest answer that is passed on, in bytes. */
export const answerBytesMax = 8 * 1024 * 1024

export interface Forwarding {
  readonly url: URL
  readonly method: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Buffer
  readonly timeoutMs: number
}

export interface Forwarded {
  readonly status: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Buffer | 'too large'
}

/** RFC 9110, section 7.6.1, and what `fetch` writes itself. */
const ofConnection = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])
/** `fetch` decodes answers. */
const ofEncoding = ['accept-encoding', 'content-encoding']

/** Returns the reason as a text if there is no answer. */
export async function forward(call: Forwarding): Promise<Forwarded | string> {
  const { url, method, timeoutMs } = call
  const mayHaveBody = method !== 'GET' && method !== 'HEAD' && call.body.length > 0
  try {
    const response = await fetch(url, {
      method,
      headers: endToEnd(call.headers).map(([name, value]): [string, string] => [name, value]),
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
      ...(mayHaveBody && { body: new Uint8Array(call.body) }),
    })
    const body = await readBody(response)
    return { status: response.status, headers: endToEnd([...response.headers]), body }
  } catch (error) {
    return reasonOf(error, timeoutMs)
  }
}

/** Without the headers that are for one connection, or about an encoding that is gone. */
function endToEnd(
  headers: readonly (readonly [name: string, value: string])[],
): (readonly [name: string, value: string])[] {
  const named = headers
    .filter(([name]) => name === 'connection')
    .flatMap(([, value]) => value.split(',').map((name) => name.trim().toLowerCase()))
  const left = new Set([...ofConnection, ...ofEncoding, ...named])
  return headers.filter(([name]) => !left.has(name))
}

async function readBody(response: Response): Promise<Buffer | 'too large'> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength
    // Leaving the loop closes the connection.
    if (bytes > answerBytesMax) return 'too large'
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function reasonOf(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return `no whole answer within ${timeoutMs / 1000} s`
  const { cause } = error
  if (!(cause instanceof Error)) return error.message
  // A host with several addresses has an error for each, and no message of its own.
  const code = 'code' in cause ? String(cause.code) : ''
  return cause.message === '' ? code || error.message : cause.message
}
