/**
 * Removes secrets from a call before anything of it is written. The same secret has the same placeholder everywhere in a
 * recording, and nothing leads from the placeholder back to the secret. A value is removed
 *
 * - by the name of its field, query parameter or header; of headers, all values are removed that are not listed here;
 * - by its form, such as `Atza|…`, or its name before it, in a text;
 * - if it was removed somewhere else before.
 */
import { createHmac } from 'node:crypto'
import { isSkillId, isUnitId } from '../../protocol/identifiers.ts'
import type { Exchange, RawExchange, RawMessage, RecordedRequest } from '../exchange.ts'
import { isRecord, isTooDeep, mapTexts } from '../json.ts'
import { newSecret } from '../new-secret.ts'
import {
  changed,
  codeInQuery,
  decoded,
  namedValues,
  occurrences,
  plainHeaders,
  plainName,
  schemes,
  secretForms,
  secretNames,
} from './secret-forms.ts'

/** Secrets that are looked for in other texts; beyond it the oldest is forgotten. */
const secretsMax = 1000
/** A shorter secret is not looked for in other texts: it would be found in ordinary words. */
const lengthMin = 4

const placeholders = /(\[removed [0-9a-f]{12}\])/

export class Redactor {
  readonly #key = newSecret()
  readonly #kept: ReadonlySet<string>
  readonly #words: ReadonlySet<string>
  readonly #secrets = new Set<string>()

  /**
   * `words`: those of the API, which every recording needs, even if somebody uses one as a secret. `keep`: names of headers,
   * fields and query parameters whose values are not removed.
   */
  constructor(words: ReadonlySet<string>, keep: readonly string[] = []) {
    this.#words = words
    this.#kept = new Set(keep.map(plainName))
  }

  /** Returns the call as it may be written. */
  redact({ at, request, response, failure }: RawExchange): Exchange {
    const [path, asked, answered] = [
      this.#path(request.path),
      this.#message(request),
      response && this.#message(response),
    ]
    // Only now all secrets of the call are known.
    return {
      at: new Date(at).toISOString(),
      request: {
        method: request.method,
        path: this.#changePath(path, (text) => this.#withoutKnown(text)),
        ...this.#cleaned(asked),
      },
      ...(response && answered && { response: { status: response.status, ...this.#cleaned(answered) } }),
      ...(failure !== undefined && { failure: this.#text(failure) }),
    }
  }

  /** Remembers the secrets of a call that is not written. */
  learn({ request, response }: RawExchange): void {
    for (const one of [request, response]) if (one !== undefined) this.#message(one)
  }

  #message({ headers, body }: RawMessage) {
    const joined = new Map<string, string>()
    for (const [name, value] of headers) {
      const [others, own] = [joined.get(name), this.#header(name, value)]
      joined.set(name, others === undefined ? own : `${others}, ${own}`)
    }
    const type = headers.find(([name]) => name === 'content-type')?.[1] ?? ''
    const cleanBody = body === 'too large' ? ({ omitted: body } as const) : this.#body(body, type)
    return { headers: Object.fromEntries(joined), ...(cleanBody !== undefined && { body: cleanBody }) }
  }

  #body(bytes: Buffer, type: string): RecordedRequest['body'] {
    if (bytes.length === 0) return undefined
    const text = bytes.toString('utf8').replace(/^\uFEFF/, '')
    if (isTooDeep(text)) return { omitted: 'too deep' }
    try {
      return { json: this.#json(JSON.parse(text), 'plain') }
    } catch {
      // Another text may repeat its secrets.
      if (type.includes('form')) this.#path(`?${text}`)
      else this.#text(text)
      return { omitted: 'not JSON' }
    }
  }

  /** Values other than texts keep their type, which can be the reason of a refusal. */
  #json(value: unknown, treatment: Treatment): unknown {
    if (Array.isArray(value)) return value.map((item) => this.#json(item, treatment))
    if (isRecord(value))
      return Object.fromEntries(
        Object.entries(value).map(([name, one]) => [
          this.#text(name),
          this.#json(one, treatment === 'plain' ? this.#treatment(name) : treatment),
        ]),
      )
    if (typeof value === 'number' && treatment === 'secret') return 0
    return typeof value === 'string' ? this.#treated(value, treatment) : value
  }

  #header(name: string, value: string): string {
    if (this.#kept.has(plainName(name))) return value
    if (name === 'location') return this.#path(value)
    if (plainHeaders.has(name)) return this.#text(value)
    const [, scheme, credentials] = schemes.exec(value) ?? []
    if (scheme !== undefined && credentials !== undefined) {
      if (scheme.toLowerCase() === 'basic')
        for (const part of Buffer.from(credentials, 'base64').toString().split(':').slice(1))
          this.#remember(part)
      return `${scheme} ${this.#placeholder(credentials)}`
    }
    if (this.#treatment(name) === 'secret') this.#remember(value)
    // The value of any other header may be an ordinary word, which must stay readable elsewhere.
    return this.#hash(value)
  }

  #path(path: string): string {
    return this.#changePath(path, (text, name) => {
      if (name === undefined) return this.#text(text)
      return this.#treated(
        text,
        plainName(name) === codeInQuery ? this.#unlessKept(name) : this.#treatment(name),
      )
    })
  }

  /** Changes the decoded parts of a path; a part that stays the same keeps its encoding. */
  #changePath(path: string, change: (text: string, name?: string) => string): string {
    const [before = '', ...queries] = path.split('?')
    const segments = before
      .split('/')
      .map((segment) => changed(segment, change))
      .join('/')
    if (queries.length === 0) return segments
    const pairs = queries
      .join('?')
      .split('&')
      .map((pair) => {
        const [name = '', ...values] = pair.split('=')
        const own = changed(name, change)
        return values.length === 0
          ? own
          : `${own}=${changed(values.join('='), (text) => change(text, decoded(name)))}`
      })
    return `${segments}?${pairs.join('&')}`
  }

  #treatment(name: string): Treatment {
    if (this.#kept.has(plainName(name))) return 'kept'
    return secretNames.has(plainName(name)) ? 'secret' : 'plain'
  }

  #unlessKept(name: string): Treatment {
    return this.#kept.has(plainName(name)) ? 'kept' : 'secret'
  }

  #treated(text: string, treatment: Treatment): string {
    if (treatment === 'kept' || text === '') return text
    return treatment === 'secret' ? this.#placeholder(text) : this.#text(text)
  }

  #text(text: string): string {
    const unnamed = text.replace(
      namedValues,
      (pair: string, name: string, between: string, quoted?: string, bare?: string) => {
        const value = quoted ?? bare ?? ''
        if (value === '' || this.#treatment(name) !== 'secret') return pair
        const start = name.length + between.length
        return pair.slice(0, start) + pair.slice(start).replace(value, () => this.#placeholder(value))
      },
    )
    return this.#withoutKnown(unnamed.replace(secretForms, (secret) => this.#placeholder(secret)))
  }

  #withoutKnown(text: string): string {
    if (this.#isOrdinary(text)) return text
    const found = [...this.#secrets].filter((secret) => text.includes(secret))
    if (found.length === 0) return text
    found.sort((one, other) => other.length - one.length)
    return found.reduce(
      (rest, secret) =>
        rest
          .split(placeholders)
          .map((part, index) =>
            index % 2 === 1 ? part : part.replaceAll(occurrences(secret), () => this.#hash(secret)),
          )
          .join(''),
      text,
    )
  }

  #cleaned({ headers, body }: Cleaned): Cleaned {
    const clean = (text: string) => this.#withoutKnown(text)
    const values = Object.entries(headers).map(([name, value]) => [name, clean(value)])
    const isJson = body !== undefined && 'json' in body
    const cleanBody = isJson ? { json: mapTexts(body.json, clean) } : body
    return { headers: Object.fromEntries(values), ...(cleanBody !== undefined && { body: cleanBody }) }
  }

  #placeholder(secret: string): string {
    if (placeholders.test(secret)) return secret
    this.#remember(secret)
    return this.#hash(secret)
  }

  #hash(secret: string): string {
    return `[removed ${createHmac('sha256', this.#key).update(secret).digest('hex').slice(0, 12)}]`
  }

  #isOrdinary(text: string): boolean {
    return isSkillId(text) || isUnitId(text) || this.#words.has(text)
  }

  #remember(secret: string): void {
    if (secret.length < lengthMin || this.#isOrdinary(secret)) return
    this.#secrets.delete(secret)
    this.#secrets.add(secret)
    const [oldest] = this.#secrets
    if (this.#secrets.size > secretsMax && oldest !== undefined) this.#secrets.delete(oldest)
  }
}

type Treatment = 'plain' | 'secret' | 'kept'
type Cleaned = Pick<RecordedRequest, 'headers' | 'body'>
