/** Says why no answer came from a service, and what to do: which scheme its port speaks, which authority is not trusted. */
import { existsSync } from 'node:fs'
import { connect } from 'node:tls'

/** How long a port is asked whether it speaks TLS. */
const probeMs = 2000

/** The certificate of the authority that a service makes for itself in its data folder. */
const ownAuthority = 'skillkeeper-data/tls-ca.pem'

const untrustedCodes: ReadonlySet<string> = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_SIGNATURE_FAILURE',
])

/** No answer came, and it is known why: to try again is of no use. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError'
}

/** `fetch` that fails in words for a person where it can: with an `UnreachableError`, else as it does. */
export async function fetchOrSayWhy(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  try {
    return await fetch(input, init)
  } catch (error) {
    const { origin } = new URL(input instanceof Request ? input.url : input)
    const reason = init?.signal?.aborted ? undefined : await whyUnreachable(origin, error)
    // Without the error as its cause, which the client would tell instead.
    throw reason === undefined ? error : unreachable(reason)
  }
}

function unreachable(reason: string): UnreachableError {
  return new UnreachableError(reason)
}

/** A sentence or two; nothing where there is no more to say than the error does. It may ask the port once more. */
async function whyUnreachable(endpoint: string, error: unknown): Promise<string | undefined> {
  const url = new URL(endpoint)
  const code = codeOf(error)
  if (url.protocol === 'https:') {
    if (untrustedCodes.has(code)) return untrusted()
    if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
      return `The certificate of ${url.host} is for other names. Call it by one of them, or start the service with --tls-name ${url.hostname}.`
    if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID')
      return `The certificate of ${url.host} does not hold at this time. Is the clock of this machine right?`
    if (/^(EPROTO|ERR_SSL_)/.test(code))
      return `${url.host} speaks http, not https: --endpoint http://${url.host}, or start the service with --tls.`
    return undefined
  }
  const isCut = code === 'ECONNRESET' || code === 'UND_ERR_SOCKET' || /^HPE_/.test(code)
  return isCut && (await speaksTls(url))
    ? `${url.host} speaks https, not http: --endpoint https://${url.host}`
    : undefined
}

function untrusted(): string {
  const file = existsSync(ownAuthority) ? ownAuthority : 'FOLDER/tls-ca.pem'
  return `The certificate is of an authority that this program does not trust. Of a service with --tls it is the file tls-ca.pem in the data folder: set NODE_EXTRA_CA_CERTS=${file} in front of the command.`
}

/** The code of the innermost error: `fetch` tells only there why it failed. */
function codeOf(error: unknown): string {
  let code = ''
  for (let at = error, depth = 0; at instanceof Error && depth < 10; at = at.cause, depth += 1)
    if ('code' in at) code = String(at.code)
  return code
}

function speaksTls({ hostname, port }: URL): Promise<boolean> {
  const host = hostname.replace(/^\[|\]$/g, '')
  return new Promise((resolve) => {
    // Only the handshake tells: nothing is sent, and so nobody has to be trusted.
    const socket = connect({ host, port: Number(port) || 80, rejectUnauthorized: false, timeout: probeMs })
    const end = (isTls: boolean) => {
      socket.destroy()
      resolve(isTls)
    }
    socket.on('secureConnect', () => end(true))
    socket.on('error', () => end(false))
    socket.on('timeout', () => end(false))
  })
}
