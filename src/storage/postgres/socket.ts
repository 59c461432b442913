/**
 * Opens the socket to a PostgreSQL server, with TLS if the address asks for it. The caller gets the outermost layer when it
 * is ready; closing that layer closes all. (Source: PostgreSQL, "SSL Session
 * Encryption" in "Frontend/Backend Protocol".)
 */
import { readFileSync } from 'node:fs'
import { createConnection, isIP, type Socket } from 'node:net'
import { type ConnectionOptions, checkServerIdentity, connect, getCACertificates } from 'node:tls'
import type { DatabaseAddress, DatabaseTls, TlsUse } from './address.ts'
import { connectionError } from './failure.ts'

/** Returns a connected socket. `hold` receives each layer at once, so that the caller can destroy it on a time-out. */
export async function openSocket(
  address: DatabaseAddress,
  use: TlsUse,
  hold: (layer: Socket) => void,
): Promise<Socket> {
  const { place, tls } = address
  // Unreadable files are reported before any connection.
  const options = use === 'never' ? undefined : tlsOptions(address)
  const socket = 'path' in place ? createConnection(place.path) : createConnection(place.port, place.host)
  hold(socket)
  await happened(socket, 'connect')
  if (address.keepAliveMs !== undefined) socket.setKeepAlive(true, address.keepAliveMs)
  if (options === undefined) return socket
  if (!tls.isDirect && !(await offersTls(socket))) {
    if (use === 'offered') return socket
    throw connectionError('TLS_NOT_OFFERED', 'the server does not offer TLS')
  }
  const encrypted = connect({ socket, ...options })
  hold(encrypted)
  await happened(encrypted, 'secureConnect')
  if (tls.isDirect && encrypted.alpnProtocol !== protocol)
    throw connectionError('TLS_NOT_OFFERED', 'the server does not begin with TLS')
  return encrypted
}

const protocol = 'postgresql'
const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])
const yes = 'S'.charCodeAt(0)

/** Rejects when the socket fails or ends first. */
function happened(socket: Socket, event: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(event, resolve)
    // The listener stays: the next owner removes its own at some time.
    socket.on('error', reject)
    socket.once('close', () => reject(connectionError('CONNECTION_CLOSED', 'the server hung up')))
  })
}

async function offersTls(socket: Socket): Promise<boolean> {
  const answered = new Promise<Buffer>((resolve) => socket.once('data', resolve))
  socket.write(sslRequest)
  const ended = happened(socket, 'end').then(() => Promise.reject(hungUp()))
  const answer = await Promise.race([answered, ended])
  // Bytes before the handshake were injected without encryption.
  if (answer.length !== 1)
    throw connectionError('TLS_NOT_OFFERED', 'the answer to the request for TLS is none')
  return answer[0] === yes
}

function hungUp(): Error {
  return connectionError('CONNECTION_CLOSED', 'the server hung up')
}

function tlsOptions({ host, tls }: DatabaseAddress): ConnectionOptions {
  const { authority, certificate, key, passphrase, minVersion, maxVersion } = tls
  return {
    ...(tls.sendsName && isIP(host) === 0 && { servername: host }),
    ...(tls.isDirect && { ALPNProtocols: [protocol] }),
    rejectUnauthorized: tls.verifies !== 'nothing',
    checkServerIdentity: (_name, peer) =>
      tls.verifies === 'host' ? checkServerIdentity(host, peer) : undefined,
    ...(authority !== undefined && { ca: trusted(authority) }),
    ...(certificate !== undefined && { cert: fileOf('sslcert', certificate) }),
    ...(key !== undefined && { key: fileOf('sslkey', key) }),
    ...(passphrase !== undefined && { passphrase }),
    ...(minVersion !== undefined && { minVersion }),
    ...(maxVersion !== undefined && { maxVersion }),
  }
}

function trusted(authority: NonNullable<DatabaseTls['authority']>): string | string[] {
  return authority === 'system' ? getCACertificates('system') : fileOf('sslrootcert', authority)
}

/** Read for each connection, so that a new certificate needs no restart. */
function fileOf(parameter: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? cause.code : cause
    throw Object.assign(new Error(`${parameter} ${file} cannot be read (${reason})`, { cause }), {
      code: 'TLS_FILE',
    })
  }
}
