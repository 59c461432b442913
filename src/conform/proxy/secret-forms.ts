/** The forms of secrets, and of the texts in which they are looked for. */

/** Names of secrets, in lower case and without `_` and `-`. */
export const secretNames = new Set([
  'accesstoken',
  'apikey',
  'assertion',
  'authcode',
  'authorization',
  'clientassertion',
  'clientsecret',
  'codeverifier',
  'cookie',
  'idtoken',
  'operatortoken',
  'passphrase',
  'passphrasehash',
  'password',
  'refreshtoken',
  'secret',
  'setcookie',
  'token',
])
/** In JSON it is the name of codes of errors, too. */
export const codeInQuery = 'code'

export const plainHeaders = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'allow',
  'asp-cli',
  'cache-control',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'date',
  'host',
  'location',
  'retry-after',
  'sec-fetch-mode',
  'user-agent',
  'vary',
  'www-authenticate',
  'x-amzn-errortype',
  'x-amzn-requestid',
])

/** Texts with the form of a token or a secret, wherever they are. */
export const secretForms =
  /\bAtz[ar](?:\||%7C)[^\s"'<>&]+|\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?|\bamzn1\.oa2-cs\.[\w.-]+|(?<=\bBearer\s+)[^\s"',;]{8,}/gi
/** Pairs of a name and a value in text for people, or in what is no JSON. */
export const namedValues =
  /([A-Za-z][\w-]{3,40})(["']?\s*[:=]\s*)(?:"([^"\\]*(?:\\.[^"\\]*)*)"?|([^\s"'<>,;&{}[\]]+))/gs
export const schemes = /^(Bearer|Basic|Digest|DPoP|Negotiate)\s+(\S.*)$/is

/** A longer secret is found in the middle of words, too. */
const wordMax = 12

/** Finds a secret; a short one only where it is a word of its own. */
export function occurrences(secret: string): RegExp {
  const literal = secret.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
  return new RegExp(secret.length < wordMax ? `(?<![A-Za-z0-9])${literal}(?![A-Za-z0-9])` : literal, 'g')
}

export function plainName(name: string): string {
  return name.toLowerCase().replace(/[-_]/g, '')
}

export function changed(text: string, change: (text: string) => string): string {
  const before = decoded(text)
  const after = change(before)
  return after === before ? text : encodeURIComponent(after)
}

export function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}
