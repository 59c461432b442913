/** Calls the service itself over TLS: it recognises its own certificate, whatever names that has. */

/**
 * Like `fetch` with a text body, only for this service: it closes a connection that does not present the current
 * certificate (PEM) before it sends anything.
 */
export function createOwnFetch(certificate: () => string): typeof fetch {
  return async (input, init = {}) => {
    const { promise, resolve, reject } = Promise.withResolvers<Response>()
    const body = init.body instanceof URLSearchParams ? init.body.toString() : init.body
    if (body !== undefined && body !== null && typeof body !== 'string')
      throw new TypeError('The body must be a string.')
    // Loaded on first use: loading takes a large part of the start time.
    const { request } = process.getBuiltinModule('node:https')
    const options = {
      method: init.method ?? 'GET',
      headers: Object.fromEntries(new Headers(init.headers)),
      ca: certificate(),
      // Trust the certificate itself, not its issuer.
      allowPartialTrustChain: true,
      checkServerIdentity: () => undefined,
      agent: false,
      ...(init.signal && { signal: init.signal }),
    }
    const sent = request(input instanceof Request ? input.url : input, options, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('error', reject)
      answer.on('end', () => {
        const headers = new Headers(
          answer.headers['content-type'] ? { 'content-type': answer.headers['content-type'] } : {},
        )
        const hasBody = answer.statusCode !== 204
        resolve(
          new Response(hasBody ? Buffer.concat(chunks) : null, { status: answer.statusCode ?? 500, headers }),
        )
      })
    })
    sent.on('error', reject)
    sent.end(body ?? undefined)
    return promise
  }
}
