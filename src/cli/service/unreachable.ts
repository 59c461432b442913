/** Explains why there is no response from a service: the wrong scheme, or an authority that is not trusted. */
import { existsSync } from 'node:fs'
import { connect } from 'node:tls'

/** The time limit for checking whether a port speaks TLS. */
const probeMs = 2000

/** The certificate of the authority that a service creates in its data folder. */
const ownAuthority = 'skillkeeper-data/tls-ca.pem'

const untrustedCodes: ReadonlySet<string> = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_SIGNATURE_FAILURE',
])

/** There is no response for a known reason. A retry does not help. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError'
}

/** `fetch`, but it rejects with an `UnreachableError` if the reason is known. */
export async function fetchOrSayWhy(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  try {
    return await fetch(input, init)
  } catch (error) {
    const url = new URL(input instanceof Request ? input.url : input)
    const reason = init?.signal?.aborted ? undefined : await whyUnreachable(url, error)
    // Without a cause, whose message the client would show instead.
    throw reason === undefined ? error : unreachable(reason)
  }
}

function unreachable(reason: string): UnreachableError {
  return new UnreachableError(reason)
}

/** Returns the reason and what to do; `undefined` if only the error is known. It may open a connection to the port. */
async function whyUnreachable(url: URL, error: unknown): Promise<string | undefined> {
  const [worldPath = ''] = /^\/_world\/[^/]+/.exec(url.pathname) ?? []
  const place = url.host + worldPath
  const code = codeOf(error)
  if (url.protocol === 'https:') {
    if (untrustedCodes.has(code)) return untrusted()
    if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
      return `The certificate of ${url.host} is for other names. Use one of them, or start the service with --tls-name ${url.hostname}.`
    if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID')
      return `The certificate of ${url.host} is not valid at this time. Is the clock of this machine correct?`
    if (/^(EPROTO|ERR_SSL_)/.test(code))
      return `${url.host} uses http, not https: --endpoint http://${place}, or start the service with --tls.`
    return undefined
  }
  const isCut = code === 'ECONNRESET' || code === 'UND_ERR_SOCKET' || /^HPE_/.test(code)
  return isCut && (await speaksTls(url))
    ? `${url.host} uses https, not http: --endpoint https://${place}`
    : undefined
}

function untrusted(): string {
  const file = existsSync(ownAuthority) ? ownAuthority : 'FOLDER/tls-ca.pem'
  return `This program does not trust the authority of the certificate. For a service with --tls, the authority is the file tls-ca.pem in the data folder: put NODE_EXTRA_CA_CERTS=${file} before the command.`
}

/** Returns the code of the innermost error, where `fetch` has the reason of a failure. */
function codeOf(error: unknown): string {
  let code = ''
  for (let at = error, depth = 0; at instanceof Error && depth < 10; at = at.cause, depth += 1)
    if ('code' in at) code = String(at.code)
  return code
}

function speaksTls({ hostname, port }: URL): Promise<boolean> {
  const host = hostname.replace(/^\[|\]$/g, '')
  return new Promise((resolve) => {
    // The handshake is enough. Nothing is sent, so the certificate does not matter.
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
