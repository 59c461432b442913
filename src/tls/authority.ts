/**
 * A certificate authority of one's own: makes itself, and the certificates of servers (RFC 5280). ECDSA on P-256, which
 * every client takes. Knows no files, and no clock: the caller says when it is.
 */
import {
  createHash,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto'
import { isIP } from 'node:net'
import { AsnConvert, OctetString } from '@peculiar/asn1-schema'
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  GeneralSubtree,
  GeneralSubtrees,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_nameConstraints,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  id_kp_serverAuth,
  KeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  Name,
  NameConstraints,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from '@peculiar/asn1-x509'

/** A certificate, perhaps with those that lead up to its authority, and its private key; both as PEM. */
export interface KeyPair {
  readonly certificate: string
  readonly key: string
}

const dayMs = 24 * 3_600_000
const authorityDays = 3650
/** Clients take less and less; whoever renews by itself can do with little. */
export const serverDays = 90
/** Long ago, so that an authority that was made while the clock was ahead holds when the clock is right again. */
const authorityFrom = Date.UTC(2025, 0)
/** So that a client whose clock is behind takes it too. */
const backdatedMs = dayMs
const ecdsaWithSha256 = '1.2.840.10045.4.3.2'
const commonName = '2.5.4.3'

/**
 * A new authority, good for ten years, whose certificates count for these names alone (RFC 5280, section 4.2.1.10): its
 * key is no key to anything else for the clients that trust it.
 */
export function makeAuthority(now: number, names: readonly string[]): KeyPair {
  const keys = newKeys()
  // The name tells one authority from another in the lists of trusted ones, where many may be called alike.
  const name = `Skillkeeper authority ${randomBytes(3).toString('hex')}`
  return issue({
    subject: nameOf(name),
    issuer: nameOf(name),
    publicKey: keys.publicKey,
    privateKey: keys.privateKey,
    signingKey: keys.privateKey,
    from: Math.min(now - backdatedMs, authorityFrom),
    until: now + authorityDays * dayMs,
    extensions: [
      extension(id_ce_basicConstraints, new BasicConstraints({ cA: true, pathLenConstraint: 0 }), true),
      extension(id_ce_keyUsage, new KeyUsage(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign), true),
      extension(id_ce_subjectKeyIdentifier, new SubjectKeyIdentifier(keyId(keys.publicKey))),
      extension(id_ce_nameConstraints, constraintsOf(names), true),
    ],
  })
}

/** The names that an authority was not made for. */
export function namesBeyond(authority: KeyPair, names: readonly string[]): string[] {
  const { raw } = new X509Certificate(authority.certificate)
  const { extensions = [] } = AsnConvert.parse(raw, Certificate).tbsCertificate
  const found = extensions.find(({ extnID }) => extnID === id_ce_nameConstraints)
  // One that was made without them may sign for any.
  if (found === undefined) return []
  const { permittedSubtrees = [] } = AsnConvert.parse(found.extnValue.buffer, NameConstraints)
  const permitted = new Set(permittedSubtrees.map(({ base }) => base.dNSName ?? base.iPAddress))
  return names.filter((name) => !permitted.has(constraintName(name)))
}

function constraintsOf(names: readonly string[]): NameConstraints {
  const bases = [...new Set(names.map(constraintName))].map(
    (name) => new GeneralName(name.includes('/') ? { iPAddress: name } : { dNSName: name }),
  )
  const subtrees = bases.map((base) => new GeneralSubtree({ base }))
  return new NameConstraints({ permittedSubtrees: new GeneralSubtrees(subtrees) })
}

/** A host name stands for itself and all below it; an address for itself. */
function constraintName(name: string): string {
  switch (isIP(name)) {
    case 4:
      return `${name}/32`
    case 6:
      return `${new URL(`http://[${name}]`).hostname.slice(1, -1)}/128`
    default:
      return name.replace(/^\*\./, '')
  }
}

/**
 * A certificate of the authority for a server with these names, host names and addresses, with a new key; good for
 * `serverDays`, or for as long as the authority is.
 */
export function issueServerCertificate(authority: KeyPair, names: readonly string[], now: number): KeyPair {
  const issuer = new X509Certificate(authority.certificate)
  const issuerKey = issuer.publicKey
  const keys = newKeys()
  return issue({
    subject: nameOf('Skillkeeper'),
    issuer: AsnConvert.parse(issuer.raw, Certificate).tbsCertificate.subject,
    publicKey: keys.publicKey,
    privateKey: keys.privateKey,
    signingKey: authority.key,
    from: now - backdatedMs,
    until: Math.min(now + serverDays * dayMs, Date.parse(issuer.validTo)),
    extensions: [
      extension(id_ce_basicConstraints, new BasicConstraints({ cA: false }), true),
      extension(id_ce_keyUsage, new KeyUsage(KeyUsageFlags.digitalSignature), true),
      extension(id_ce_extKeyUsage, new ExtendedKeyUsage([id_kp_serverAuth])),
      extension(id_ce_subjectAltName, new SubjectAlternativeName(names.map(generalName))),
      extension(id_ce_subjectKeyIdentifier, new SubjectKeyIdentifier(keyId(keys.publicKey))),
      extension(
        id_ce_authorityKeyIdentifier,
        new AuthorityKeyIdentifier({ keyIdentifier: new KeyIdentifier(keyId(issuerKey)) }),
      ),
    ],
  })
}

function newKeys(): { publicKey: KeyObject; privateKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
}

interface Issue {
  readonly subject: Name
  readonly issuer: Name
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
  readonly signingKey: KeyObject | string
  readonly from: number
  readonly until: number
  readonly extensions: Extension[]
}

function issue({
  subject,
  issuer,
  publicKey,
  privateKey,
  signingKey,
  from,
  until,
  extensions,
}: Issue): KeyPair {
  const algorithm = new AlgorithmIdentifier({ algorithm: ecdsaWithSha256 })
  const content = new TBSCertificate({
    version: Version.v3,
    serialNumber: newSerialNumber(),
    signature: algorithm,
    issuer,
    validity: new Validity({ notBefore: new Date(from), notAfter: new Date(until) }),
    subject,
    subjectPublicKeyInfo: AsnConvert.parse(publicInfo(publicKey), SubjectPublicKeyInfo),
    extensions: new Extensions(extensions),
  })
  const signature = sign('sha256', Buffer.from(AsnConvert.serialize(content)), signingKey)
  const certificate = new Certificate({
    tbsCertificate: content,
    signatureAlgorithm: algorithm,
    signatureValue: arrayBuffer(signature),
  })
  const raw = Buffer.from(AsnConvert.serialize(certificate))
  return {
    certificate: new X509Certificate(raw).toString(),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

/** Positive and not the same as any other: 19 random bytes behind one that is neither zero nor the sign. */
function newSerialNumber(): ArrayBuffer {
  return arrayBuffer(Buffer.concat([Buffer.of(0x40), randomBytes(15)]))
}

function extension(id: string, value: object, critical = false): Extension {
  return new Extension({ extnID: id, critical, extnValue: new OctetString(AsnConvert.serialize(value)) })
}

function nameOf(text: string): Name {
  const value = new AttributeValue({ utf8String: text })
  return new Name([new RelativeDistinguishedName([new AttributeTypeAndValue({ type: commonName, value })])])
}

function generalName(name: string): GeneralName {
  return isIP(name) === 0 ? new GeneralName({ dNSName: name }) : new GeneralName({ iPAddress: name })
}

function keyId(key: KeyObject): ArrayBuffer {
  return arrayBuffer(createHash('sha1').update(publicInfo(key)).digest())
}

function publicInfo(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' })
}

function arrayBuffer(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer
}
