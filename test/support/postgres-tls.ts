/** A PostgreSQL that encrypts, the authorities around it, and roles that it lets in with TLS only, or only without. */
import { sign } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { AsnConvert } from '@peculiar/asn1-schema'
import { Certificate, id_ce_extKeyUsage } from '@peculiar/asn1-x509'
import { issueServerCertificate, type KeyPair, makeAuthority } from '../../src/tls/authority.ts'
import { administer, startServer } from './postgres-server.ts'

/** The name that the certificate of the server has; no name server knows it. */
export const hostName = 'db.hospital.example'

export interface TlsServer {
  /** Without parameters; the host is an address of loopback. */
  readonly url: string
  readonly port: number
  /** Of the server. */
  readonly certificate: KeyPair
  /** Of its socket. */
  readonly folder: string
  /** Paths of PEM files; `other` is an authority that has signed nothing of the server. */
  readonly files: {
    readonly authority: string
    readonly other: string
    readonly certificate: string
    readonly key: string
    readonly otherCertificate: string
    readonly otherKey: string
  }
  stop(): Promise<void>
}

/**
 * Roles: `encrypted` and `plain` come in one way only, `certified` with a certificate of the authority, and the members of
 * `guarded` with their passwords.
 */
export async function startTlsServer(): Promise<TlsServer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'skillkeeper-certificates-'))
  // Whoever runs the server makes its socket there.
  chmodSync(folder, 0o777)
  const [authority, other] = [
    makeAuthority(Date.now(), [hostName, 'client']),
    makeAuthority(Date.now(), [hostName, 'client']),
  ]
  const certificate = issueServerCertificate(authority, [hostName], Date.now())
  const settings = [
    `unix_socket_directories=${folder}`,
    'fsync=off',
    'ssl=on',
    'ssl_cert_file=tls.pem',
    'ssl_key_file=tls.key',
    'ssl_ca_file=ca.pem',
  ]
  const server = await startServer(settings, {
    files: {
      'tls.pem': certificate.certificate,
      'tls.key': certificate.key,
      'ca.pem': authority.certificate,
    },
    access: [
      'hostnossl all encrypted 127.0.0.1/32 reject',
      'hostssl all plain 127.0.0.1/32 reject',
      'hostssl all certified 127.0.0.1/32 trust clientcert=verify-ca',
      'hostnossl all certified 127.0.0.1/32 reject',
      'host all +guarded 127.0.0.1/32 scram-sha-256',
    ],
  })
  await administer(server.url, 'create role guarded')
  for (const role of ['encrypted', 'plain', 'certified'])
    await administer(server.url, `create role ${role} login superuser`)
  const write = (name: string, text: string) => {
    writeFileSync(path.join(folder, name), text, { mode: 0o600 })
    return path.join(folder, name)
  }
  const [own, foreign] = [clientCertificate(authority), clientCertificate(other)]
  return {
    url: server.url,
    port: Number(new URL(server.url).port),
    certificate,
    folder,
    files: {
      authority: write('ca.pem', authority.certificate),
      other: write('other-ca.pem', other.certificate),
      certificate: write('client.pem', own.certificate),
      key: write('client.key', own.key),
      otherCertificate: write('other-client.pem', foreign.certificate),
      otherKey: write('other-client.key', foreign.key),
    },
    async stop() {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** One for a server, without the word that it is for servers alone. */
function clientCertificate(authority: KeyPair): KeyPair {
  const { certificate, key } = issueServerCertificate(authority, ['client'], Date.now())
  const body = certificate.replace(/-----[A-Z ]+-----|\s/g, '')
  const parsed = AsnConvert.parse(Buffer.from(body, 'base64'), Certificate)
  const { tbsCertificate } = parsed
  const kept = tbsCertificate.extensions?.filter(({ extnID }) => extnID !== id_ce_extKeyUsage)
  tbsCertificate.extensions?.splice(0, tbsCertificate.extensions.length, ...(kept ?? []))
  parsed.signatureValue = bytesOf(
    sign('sha256', Buffer.from(AsnConvert.serialize(tbsCertificate)), authority.key),
  )
  const text = Buffer.from(AsnConvert.serialize(parsed)).toString('base64')
  return { certificate: `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`, key }
}

function bytesOf(buffer: Buffer): ArrayBuffer {
  return Uint8Array.from(buffer).buffer
}
