/**
 * A private certificate authority: creates itself and the certificates of servers (RFC 5280), with ECDSA on P-256,
 * which every client supports. Reads no files and no clock: the caller passes the time.
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

/** A certificate, optionally with its chain, and its private key; both as PEM. */
export interface KeyPair {
  readonly certificate: string
  readonly key: string
}

const dayMs = 24 * 3_600_000
const authorityDays = 3650
/**
 * The lifetime of a server certificate, in days. Clients accept ever shorter lifetimes, and automatic renewal makes a
 * short one possible.
 */
export const serverDays = 90
/**
 * A date in the past: an authority that was created while the clock was ahead stays valid when the clock is corrected.
 */
const authorityFrom = Date.UTC(2025, 0)
/** Certificates begin a day early, for clients whose clock is behind. */
const backdatedMs = dayMs
const ecdsaWithSha256 = '1.2.840.10045.4.3.2'
const commonName = '2.5.4.3'

/**
 * Creates an authority that is valid for ten years and only for these names (RFC 5280, section 4.2.1.10): a stolen key
 * cannot impersonate other hosts to clients that trust it.
 */
export function makeAuthority(now: number, names: readonly string[]): KeyPair {
  const keys = newKeys()
  // The random name distinguishes several authorities in a list of trusted ones.
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

/** Returns the names for which the authority is not valid. */
export function namesBeyond(authority: KeyPair, names: readonly string[]): string[] {
  const { raw } = new X509Certificate(authority.certificate)
  const { extensions = [] } = AsnConvert.parse(raw, Certificate).tbsCertificate
  const found = extensions.find(({ extnID }) => extnID === id_ce_nameConstraints)
  // An authority without this extension may sign for any name.
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

/** A host name covers itself and all names below it; an address covers itself. */
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
 * Issues a certificate with a new key for a server with these host names and addresses; valid for `serverDays`, but no
 * longer than the authority.
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

/** Returns a positive, unique number: 19 random bytes after one byte that is neither zero nor negative. */
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
