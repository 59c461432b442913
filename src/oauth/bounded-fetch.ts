/**
 * Requests to OAuth servers of others: bounded in time and size, never redirected, over TLS unless the host is this
 * machine. Knows no OAuth.
 */

/** The answer is larger than may be read. */
export class AnswerTooLargeError extends Error {
  override readonly name = 'AnswerTooLargeError'
}

/**
 * Like `fetch`, but the whole body has been read, at most `bytesMax` of it; `init.signal` bounds the time of all of it.
 * Rejects with an `AnswerTooLargeError` beyond.
 */
export async function boundedFetch(
  url: string | URL,
  init: RequestInit,
  bytesMax = 65_536,
): Promise<Response> {
  const response = await fetch(url, { ...init, redirect: 'manual' })
  const body = await readBody(response, bytesMax)
  const { status, statusText, headers } = response
  const hasBody = status !== 204 && status !== 205 && status !== 304
  return new Response(hasBody ? body : null, { status, statusText, headers })
}

/** Why an address must not be used, or `undefined`: credentials would travel in the clear or to a place unknown. */
export function addressFault(address: string): string | undefined {
  if (!URL.canParse(address)) return 'it is not an address'
  const url = new URL(address)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'it is neither https nor http'
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname))
    return 'http is only for this machine; use https'
  if (url.username !== '' || url.password !== '') return 'it must not carry credentials'
  if (url.hash !== '') return 'it must not have a fragment'
  return undefined
}

function isLoopbackHost(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127(\.\d+){3}$/.test(hostname)
  )
}

/** Counts while it reads, so that an endless answer costs no more than the limit. */
async function readBody(response: Response, bytesMax: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength
    // Leaving the loop cancels the stream and closes the connection.
    if (bytes > bytesMax) throw new AnswerTooLargeError(`The answer is larger than ${bytesMax} bytes.`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
