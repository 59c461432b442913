/** Requests to foreign OAuth servers: limited in time and size, without redirects, over TLS except on loopback. */

/** The response exceeds the size limit. */
export class AnswerTooLargeError extends Error {
  override readonly name = 'AnswerTooLargeError'
}

/**
 * Like `fetch`, but reads the whole body, at most `bytesMax` bytes; `init.signal` limits the total time. Rejects with
 * `AnswerTooLargeError` for a longer body.
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

/**
 * Returns why an address must not be used, or `undefined`: credentials must not leave unencrypted or for an unknown
 * host.
 */
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

/** Counts while reading, so that an endless response costs no more than the limit. */
async function readBody(response: Response, bytesMax: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength
    // Leaving the loop cancels the stream and closes the connection.
    if (bytes > bytesMax) throw new AnswerTooLargeError(`The response is larger than ${bytesMax} bytes.`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
