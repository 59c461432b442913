/**
 * Replaces secrets, codes and tokens by `[removed 3f9a]`: the same secret by the same mark, which nobody can turn back. A part
 * of a request is judged by its name, and any text by the forms that tokens of this service have.
 */
import { createHmac } from 'node:crypto'
import { errorStatus } from '../../protocol/errors.ts'

export interface Redactor {
  /** Returns a copy of a value of JSON. */
  value(value: unknown): unknown
  text(text: string): string
  headers(headers: Readonly<Record<string, unknown>>): Record<string, string>
}

const secretName =
  /^(?:.*[_-]?(?:secret|password|passphrase)s?(?:_?hash)?|(?:access|refresh|id|operator)_?tokens?|token|auth_?code|(?:one_?time_?)?code|code_?verifier|(?:client_?)?assertion)$/i
const secretHeader = /^(?:cookie|set-cookie|proxy-authorization|x-amz-access-token|.*-(?:token|secret|key))$/
const urlHeader = /^(?:location|referer|content-location)$/
/** The forms of tokens and client secrets, here and at Login with Amazon. */
const secretText = /\b(?:Atz[a-z]\||amzn1\.oa2-cs\.v1\.)[\w~+/=-]+(?:\.[\w~+/=-]+)*/g
/** The code in a link to the console. */
const codeInLink = /(?<=#code=)[\w-]+/g
const markLength = 4

/** `key`: random, and known to nobody else. */
export function createRedactor(key: string): Redactor {
  const mark = (secret: string) => {
    const hash = createHmac('sha256', key).update(secret).digest('hex')
    return `[removed ${hash.slice(0, markLength)}]`
  }
  const text = (plain: string) => plain.replace(secretText, mark).replace(codeInLink, mark)

  function value(plain: unknown): unknown {
    if (typeof plain === 'string') return text(plain)
    if (Array.isArray(plain)) return plain.map(value)
    if (typeof plain !== 'object' || plain === null) return plain
    const parts = Object.entries(plain)
    return Object.fromEntries(
      parts.map(([name, part]) => [name, secretName.test(name) ? hidden(part) : value(part)]),
    )
  }

  function hidden(part: unknown): unknown {
    if (Array.isArray(part)) return part.map(hidden)
    // An error code is no secret, and has the same name as an authorization code.
    if (typeof part === 'string') return part === '' || Object.hasOwn(errorStatus, part) ? part : mark(part)
    return typeof part === 'number' ? mark(String(part)) : value(part)
  }

  function url(address: string): string {
    const [path = '', query] = address.split('?', 2)
    if (query === undefined) return text(address)
    const parts = query.split('&').map((part) => {
      const [name = '', ...rest] = part.split('=')
      return secretName.test(name) && rest.length > 0
        ? `${name}=${mark(decoded(rest.join('=')))}`
        : text(part)
    })
    return `${text(path)}?${parts.join('&')}`
  }

  function header(name: string, content: string): string {
    if (name === 'authorization')
      return content.replace(/^(\S+ +)?(.+)$/, (_, scheme = '', rest) => scheme + mark(rest))
    if (secretHeader.test(name)) return mark(content)
    return urlHeader.test(name) ? url(content) : text(content)
  }

  return {
    value,
    text,
    headers: (headers) =>
      Object.fromEntries(
        Object.entries(headers).flatMap(([name, content]) =>
          content === undefined ? [] : [[name, header(name, String(content))]],
        ),
      ),
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
